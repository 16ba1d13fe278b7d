// 「表格配置」: columns are ticked, moved by dragging or by buttons, and kept.
import { all, find, load, on } from "./dom.js";

on("click", "[data-layout-open]", () => {
  load("GET", `/${find("#list").dataset.slug}/layout${location.search}`, { target: "#dialog", swap: "innerHTML" });
});
on("click", "[data-reset-layout]", (event, link) => {
  if (event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  link.closest("details")?.removeAttribute("open");
  load("GET", `${link.getAttribute("href")}?back=${encodeURIComponent(location.pathname + location.search)}`, { target: "#dialog", swap: "innerHTML" });
});

function move(item, step) {
  const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (other) (step < 0 ? other.before(item) : other.after(item));
}
on("click", "[data-columns] [data-up]", (event, button) => {
  move(button.closest("li"), -1);
  button.focus();
});
on("click", "[data-columns] [data-down]", (event, button) => {
  move(button.closest("li"), 1);
  button.focus();
});
on("keydown", "[data-columns] input[type=checkbox]", (event, input) => {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  event.preventDefault();
  move(input.closest("li"), event.key === "ArrowUp" ? -1 : 1);
  input.focus();
});
on("click", "[data-columns] [data-always]", (event) => event.preventDefault()); // the name always stands

let carried = null;
on("dragstart", "[data-columns] li", (event, item) => {
  carried = item;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", ""); // Firefox drags nothing without it
  requestAnimationFrame(() => item.classList.add("is-carried"));
});
on("dragover", "[data-columns] li", (event, item) => {
  if (!carried) return;
  event.preventDefault();
  const box = item.getBoundingClientRect();
  if (item === carried) return;
  if (event.clientY < box.top + box.height / 2) item.before(carried);
  else item.after(carried);
});
on("dragend", "[data-columns] li", () => {
  carried?.classList.remove("is-carried");
  carried = null;
});
on("dragover", "[data-columns]", (event) => carried && event.preventDefault());

on("click", "[data-layout-reset]", (event, button) => {
  if (button.getAttribute("aria-disabled") === "true") return;
  const form = button.closest("form");
  const values = { view: form.elements.view.value, reset: "1" };
  if (button.dataset.layoutReset === "everybody") values.everybody = "1";
  load("POST", form.getAttribute("action"), { values, swap: "none", source: button });
});

// At least one column, and no more locked than are shown: said before anything is sent.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches?.("[data-layout]") || !event.target.elements.locked) return;
  const shown = all("[data-columns] input[type=checkbox]:checked", event.target).length;
  const { locked } = event.target.elements;
  if (Number(locked.value) > shown) event.detail.parameters.set?.("locked", shown) ?? (event.detail.parameters.locked = shown);
});
