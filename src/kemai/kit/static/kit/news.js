// Reminders come while the page is open (WRK-02): the counters of the top bar are asked for anew, and the newest message is said at once.
import { all, find, make } from "./dom.js";
import { toast } from "./toast.js";

const SECONDS = 20;
const SAID = "km_said"; // the newest message that this browser has shown
let mark = "";

function show(bell, count) {
  const badge = find(".km-count", bell);
  bell.setAttribute("aria-label", count ? `${bell.dataset.news} ${count}` : bell.dataset.news);
  if (!count) return badge?.remove();
  if (badge) badge.textContent = count;
  else bell.append(make("span", { class: "km-count km-count--hot" }, String(count)));
}

export async function askNews({ quietly = false } = {}) {
  const bells = all("[data-news]");
  if (!bells.length || document.hidden) return;
  let answer;
  try {
    answer = await fetch("/me/news", { headers: mark ? { "If-None-Match": mark } : {}, redirect: "error" });
  } catch {
    return; // no network, or logged out: the next page says so
  }
  if (answer.status !== 200) return;
  mark = answer.headers.get("ETag") ?? "";
  const news = await answer.json();
  for (const bell of bells) show(bell, news.counts[new URL(bell.href).pathname] ?? 0);
  const known = Number(localStorage.getItem(SAID) ?? 0);
  if (!news.latest || news.latest.id <= known) return;
  localStorage.setItem(SAID, String(news.latest.id));
  if (!quietly) toast({ text: news.latest.text });
}

askNews({ quietly: true });
setInterval(askNews, SECONDS * 1000);
document.addEventListener("visibilitychange", () => askNews());
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.requestConfig?.verb === "post" && event.detail.successful) askNews();
});
