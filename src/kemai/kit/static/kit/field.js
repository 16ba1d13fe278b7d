// A field of a record is changed where it stands: double click or pencil; Enter saves, Esc leaves it as it was (FRM-05).
// What was typed is not lost by opening another field, nor by leaving the page without being asked.
import { all, find, load, on } from "./dom.js";
import { stateOf } from "./form.js";
import { toast } from "./toast.js";

const kept = new WeakMap(); // the place of a value -> what stood there
const clean = new WeakMap(); // a form -> what it would have sent when it was opened

const opened = () => all("[data-edit-form]");
const isChanged = (form) => stateOf(form) !== clean.get(form); // one that came back refused was never clean

async function open(box) {
  const place = find("dd", box);
  if (kept.has(place)) return;
  const changed = opened().find(isChanged);
  if (changed) {
    toast({ text: "请先保存或取消正在修改的这一项。", tone: "blue" });
    return find("input:not([type=hidden]), select, textarea", changed)?.focus();
  }
  for (const other of opened()) close(other.closest("[data-edit]"));
  const before = [...place.childNodes];
  kept.set(place, before);
  getSelection()?.removeAllRanges();
  await load("GET", box.dataset.edit, { target: place, swap: "innerHTML" });
  const form = find("form", place);
  if (!form) return put(place);
  clean.set(form, stateOf(form));
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
addEventListener("beforeunload", (event) => {
  if (opened().some((form) => isChanged(form) && !form.matches(".htmx-request"))) event.preventDefault();
});
// What is saved may change more than this field: the page is read anew, without leaving it.
document.addEventListener("km:saved", () => load("GET", location.pathname + location.search, { target: "#main", select: "#main", swap: "outerHTML show:none" }));
