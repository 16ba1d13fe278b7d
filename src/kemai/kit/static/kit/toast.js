// Messages: a success passes by, an error stays until it is read.
import { find, icon, load, make } from "./dom.js";

const SECONDS = 6;
const CONNECTION = "与服务器的连接断了，刚才的操作没有完成。请检查网络后重试。";

export function toast({ text, undo, tone = "green" }) {
  const region = find("#toasts");
  const note = make("div", { class: "km-toast" });
  note.append(make("span", { class: `km-${tone}` }, icon(tone === "green" ? "circle-check" : "info-circle")), make("span", { class: "km-toast-text" }, text));
  if (undo) {
    const back = make("button", { class: "btn km-btn-s", type: "button" }, icon("arrow-back-up"), "撤销");
    back.addEventListener("click", () => {
      note.remove();
      load("POST", undo.url, { values: { ids: undo.ids.join(",") }, target: "#dialog", swap: "innerHTML" });
    });
    note.append(back);
  }
  const close = make("button", { class: "btn km-btn-quiet km-btn-s km-btn-icon", type: "button", "aria-label": "关闭" }, icon("x"));
  close.addEventListener("click", () => note.remove());
  note.append(close);
  const next = find(".km-search")?.nextElementSibling; // stands in the top bar before it: below are the deeds that people want next
  if (next) region.style.setProperty("--km-beside", `${innerWidth - next.getBoundingClientRect().left + 8}px`);
  region.replaceChildren(note);
  const leave = () => setTimeout(() => note.remove(), SECONDS * 1000);
  let timer = leave();
  note.addEventListener("mouseenter", () => clearTimeout(timer));
  note.addEventListener("mouseleave", () => (timer = leave()));
}

export function alertUntilRead(text) {
  const region = find("#alerts");
  if ([...region.children].some((known) => known.textContent.trim() === text)) return;
  const close = make("button", { class: "km-x", type: "button", "data-dismiss": true, "aria-label": "关闭" }, icon("x"));
  region.append(make("div", { class: "km-alert", role: "alert" }, icon("alert-triangle"), make("span", { class: "km-grow" }, text), close));
}

document.addEventListener("km:toast", (event) => toast(event.detail.text ? event.detail : { text: event.detail.value }));
document.addEventListener("htmx:sendError", () => alertUntilRead(CONNECTION));
document.addEventListener("htmx:timeout", () => alertUntilRead(CONNECTION));

const left = find("#toasts")?.dataset.toast;
if (left) toast({ text: left, undo: JSON.parse(find("#toasts").dataset.undo || "null") });
