// Print: in the light look, with the time at which it was printed.
import { all, find } from "./dom.js";

let look = "";
const paper = new CSSStyleSheet(); // lists are wide: their pages lie across
document.adoptedStyleSheets = [...document.adoptedStyleSheets, paper];
window.addEventListener("beforeprint", () => {
  look = document.documentElement.dataset.bsTheme;
  document.documentElement.dataset.bsTheme = "light";
  paper.replaceSync(`@page { size: A4 ${find("#list table[width]") ? "landscape" : "portrait"}; margin: 12mm; }`);
  const now = new Date().toLocaleString("zh-CN", { dateStyle: "long", timeStyle: "short" });
  for (const place of all("[data-print-time]")) place.textContent = `打印时间：${now}`;
});
window.addEventListener("afterprint", () => {
  if (look) document.documentElement.dataset.bsTheme = look;
});
