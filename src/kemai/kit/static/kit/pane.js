// The 「明细栏」: the current row's tabs below or beside the list. Where it stands is a cookie, so that the server draws the room for it (LST-18).
import { all, find, keepCookie, later, load, on } from "./dom.js";
import { currentId, goTo } from "./list.js";

const COOKIE = "km_pane";
const SMALLEST = { below: 160, right: 320 };
const walk = () => find("[data-pane]");
const pane = () => find("#pane");
const list = () => find("#list");
const there = () => !!pane()?.offsetParent; // not on the phone, not when it is closed
const placeOf = () => `km-pane:${list().dataset.slug}`;
let shown = ""; // the record that stands there or is on its way

const bring = later(120, (id) => {
  if (!there() || !list() || currentId() !== id) return;
  const params = new URLSearchParams();
  if (list().dataset.view) params.set("view", list().dataset.view);
  const tab = sessionStorage.getItem("km-pane-tab");
  if (tab) params.set("tab", tab);
  load("GET", `/${list().dataset.slug}/${id}/pane?${params}`, { target: "#pane-in", swap: "innerHTML", source: pane() });
});

document.addEventListener("km:current", (event) => {
  const { id } = event.detail;
  if (!id || id === shown || !there()) return;
  shown = id;
  sessionStorage.setItem(placeOf(), id);
  bring(id);
});

function again() {
  shown = "";
  const id = currentId();
  if (!id || !there()) return;
  shown = id;
  bring(id);
}
document.addEventListener("km:refresh", again);

function put(where) {
  keepCookie(COOKIE, where);
  walk().dataset.pane = where;
  for (const button of all("[data-pane-put]")) button.setAttribute("aria-pressed", String(button.dataset.panePut === where));
  size();
  if (where === "off") find("#list .km-scroll")?.focus({ preventScroll: true });
  else again();
}
on("click", "[data-pane-put]", (event, button) => put(button.dataset.panePut));
on("click", "[data-pane-toggle]", () => put(walk().dataset.pane === "off" ? "below" : "off"));

on("click", "#pane [data-tab]", (event, tab) => sessionStorage.setItem("km-pane-tab", tab.dataset.tab));

// --- its size --------------------------------------------------------------------------------------------------------

const kept = (where) => Number(localStorage.getItem(`km-pane-${where}`)) || 0;
function size(wanted = kept(walk().dataset.pane)) {
  const where = walk().dataset.pane;
  if (!(where in SMALLEST)) return;
  const room = where === "below" ? walk().clientHeight : walk().clientWidth;
  const most = Math.round(room * 0.7);
  if (!wanted) pane().style.removeProperty("--km-pane");
  else pane().style.setProperty("--km-pane", `${Math.max(SMALLEST[where], Math.min(wanted, most))}px`);
}
function keep(wanted) {
  localStorage.setItem(`km-pane-${walk().dataset.pane}`, String(Math.round(wanted)));
  size();
}
on("pointerdown", ".km-pane-edge", (event, edge) => {
  event.preventDefault();
  edge.setPointerCapture(event.pointerId);
  const box = walk().getBoundingClientRect();
  const of = (moved) => (walk().dataset.pane === "below" ? box.bottom - moved.clientY : box.right - moved.clientX);
  const move = (moved) => size(of(moved));
  edge.addEventListener("pointermove", move);
  edge.addEventListener("pointerup", (moved) => {
    edge.removeEventListener("pointermove", move);
    keep(of(moved));
  }, { once: true });
});
on("keydown", ".km-pane-edge", (event) => {
  const step = { ArrowUp: 20, ArrowLeft: 20, ArrowDown: -20, ArrowRight: -20 }[event.key];
  if (!step) return;
  event.preventDefault();
  const box = pane().getBoundingClientRect();
  keep((walk().dataset.pane === "below" ? box.height : box.width) + step);
});

if (walk()) {
  size();
  const before = sessionStorage.getItem(placeOf());
  if (before && there()) goTo(before);
}
