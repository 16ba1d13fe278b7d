// Forms: leaving with changes asks first, Ctrl+S saves. Rows inside: grid.js.
import { all, find, on } from "./dom.js";

const guarded = () => find("form[data-guard]");
let clean = "";
let leaving = false;

// What a form would send, so that a change can be told.
export function stateOf(form) {
  return JSON.stringify([...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken" && name !== "version").map(([name, value]) => [name, value instanceof File ? value.name : value]));
}

const isChanged = (form) => "changed" in form.dataset || stateOf(form) !== clean;

function begin() {
  const form = guarded();
  if (!form) return;
  leaving = false;
  clean = stateOf(form);
  const wrong = find("[aria-invalid=true]", form);
  const first = wrong ?? find(".km-form input:not([type=hidden]):not([readonly]), .km-form select, .km-form textarea", form);
  first?.focus({ preventScroll: !wrong });
  show(form);
}

function show(form) {
  find(".km-unsaved", form).hidden = !isChanged(form);
}

on("input", "form[data-guard]", (event, form) => show(form));
on("change", "form[data-guard]", (event, form) => show(form));
// After a conflict: whose value a field takes (FRM-02).
on("change", "[data-choose]", (event, choice) => {
  const wanted = find("template", choice.closest("td")).content.firstElementChild.cloneNode(true);
  find(`.km-card--pad [data-field="${CSS.escape(choice.dataset.choose)}"]`, choice.form)?.replaceWith(wanted);
});
on("click", "[data-cancel]", () => {
  leaving = true;
});
window.addEventListener("beforeunload", (event) => {
  const form = guarded();
  if (form && !leaving && isChanged(form)) event.preventDefault();
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target === guarded() && event.detail.xhr?.getResponseHeader("HX-Redirect")) leaving = true;
}, true);
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-guard]")) return;
  leaving = true; // an answer that leads on must not ask; one that shows mistakes sets this back
  for (const button of all("button[type=submit]", form)) button.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = guarded();
  if (!form || event.detail.successful) return;
  leaving = false;
  for (const button of all("[aria-busy]", form)) button.removeAttribute("aria-busy");
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt?.id === "main" || event.detail.target?.id === "main") begin();
});
on("click", "[data-jump-to]", (event, link) => {
  event.preventDefault();
  document.getElementById(link.dataset.jumpTo)?.focus();
});

begin();

// One line of a deed that stands open: Enter saves, Shift+Enter goes on below; the Enter of an input method is its own.
on("keydown", ".km-jot textarea", (event, area) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  area.form.requestSubmit();
});
