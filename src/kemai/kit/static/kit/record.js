// The record: its tabs, and the way to it and to its neighbours in the list that one came from.
import { all, find, on } from "./dom.js";

// The tabs of a record: arrows walk, the open one is marked; on its own page the address names it.
on("click", "[data-tab]", (event, tab) => {
  for (const other of all("[data-tab]")) {
    other.setAttribute("aria-selected", String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
  }
  find("#tab-body").setAttribute("aria-labelledby", tab.id);
  if (tab.closest("#pane")) return;
  const address = new URL(location.href);
  address.searchParams.set("tab", tab.dataset.tab);
  history.replaceState(history.state, "", address);
});
on("keydown", "[data-tab]", (event, tab) => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const tabs = all("[data-tab]");
  const next = tabs[(tabs.indexOf(tab) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
  next.focus();
  next.click();
});

// A record that is opened from a list takes the list's question and its own place along (LST-16).
export function withPlace(link, row) {
  const list = row.closest("#list");
  const asked = new URLSearchParams(location.search);
  const rows = all("tbody tr[data-id]", list);
  const before = (Number(list.dataset.page) - 1) * Number(list.dataset.size);
  for (const name of ["page", "page_size", "tab"]) asked.delete(name);
  const address = new URL(link.href);
  for (const [name, value] of asked) address.searchParams.set(name, value);
  address.searchParams.set("at", String(before + rows.indexOf(row) + 1));
  link.href = address;
  return link;
}
for (const type of ["click", "auxclick"]) {
  on(type, "#list tbody a.km-name", (event, link) => withPlace(link, link.closest("tr")), true);
  on(type, "[data-row-link]", (event, link) => {
    const row = find(`#list tbody tr[data-id="${link.dataset.rowLink}"]`);
    if (row) withPlace(link, row);
  }, true);
}
