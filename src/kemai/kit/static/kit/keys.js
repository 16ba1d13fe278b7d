// Keys: an element with data-key="alt+a" is clicked (an input: focused) when these keys are pressed.
import { all, find } from "./dom.js";

function combination(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("ctrl");
  if (event.altKey) parts.push("alt");
  if (event.shiftKey) parts.push("shift");
  parts.push((event.altKey && event.code.startsWith("Key") ? event.code.slice(3) : event.key).toLowerCase());
  return parts.join("+");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || !event.key) return;
  const keys = combination(event);
  const dialog = find("dialog[open]");
  const target = all(`[data-key="${CSS.escape(keys)}"]`, dialog ?? document).find((element) => element.offsetParent !== null);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input")) {
    target.focus();
    target.select();
  } else target.click();
});
