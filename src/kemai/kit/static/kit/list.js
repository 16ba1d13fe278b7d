// The list: what is chosen, the question in the address, paging, keys.
import { all, find, later, load, on } from "./dom.js";
import { withPlace } from "./record.js";
import { toast } from "./toast.js";

const list = () => find("#list");
const chosen = new Set(); // ids, kept over paging, sorting and refreshing
let everything = false; // all that match, on every page
let asked = ""; // the question to which the choice belongs

// --- the question in the address -------------------------------------------------------------------------------------

function questionOf(address) {
  const params = new URLSearchParams(new URL(address, location.href).search);
  for (const name of ["page", "page_size", "sort", "tab"]) params.delete(name);
  params.sort();
  return params.toString();
}

// Reads the list anew with some of the question changed; an empty value takes a parameter away.
export function ask(changes, { replace = false, keepPage = false } = {}) {
  const params = new URLSearchParams(location.search);
  if (!keepPage) params.delete("page");
  for (const [name, value] of Object.entries(changes)) {
    if (name === "filter" && !value && list().dataset.noFilter) params.set(name, list().dataset.noFilter);
    else if (value === "" || value == null) params.delete(name);
    else params.set(name, value);
  }
  const text = params.toString();
  const headers = replace ? { "KM-Address": "replace" } : {};
  return load("GET", `/${list().dataset.slug}${text ? `?${text}` : ""}`, { target: "#list", swap: "outerHTML", headers });
}

export const refresh = () => list() && ask({}, { keepPage: true });
on("click", "[data-refresh]", () => refresh());
document.addEventListener("km:refresh", () => {
  if (list()) refresh();
  else find("[data-tab][aria-selected=true]")?.click();
});

on("submit", "[data-quick]", (event, form) => {
  event.preventDefault();
  ask({ q: form.elements.q.value.trim() });
});
const typed = later(350, (text) => ask({ q: text }, { replace: true }));
on("input", "[data-quick] input[name=q]", (event, input) => {
  if (!event.isComposing) typed(input.value.trim());
});
on("compositionend", "[data-quick] input[name=q]", (event, input) => typed(input.value.trim()));
on("click", "[data-clear-q]", () => {
  find("[data-quick] input[name=q]").value = "";
  ask({ q: "" });
});
on("click", "[data-option]", (event, button) => {
  const on = button.getAttribute("aria-pressed") === "true";
  for (const other of all(`[data-option="${button.dataset.option}"]`)) other.setAttribute("aria-pressed", String(other === button && !on));
  ask({ [button.dataset.option]: on ? "" : button.value });
});
on("change", "[data-option-select]", (event, select) => ask({ [select.dataset.optionSelect]: select.value }));
on("click", "[data-option-apply]", (event, button) => {
  const box = button.closest("[data-option-many]");
  const name = box.dataset.optionMany;
  const ids = all(`input[name="${name}"]`, box).filter((input) => input.type !== "checkbox" || input.checked).map((input) => input.value);
  button.closest("details").open = false;
  ask({ [name]: ids.filter(Boolean).join(",") });
});
on("keydown", "[data-jump]", (event, input) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  const page = Math.min(Math.max(parseInt(input.value, 10) || 1, 1), Number(input.dataset.jump));
  ask({ page: page > 1 ? page : "" });
});
on("change", "[data-page-size]", async (event, select) => {
  await load("POST", `/${list().dataset.slug}/layout`, { values: { page_size: select.value }, swap: "none", source: select });
  ask({ page_size: "" });
});
on("click", "[data-export]", (event, link) => {
  link.href = `/${list().dataset.slug}/export${location.search}`;
});
on("click", "[data-sort-phone]", (event, button) => ask({ sort: button.value }));

// --- what is chosen --------------------------------------------------------------------------------------------------

const rows = () => all("#list tbody tr[data-id]");
const lines = () => all("#list tbody tr"); // categories stand above the records
const idOf = (row) => row.dataset.id;
const keyOf = (row) => row.dataset.id ?? `node:${row.dataset.node}`;
export const count = () => (everything ? Number(find("#pager").dataset.total) : chosen.size);

