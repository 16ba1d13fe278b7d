// 「查找」: a value in a column, match after match, over page borders.
import { all, find, make, on } from "./dom.js";
import { ask, currentId, goTo } from "./list.js";

const box = () => find("#finder");
const value = () => find("[data-find-value]", box());
const say = (words) => (find("[data-find-note]", box()).textContent = words);
let last = null; // the match at which the search goes on

function open() {
  const select = find("[data-find-column]", box());
  const chosen = select.value;
  const heads = all("#list thead th[data-find]");
  select.replaceChildren(...heads.map((head) => make("option", { value: head.dataset.name }, head.textContent.trim())));
  const title = heads.find((head) => head.classList.contains("km-lock-1"));
  select.value = heads.some((head) => head.dataset.name === chosen) ? chosen : (title ?? heads[0])?.dataset.name ?? "";
  box().hidden = false;
  say("");
  value().focus();
  value().select();
}

function close() {
  box().hidden = true;
  find("#list .km-scroll")?.focus({ preventScroll: true });
}

async function next() {
  if (!value().value.trim()) return say("请填写要查找的内容。");
  const list = find("#list");
  const params = new URLSearchParams(location.search);
  params.set("page", list.dataset.page);
  params.set("column", find("[data-find-column]", box()).value);
  params.set("value", value().value.trim());
  const after = currentId() ?? last;
  if (after) params.set("after", after);
  const response = await fetch(`/${list.dataset.slug}/find?${params}`, { headers: { Accept: "application/json", "HX-Request": "true" } }).catch(() => null);
  if (!response) return say("与服务器的连接断了，请检查网络后重试。");
  if (!response.ok) return say(new DOMParser().parseFromString(await response.text(), "text/html").body.textContent.trim());
  const answer = await response.json();
  say(answer.message);
  if (!answer.found) return undefined;
  last = String(answer.id);
  if (!goTo(last)) await ask({ page: answer.page > 1 ? answer.page : "" });
  return undefined;
}

on("click", "[data-finder]", () => (box().hidden ? open() : next()));
on("click", "[data-find-next]", next);
on("click", "[data-find-close]", close);
on("keydown", "#finder", (event) => {
  if (event.key === "Escape") {
    event.stopPropagation();
    close();
  } else if (event.key === "Enter" && !event.isComposing && event.target.matches("input, select")) {
    event.preventDefault();
    next();
  }
});
