// A field of a record is changed where it stands: double click or pencil; Enter saves, Esc leaves it as it was (FRM-05).
import { all, find, load, on } from "./dom.js";

const kept = new WeakMap(); // the place of a value -> what stood there

async function open(box) {
  const place = find("dd", box);
  if (kept.has(place)) return;
  for (const other of all("[data-edit] form")) close(other.closest("[data-edit]"));
  const before = [...place.childNodes];
  kept.set(place, before);
  getSelection()?.removeAllRanges();
  await load("GET", box.dataset.edit, { target: place, swap: "innerHTML" });
  if (!find("form", place)) return put(place);
  const input = find("input:not([type=hidden]), select, textarea", place);
  input?.focus();
  input?.select?.();
}

function put(place) {
  place.replaceChildren(...kept.get(place));
  kept.delete(place);
}

function close(box) {
  const place = find("dd", box);
  if (!kept.has(place)) return;
  put(place);
  find("[data-edit-open]", place)?.focus();
}

on("dblclick", "[data-edit]", (event, box) => {
  if (!event.target.closest("a, button, form")) open(box);
});
on("click", "[data-edit-open]", (event, button) => open(button.closest("[data-edit]")));
on("click", "[data-edit-cancel]", (event, button) => close(button.closest("[data-edit]")));
on("keydown", "[data-edit-form]", (event, form) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape") {
    event.preventDefault();
    close(form.closest("[data-edit]"));
  } else if (event.key === "Enter" && (event.target.matches("select, [type=checkbox]") || event.ctrlKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.addEventListener("htmx:afterSettle", (event) => {
  find("[data-edit-form] [aria-invalid=true]", event.detail.target)?.focus();
});
// What is saved may change more than this field: the page is read anew, without leaving it.
document.addEventListener("km:saved", () => load("GET", location.pathname + location.search, { target: "#main", select: "#main", swap: "outerHTML show:none" }));