function paint() {
  if (!list()) return;
  for (const row of rows()) {
    const ticked = everything || chosen.has(idOf(row));
    row.toggleAttribute("aria-selected", ticked);
    if (ticked) row.setAttribute("aria-selected", "true");
    find("input[type=checkbox]", row).checked = ticked;
  }
  const whole = find("#list [data-all]");
  if (whole) {
    const ticked = rows().filter((row) => everything || chosen.has(idOf(row))).length;
    whole.checked = ticked > 0 && ticked === rows().length;
    whole.indeterminate = ticked > 0 && ticked < rows().length;
  }
  const bulk = find("#list .km-bulk");
  bulk.hidden = !count();
  find("#list .km-total").hidden = !!count();
  find("[data-chosen]", bulk).textContent = everything ? `已选全部 ${count().toLocaleString()} 条` : `已选 ${count().toLocaleString()} 条`;
  const more = find("[data-choose-all]", bulk);
  if (more) more.hidden = everything;
  for (const button of all("[data-deed][data-needs]")) {
    const why = reasonAgainst(button);
    button.setAttribute("aria-disabled", String(!!why));
    const key = button.dataset.key ? ` ${button.dataset.key.replace("alt+", "Alt+").replace(/\w$/, (letter) => letter.toUpperCase())}` : "";
    button.title = why || button.textContent.trim() + key;
  }
}

function reasonAgainst(button) {
  const label = button.textContent.trim();
  if (!count()) return "freely" in button.dataset ? "" : `请先勾选要${label}的记录`;
  return button.dataset.needs === "one" && count() > 1 ? `一次只能${label}一条记录` : "";
}

function choose(row, ticked) {
  if (everything && !ticked) {
    everything = false;
    for (const other of rows()) chosen.add(idOf(other));
  }
  if (ticked) chosen.add(idOf(row));
  else chosen.delete(idOf(row));
  paint();
}

function chooseNone() {
  chosen.clear();
  everything = false;
  paint();
}

let lastTicked = null;
on("click", "#list tbody input[type=checkbox]", (event, box) => {
  const row = box.closest("tr");
  if (event.shiftKey && lastTicked?.isConnected) {
    const known = rows();
    const [from, to] = [known.indexOf(lastTicked), known.indexOf(row)].sort((a, b) => a - b);
    for (const between of known.slice(from, to + 1)) choose(between, box.checked);
  } else choose(row, box.checked);
  lastTicked = row;
});
on("change", "#list [data-all]", (event, box) => {
  everything = false;
  for (const row of rows()) box.checked ? chosen.add(idOf(row)) : chosen.delete(idOf(row));
  paint();
});
on("click", "[data-choose-all]", () => {
  everything = true;
  paint();
});
on("click", "[data-choose-none]", chooseNone);

// --- deeds -----------------------------------------------------------------------------------------------------------

on("click", "[data-deed]", (event, button) => {
  if (button.getAttribute("aria-disabled") === "true") return toast({ text: button.title, tone: "orange" });
  const on = button.dataset.deedOn;
  const slug = on ? button.dataset.slug : list().dataset.slug;
  const verb = button.dataset.deed;
  const ids = on ? [on] : [...chosen];
  if (verb === "edit") {
    location.href = `/${slug}/${ids[0]}/edit?back=${encodeURIComponent(location.pathname + location.search)}`;
    return undefined;
  }
  const params = new URLSearchParams(on ? `view=${button.dataset.view}` : location.search);
  params.delete("page");
  if (!on && !params.has("view") && list().dataset.view) params.set("view", list().dataset.view);
  if (!on && everything) params.set("all", "1");
  const path = `/${slug}/actions/${verb}`;
  const target = { target: "#dialog", swap: "innerHTML", source: button };
  if ("plain" in button.dataset) {
    return load("POST", `${path}?${params}`, { ...target, values: everything && !on ? {} : { ids: ids.join(",") } });
  }
  if (on || !everything) params.set("ids", ids.join(","));
  return load("GET", `${path}?${params}`, target);
});

// --- the current row -------------------------------------------------------------------------------------------------

let current = null; // id, or "node:" and the id of a category

// Makes this record the current one, now or when its page has come.
export function goTo(id) {
  const row = rows().find((known) => idOf(known) === id);
  if (row) makeCurrent(row);
  else current = arriving = id;
  return !!row;
}
export const currentId = () => current;
let arriving = null;

function makeCurrent(row) {
  for (const other of all("#list tbody tr.is-current")) other.classList.remove("is-current");
  current = row ? keyOf(row) : null;
  row?.classList.add("is-current");
  row?.scrollIntoView({ block: "nearest" });
  document.dispatchEvent(new CustomEvent("km:current", { detail: { id: row?.dataset.id ?? null } }));
}

function openRow(row) {
  if (row.dataset.node) return find("a", row).click();
  location.href = withPlace(find("a.km-name", row), row).href;
  return undefined;
}

