// The toolbar keeps one line: buttons that find no room move into 「更多操作」.
import { find } from "./dom.js";

function fit() {
  const tools = find(".km-tools");
  const more = tools && find("[data-more]", tools);
  if (!more) return;
  const pop = find(".km-pop", more);
  while (pop.firstElementChild) more.before(pop.firstElementChild);
  more.hidden = true;
  const buttons = () => [...tools.children].filter((one) => one !== more);
  while (tools.scrollWidth > tools.clientWidth && buttons().length > 1) {
    more.hidden = false;
    const last = buttons().at(-1);
    if (last.matches(".km-sep")) last.remove();
    else pop.prepend(last);
  }
}

new ResizeObserver(fit).observe(document.documentElement);
document.fonts?.ready.then(fit); // words are as wide as their font
document.addEventListener("htmx:afterSettle", fit);
fit();
