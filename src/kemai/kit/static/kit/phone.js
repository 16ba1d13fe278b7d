// The phone: each card that has a number gets a button that calls it (FRM-10).
import { all, find, icon, make } from "./dom.js";

const narrow = matchMedia("(max-width: 767px)");
const NUMBER = /^\+?[\d\-() ]{6,}$/;

function calls() {
  if (!narrow.matches) return;
  for (const row of all("#list tbody tr:not(:has(.km-call))")) {
    const cell = all("td.km-cp", row).find((one) => NUMBER.test(one.textContent.trim()));
    if (!cell) continue;
    const number = cell.textContent.trim();
    cell.append(make("a", { class: "km-call", href: `tel:${number.replace(/[ ()]/g, "")}`, "aria-label": `打电话给${find(".km-name", row).textContent} ${number}` }, icon("phone", "l")));
  }
}

narrow.addEventListener("change", calls);
document.addEventListener("htmx:afterSettle", calls);
calls();
