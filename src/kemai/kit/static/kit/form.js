// Forms: leaving with changes asks first, Ctrl+S saves, rows inside are filled by keyboard.
import { all, find, make, on } from "./dom.js";

const guarded = () => find("form[data-guard]");
let clean = "";
let leaving = false;

function stateOf(form) {
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

// --- rows inside -----------------------------------------------------------------------------------------------------

function addRow(grid) {
  const rows = all("tbody tr", grid);
  const taken = rows.map((row) => Number(find("input[name$='-id']", row).name.split("-").at(-2)));
  const number = Math.max(-1, ...taken) + 1;
  const body = find("tbody", grid);
  const holder = make("tbody");
  holder.innerHTML = find("template", grid).innerHTML.replaceAll("__n__", String(number));
  const row = holder.firstElementChild;
  body.append(row);
  return row;
}

const cells = (row) => all("input:not([type=hidden]), select, textarea", row);

on("click", "[data-add-row]", (event, button) => cells(addRow(button.closest("[data-grid]")))[0]?.focus());
on("click", "[data-drop-row]", (event, button) => {
  const grid = button.closest("[data-grid]");
  const form = grid.closest("form");
  button.closest("tr").remove();
  if (!find("tbody tr", grid)) addRow(grid);
  show(form);
});
on("keydown", "[data-grid] tbody", (event, body) => {
  if (event.isComposing || event.defaultPrevented || event.target.matches("button, textarea")) return;
  const row = event.target.closest("tr");
  const own = cells(row);
  const at = own.indexOf(event.target);
  const rows = all("tr", body);
  if (event.key === "Enter" && !event.ctrlKey) {
    event.preventDefault();
    if (own[at + 1]) return own[at + 1].focus();
    const next = rows[rows.indexOf(row) + 1] ?? addRow(body.closest("[data-grid]"));
    return cells(next)[0]?.focus();
  }
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !event.target.matches("select, [type=date], [role=combobox]")) {
    event.preventDefault();
    const next = rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
    return next && cells(next)[at]?.focus();
  }
  return undefined;
});

begin();
