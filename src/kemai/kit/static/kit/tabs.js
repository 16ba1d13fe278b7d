// Rows of a tab are ticked and deleted together (CON-03); what changed elsewhere is read anew.
import { all, find, load, on } from "./dom.js";

const ticks = () => all("#tab-body [data-tick]");

function count() {
  const button = find("#tab-body [data-tab-delete]");
  if (!button) return;
  const ticked = ticks().filter((box) => box.checked).length;
  button.setAttribute("aria-disabled", String(!ticked));
  find("[data-ticked]", button).textContent = ticked ? ` ${ticked}` : "";
  const whole = find("#tab-body [data-tick-all]");
  if (whole) whole.checked = !!ticked && ticked === ticks().length;
}
on("change", "#tab-body [data-tick]", count);
on("change", "#tab-body [data-tick-all]", (event, whole) => {
  for (const box of ticks()) box.checked = whole.checked;
  count();
});
on("click", "#tab-body [data-tab-delete]", (event, button) => {
  const ids = ticks().filter((box) => box.checked).map((box) => box.dataset.tick);
  if (ids.length) load("GET", `${button.dataset.tabDelete}?ids=${ids}`, { target: "#dialog", swap: "innerHTML" });
});
document.addEventListener("km:refresh", () => find("#tabs [data-tab][aria-selected=true]")?.click());

if (find("[data-print-now]")) window.addEventListener("load", () => window.print());
