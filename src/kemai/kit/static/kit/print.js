// Print: in the light look, with the time at which it was printed.
import { all, find } from "./dom.js";

const ACROSS = 1032; // px of a sheet that lies across
const SMALLEST = 0.55;
let look = "";
const paper = new CSSStyleSheet(); // lists are wide: their pages lie across
document.adoptedStyleSheets = [...document.adoptedStyleSheets, paper];
window.addEventListener("beforeprint", () => {
  look = document.documentElement.dataset.bsTheme;
  document.documentElement.dataset.bsTheme = "light";
  const width = Number(find("#list table[width]")?.getAttribute("width"));
  const zoom = Math.min(1, Math.max(SMALLEST, ACROSS / (width * 0.75))); // cells wrap: three quarters of their width will do
  paper.replaceSync(`@page { size: A4 ${width ? "landscape" : "portrait"}; margin: 12mm; } @media print { #list table[width] { zoom: ${zoom || 1}; } }`);
  const now = new Date().toLocaleString("zh-CN", { dateStyle: "long", timeStyle: "short" });
  for (const place of all("[data-print-time]")) place.textContent = `打印时间：${now}`;
});
window.addEventListener("afterprint", () => {
  if (look) document.documentElement.dataset.bsTheme = look;
});
