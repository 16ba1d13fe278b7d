// Categories: 「列表方式」, the tree beside the list, the way down and up, 「分类」 (LST-11, LST-12).
import { all, find, load, on } from "./dom.js";
import { ask, count, currentId, meansList } from "./list.js";

const list = () => find("#list");
const tree = () => find("#tree");

// --- where one is ----------------------------------------------------------------------------------------------------

async function enter(node) {
  const { mode } = list().dataset;
  tree()?.classList.remove("is-open");
  await ask({ mode: mode === "all" && node ? "subtree" : mode, node });
}
on("click", "[data-node-to]", (event, link) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  enter(link.dataset.nodeTo);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !list()?.dataset.node || !meansList(event)) return;
  event.preventDefault();
  enter(list().dataset.up);
});

const keep = (values) => load("POST", `/${list().dataset.slug}/layout`, { values: { ...values, view: list().dataset.view }, swap: "none" });
on("click", ".km-modes [data-mode]", async (event, link) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { mode } = link.dataset;
  await keep({ mode });
  ask({ mode, node: mode === "all" ? "" : list().dataset.node });
});
on("click", "[data-tree-show]", async (event, button) => {
  if (tree()?.classList.contains("is-open")) return tree().classList.remove("is-open");
  await keep({ tree: button.dataset.treeShow });
  return location.reload();
});
on("click", "[data-tree-open]", () => {
  tree().classList.add("is-open");
  find("[data-tree-q]").focus();
});

// --- the tree --------------------------------------------------------------------------------------------------------

const items = () => all("#tree li");
function fold(item, open) {
  find(":scope > [data-fold]", item)?.setAttribute("aria-expanded", String(open));
}
on("click", "[data-fold]", (event, button) => fold(button.parentElement, button.getAttribute("aria-expanded") !== "true"));

function paint() {
  if (!tree()) return;
  const node = list().dataset.node ?? "";
  for (const link of all("#tree [data-node-to]")) {
    link.toggleAttribute("aria-current", link.dataset.nodeTo === node);
    if (link.dataset.nodeTo !== node) continue;
    link.setAttribute("aria-current", "true");
    for (let item = link.closest("li"); item; item = item.parentElement.closest("li")) fold(item, true);
    link.scrollIntoView({ block: "nearest" });
  }
}

on("input", "[data-tree-q]", (event, input) => {
  const wanted = input.value.trim().toLowerCase().replace(/\s/g, "");
  let found = 0;
  for (const item of items().reverse()) { // what is below first
    const own = item.dataset.words.includes(wanted);
    const below = all(":scope > ul > li:not([hidden])", item).length;
    item.hidden = !!wanted && !own && !below;
    if (wanted && below) fold(item, true);
    found += !item.hidden;
  }
  find("[data-tree-none]").hidden = found > 0;
  if (!wanted) paint();
});
on("keydown", "[data-tree-q]", (event, input) => {
  if (event.isComposing) return;
  if (event.key === "Enter" && input.value.trim()) {
    event.preventDefault();
    const wanted = input.value.trim().toLowerCase().replace(/\s/g, "");
    const item = items().find((one) => !one.hidden && one.dataset.words.includes(wanted));
    if (item) find("a", item).click();
  } else if (event.key === "Escape") {
    event.preventDefault();
    if (input.value) {
      input.value = "";
      input.dispatchEvent(new Event("input", { bubbles: true }));
    } else tree().classList.remove("is-open");
  } else if (event.key === "ArrowDown") {
    event.preventDefault();
    steps()[0]?.focus();
  }
});
// Arrow keys walk through what is open, right and left open and close.
const steps = () => all("#tree nav a").filter((link) => link.offsetParent);
on("keydown", "#tree nav a", (event, link) => {
  const known = steps();
  const at = known.indexOf(link);
  const button = link.parentElement.matches("li") && find(":scope > [data-fold]", link.parentElement);
  if (event.key === "ArrowDown") known[at + 1]?.focus();
  else if (event.key === "ArrowUp") (known[at - 1] ?? find("[data-tree-q]")).focus();
  else if (event.key === "ArrowRight" && button) fold(link.parentElement, true);
  else if (event.key === "ArrowLeft" && button) fold(link.parentElement, false);
  else return;
  event.preventDefault();
});

// --- 「分类」 ---------------------------------------------------------------------------------------------------------

// Without a chosen record: the current one becomes a category; without one of these, a record is made below the current category.
on("click", "[data-deed=classify]", (event, button) => {
  if (count()) return;
  event.stopImmediatePropagation();
  const { slug, view, node, classified } = list().dataset;
  const current = currentId() ?? "";
  const row = find("#list tbody tr.is-current");
  if (row?.dataset.id) {
    load("GET", `/${slug}/actions/classify?view=${view}&ids=${current}`, { target: "#dialog", swap: "innerHTML", source: button });
    return;
  }
  const address = new URL(`/${slug}/new`, location.href);
  const below = row?.dataset.node ?? node;
  if (view) address.searchParams.set("view", view);
  if (below) address.searchParams.set(classified, below);
  address.searchParams.set("back", location.pathname + location.search);
  location.href = address;
}, true);

// --- around a swap ---------------------------------------------------------------------------------------------------

let mark = list()?.dataset.tree;
document.addEventListener("htmx:afterSettle", () => {
  if (!list()) return;
  const now = list().dataset.tree;
  if (now === mark) return paint();
  const first = !mark || !now;
  mark = now;
  if (first) return location.reload(); // the first category, or the last one: the page is drawn anew
  if (tree()) load("GET", location.pathname + location.search, { target: "#tree", select: "#tree", swap: "outerHTML" });
});
if (list()) paint();
