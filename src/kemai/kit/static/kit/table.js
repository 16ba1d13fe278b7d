// The table of a list: locked columns, widths by dragging a head's edge, whole words for what is cut.
import { all, find, icon, load, make, on } from "./dom.js";

const SHARE = 0.7; // of the table's view that locked columns may take
const NARROWEST = 40;
const WIDEST = 800;
const sheet = new CSSStyleSheet(); // the policy forbids style attributes; this it allows
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

const table = () => find("#list table[width]");
const columns = () => all("col", table());
const widthOf = (col) => Number(col.getAttribute("width"));

// Where each locked column stands still; those that would leave no room for the rest are let go.
function lock() {
  if (!table()) return;
  const heads = all("thead th", table());
  const room = find("#list .km-scroll").clientWidth * SHARE;
  const rules = [];
  let left = 0;
  columns().forEach((col, at) => {
    if (!heads[at].classList.contains("km-lock")) return;
    const cell = `tr > .km-lock:nth-child(${at + 1})`;
    const stays = !at || left + widthOf(col) <= room;
    rules.push(stays ? `#list ${cell} { --l: ${left}px; }` : `#list tbody ${cell} { position: static; } #list thead ${cell} { left: auto; z-index: 3; }`);
    left += widthOf(col);
  });
  sheet.replaceSync(rules.join("\n"));
}
document.addEventListener("htmx:afterSettle", lock);
window.addEventListener("resize", lock);
lock();

// --- a head's edge is dragged ----------------------------------------------------------------------------------------

let drag = null;
on("pointerdown", "#list [data-edge]", (event, edge) => {
  const head = edge.closest("th");
  const col = columns()[all("thead th", table()).indexOf(head)];
  drag = { edge, col, x: event.clientX, width: widthOf(col), scale: head.offsetWidth / widthOf(col), moved: false };
  edge.setPointerCapture(event.pointerId);
  event.preventDefault();
});
on("pointermove", "#list [data-edge]", (event) => {
  if (!drag) return;
  const width = Math.round(Math.min(Math.max(drag.width + (event.clientX - drag.x) / drag.scale, NARROWEST), WIDEST));
  drag.moved ||= width !== drag.width;
  drag.col.setAttribute("width", width);
  table().setAttribute("width", columns().reduce((sum, col) => sum + widthOf(col), 0));
});
on("pointerup", "#list [data-edge]", () => {
  const done = drag;
  drag = null;
  if (!done?.moved) return;
  lock();
  keep();
});
on("lostpointercapture", "#list [data-edge]", () => (drag = null));
on("click", "#list [data-edge]", (event) => {
  event.preventDefault();
  event.stopPropagation();
}, true);

// All widths as they stand: what was the default becomes the person's own layout.
function keep() {
  const { slug } = find("#list").dataset;
  const values = { quiet: "1", view: find("#list").dataset.view, columns: [], locked: all("thead th.km-lock[data-name]", table()).length };
  all("thead th[data-name]", table()).forEach((head, at) => {
    values.columns.push(head.dataset.name);
    values[`width.${head.dataset.name}`] = widthOf(columns()[at + 1]);
  });
  load("POST", `/${slug}/layout`, { values, swap: "none" });
}

// --- what is cut is told -----------------------------------------------------------------------------------------------

document.addEventListener("mouseover", (event) => {
  const cell = event.target.closest?.("#list tbody td, #list tfoot td, #list thead th");
  if (!cell) return;
  const words = find(".km-name", cell) ?? cell;
  if (words.scrollWidth > words.clientWidth + 1) cell.title = cell.textContent.trim();
  else if (cell.title) cell.removeAttribute("title");
});

// --- copying names and phones --------------------------------------------------------------------------------------------
// The buttons stand in the row under the pointer or the focus only: a thousand of them would cost every page.

let lent = null;
function lend(row) {
  if (row === lent) return;
  for (const button of all(".km-copy")) button.remove();
  lent = row;
  if (!row || !matchMedia("(hover: hover) and (min-width: 768px)").matches) return;
  for (const cell of all("td.km-lock-1, td.km-cp", row)) {
    const words = cell.textContent.trim();
    if (!words || find(".km-none", cell)) continue;
    const name = cell.matches(".km-cp") ? words.replace(/\s/g, "") : words;
    cell.append(make("button", { class: "km-copy", type: "button", "data-copy": name, "aria-label": `复制 ${words}`, title: "复制" }, icon("copy", "s")));
  }
}
on("mouseover", "#list tbody tr", (event, row) => lend(row));
on("focusin", "#list tbody tr", (event, row) => lend(row));
document.addEventListener("mouseover", (event) => !event.target.closest?.("#list tbody tr") && !lent?.contains(document.activeElement) && lend(null));
