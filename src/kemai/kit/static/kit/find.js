// The search box of the top bar: what it finds follows as one types; arrows walk, Enter opens the first, Escape leaves.
import { all, find, on } from "./dom.js";

const WAIT = 200;
let timer = 0;
let asked = null; // the request under way; an older one's answer is dropped

const foundOf = (form) => find(".km-found", form);
const enough = (text) => text.length > 1 || (text !== "" && !/^[\x00-\x7f]$/.test(text));

async function ask(input) {
  const list = foundOf(input.form);
  const text = input.value.trim();
  asked?.abort();
  if (!text) {
    list.replaceChildren();
    list.hidden = true;
    return;
  }
  asked = new AbortController();
  try {
    const answer = await fetch(`/search?q=${encodeURIComponent(text)}`, { headers: { "KM-Part": "found", "HX-Request": "true" }, signal: asked.signal });
    if (!answer.ok || !answer.headers.get("Content-Type").startsWith("text/html")) return;
    list.innerHTML = await answer.text();
    list.dataset.q = text;
    list.hidden = document.activeElement !== input && !list.contains(document.activeElement);
  } catch {
    // left for another question, or the connection is gone: the list stays as it was
  }
}

function typed(input, wait = WAIT) {
  clearTimeout(timer);
  timer = setTimeout(() => ask(input), enough(input.value.trim()) ? wait : 2 * WAIT);
}

on("input", "[data-search] input", (event, input) => event.isComposing || typed(input));
on("compositionend", "[data-search] input", (event, input) => typed(input));
on("focusin", "[data-search] input", (event, input) => {
  const list = foundOf(input.form);
  if (input.value.trim() && list.dataset.q === input.value.trim()) list.hidden = false;
  else typed(input, 0);
});
on("focusout", "[data-search]", (event, form) => {
  if (!form.contains(event.relatedTarget)) foundOf(form).hidden = true;
});
on("submit", "[data-search]", (event, form) => {
  const first = find("li [data-hit]", foundOf(form));
  if (!first || foundOf(form).dataset.q !== form.elements.q.value.trim()) return;
  event.preventDefault();
  first.click();
});
on("keydown", "[data-search]", (event, form) => {
  const links = all("[data-hit]", foundOf(form));
  if (event.key === "Escape") {
    foundOf(form).hidden = true;
    find("input", form).blur();
    event.stopPropagation();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && links.length && !event.isComposing) {
    const here = links.indexOf(document.activeElement);
    const first = links.findIndex((link) => link.closest("li")); // 「全部」 of its group stands before it
    const at = event.key === "ArrowUp" ? here - 1 : here < 0 ? first : here + 1;
    (links[at] ?? find("input", form)).focus();
    event.preventDefault();
  }
});