on("click", "#list tbody tr", (event, row) => {
  if (event.target.closest("a, button")) return;
  makeCurrent(row);
  if (event.target.closest(".km-ck") && !event.target.closest("input")) find("input", row)?.click();
  if (!event.target.closest("input")) find("#list .km-scroll").focus({ preventScroll: true });
});
on("dblclick", "#list tbody tr", (event, row) => {
  if (event.target.closest("a, button, input")) return;
  getSelection()?.removeAllRanges();
  openRow(row);
});

// Whether a key is meant for the list: nothing else has the focus.
export function meansList(event) {
  if (!list() || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || find("dialog[open]")) return false;
  const inside = document.activeElement?.closest?.("#list .km-scroll");
  if (!inside && document.activeElement !== document.body && document.activeElement?.id !== "main") return false;
  return !document.activeElement?.matches("a, button, input:not([type=checkbox]), select, textarea");
}

document.addEventListener("keydown", (event) => {
  if (!meansList(event)) return;
  const known = lines();
  const at = known.findIndex((row) => keyOf(row) === current);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    makeCurrent(known[Math.min(Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0), known.length - 1)]);
  } else if (event.key === "Home" && known.length) makeCurrent(known[0]);
  else if (event.key === "End" && known.length) makeCurrent(known.at(-1));
  else if (event.key === "Enter" && at >= 0) openRow(known[at]);
  else if (event.key === " " && at >= 0 && known[at].dataset.id && !document.activeElement?.matches("input")) choose(known[at], !(everything || chosen.has(current)));
  else if (event.key === "Escape" && count()) chooseNone();
  else return;
  event.preventDefault();
});

// --- around a swap ---------------------------------------------------------------------------------------------------

let before = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id !== "list" || !event.detail.shouldSwap) return;
  const scroll = find("#list .km-scroll");
  before = {
    address: questionOf(location.href), page: list().dataset.page, sort: new URLSearchParams(location.search).get("sort"),
    ids: rows().map(idOf), top: scroll?.scrollTop ?? 0, left: scroll?.scrollLeft ?? 0, focused: !!document.activeElement?.closest("#list .km-scroll"),
  };
});
document.addEventListener("htmx:afterSettle", () => {
  if (!list()) return;
  settle();
});

function settle() {
  const now = questionOf(location.href);
  if (now !== asked) {
    chosen.clear();
    everything = false;
    asked = now;
  }
  const scroll = find("#list .km-scroll");
  if (before && scroll) {
    const same = before.address === now && before.page === list().dataset.page && before.sort === new URLSearchParams(location.search).get("sort");
    scroll.scrollLeft = before.left;
    if (same) {
      scroll.scrollTop = before.top;
      const present = new Set(rows().map(idOf)); // what has left the page is no longer chosen
      for (const id of before.ids) if (!present.has(id)) chosen.delete(id);
    }
    if (before.focused) scroll.focus({ preventScroll: true });
  }
  before = null;
  remember();
  const row = lines().find((known) => keyOf(known) === current);
  if (row) row.classList.add("is-current");
  if (row && arriving === current) makeCurrent(row);
  arriving = null;
  paint();
}

document.addEventListener("scroll", (event) => {
  if (event.target instanceof Element && event.target.matches(".km-scroll")) event.target.classList.toggle("is-scrolled", event.target.scrollLeft > 0);
}, true);

// A page that the browser had put aside may be out of date.
window.addEventListener("pageshow", (event) => event.persisted && refresh());

// Where one came from: forms and records lead back to the list as it was.
const placeOf = (path) => `km-list:${path}`;
function remember() {
  if (list()) sessionStorage.setItem(placeOf(location.pathname), location.pathname + location.search);
}
on("click", "[data-new]", (event, link) => {
  const address = new URL(link.href);
  address.searchParams.set("back", location.pathname + location.search);
  const { classified, node } = list()?.dataset ?? {};
  if (classified) node ? address.searchParams.set(classified, node) : address.searchParams.delete(classified);
  link.href = address;
});
on("click", "[data-crumb]", (event, link) => {
  const kept = sessionStorage.getItem(placeOf(link.pathname));
  const view = (address) => new URL(address, location.href).searchParams.get("view");
  if (kept && view(kept) === view(link.href)) link.href = kept;
});

if (list()) {
  const address = new URL(location.href); // 「列表方式」 as the server chose it: what follows goes by the address
  if (list().dataset.mode && !address.searchParams.has("mode") && list().dataset.tree) {
    address.searchParams.set("mode", list().dataset.mode);
    history.replaceState(history.state, "", address);
  }
  asked = questionOf(location.href);
  remember();
  paint();
}
