// The log-in has expired while something was typed: nothing of it is lost. One logs in in another tab and sends the form again (FRM-02).
import { find, make, icon } from "./dom.js";

const NOTE = "km-expired";

document.addEventListener("htmx:beforeOnLoad", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
  if (!/^\/login(\?|$)/.test(event.detail.xhr.getResponseHeader("HX-Redirect") ?? "")) return;
  event.preventDefault();
  if (find(`.${NOTE}`, form)) return;
  const link = make("a", { href: "/login?next=/me", target: "_blank" }, "在新窗口登录");
  const words = make("span", {}, "登录已过期，您填写的内容还在这里。请", link, "，然后回到这里再保存一次。");
  const note = make("div", { class: `km-alert km-alert--orange ${NOTE}`, role: "alert" }, icon("alert-triangle"), words);
  (find(".km-editor-body", form) ?? form).prepend(note);
  note.scrollIntoView({ block: "nearest" });
});

// The key of the new session takes the place of the old one before the form goes out again.
window.addEventListener("focus", renew);
document.addEventListener("visibilitychange", renew);
async function renew() {
  const form = find(`.${NOTE}`)?.closest("form");
  if (!form || document.hidden) return;
  const answer = await fetch("/me/password", { headers: { Accept: "text/html" } });
  if (answer.redirected || !answer.ok) return;
  const key = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("input[name=csrfmiddlewaretoken]");
  if (!key) return;
  find("input[name=csrfmiddlewaretoken]", form).value = key.value;
  find(`.${NOTE}`, form)?.remove();
}
