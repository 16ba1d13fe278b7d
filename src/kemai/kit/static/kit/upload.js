// Uploading: says how far it is, and takes files that are dropped anywhere on the tab (FRM-06).
import { find, on } from "./dom.js";

const bar = (form) => find(".fl-progress", form);

document.addEventListener("htmx:xhr:progress", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-upload]") || !event.detail.lengthComputable) return;
  const share = Math.round((event.detail.loaded / event.detail.total) * 100);
  bar(form).hidden = false;
  find("progress", form).value = share;
  find(".fl-progress span", form).textContent = share < 100 ? `上传中 ${share}%` : "正在保存";
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-upload]")) return;
  bar(form).hidden = true;
  form.reset(); // the same file can be chosen again after it was refused
});

on("dragover", ".fl", (event, area) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  area.classList.add("is-dragging");
});
on("dragleave", ".fl", (event, area) => {
  if (!area.contains(event.relatedTarget)) area.classList.remove("is-dragging");
});
on("drop", ".fl", (event, area) => {
  area.classList.remove("is-dragging");
  const input = find(".fl-drop input", area);
  if (!input || !event.dataTransfer.files.length) return;
  event.preventDefault();
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
