// Menu, look, drop-down menus, copying, printing.
import { all, find, icon, keepCookie, make, on } from "./dom.js";
import { toast } from "./toast.js";

const root = document.documentElement;

on("click", "[data-theme-switch]", (event, button) => {
  const dark = root.dataset.bsTheme !== "dark";
  root.dataset.bsTheme = dark ? "dark" : "light";
  keepCookie("km_theme", root.dataset.bsTheme);
  find("span", button).textContent = dark ? "浅色外观" : "深色外观";
});

on("click", "[data-slim]", () => keepCookie("km_slim", root.classList.toggle("is-slim") ? "1" : "0"));
on("click", "[data-menu]", () => root.classList.toggle("is-menu"));

function closeMenus(except) {
  for (const menu of all("details.km-menu[open]")) if (!except || !menu.contains(except)) menu.open = false;
}
document.addEventListener("click", (event) => closeMenus(event.target));
on("click", ".km-menu .km-pop a, .km-menu .km-pop > button, .km-menu .km-pop > form button", (event, chosen) => {
  chosen.closest("details").open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = find("details.km-menu[open]");
  if (open) {
    open.open = false;
    find("summary", open).focus();
    event.stopImmediatePropagation();
  } else if (root.classList.contains("is-menu")) {
    root.classList.remove("is-menu");
    event.stopImmediatePropagation();
  }
});

on("click", "[data-print]", () => window.print());
on("click", "[data-back]", (event) => {
  if (history.length < 2) return;
  event.preventDefault();
  history.back();
});
on("click", "[data-copy]", async (event, button) => {
  await navigator.clipboard.writeText(button.dataset.copy);
  toast({ text: "已复制。" });
});
on("click", "[data-reveal]", (event, button) => {
  const input = document.getElementById(button.dataset.reveal);
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
  button.replaceChildren(icon(shown ? "eye" : "eye-off"));
  input.focus();
});
on("click", "[data-fill]", (event, button) => {
  const input = document.getElementById(button.dataset.fill);
  input.value = button.dataset.value;
  document.getElementById("password").focus();
});
on("click", "[data-dismiss]", (event, button) => button.closest(".km-alert").remove());

// What is cut off by its column is shown in full when pointed at.
on("mouseover", ".km-table td, .km-name", (event, cell) => {
  if (cell.scrollWidth > cell.clientWidth && !cell.title) cell.title = cell.textContent.trim();
});
