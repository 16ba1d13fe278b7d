// The look-up beside a name: while it is typed, once it has settled; by the button at any time (CUS-04).
import { alertUntilRead } from "./toast.js";
import { find, later, on } from "./dom.js";

const field = (box) => find("input.form-control", box);
const asked = new WeakMap(); // box -> the text that was looked up last while typing

async function ask(box, typing) {
  const text = field(box).value.trim();
  const sent = new FormData();
  sent.set("csrfmiddlewaretoken", box.closest("form").elements.csrfmiddlewaretoken.value);
  sent.set("text", text);
  sent.set("except_id", box.dataset.except);
  if (typing) sent.set("typing", "1");
  asked.set(box, text);
  try {
    const response = await fetch(box.dataset.lookUp, { method: "POST", body: sent, headers: { "HX-Request": "true" } });
    if (typing && field(box).value.trim() !== text) return;
    box.nextElementSibling.innerHTML = await response.text();
  } catch {
    if (!typing) alertUntilRead("与服务器的连接断了，没有查到结果。请检查网络后重试。");
  }
}

const settle = later(800, (box) => {
  const text = field(box).value.trim();
  if (text === asked.get(box) || text === field(box).defaultValue.trim()) return;
  if (text.length < 2) box.nextElementSibling.replaceChildren();
  else ask(box, true);
});

on("input", "[data-look-up]", (event, box) => {
  if (!event.isComposing) settle(box);
});
on("compositionend", "[data-look-up]", (event, box) => settle(box));
on("click", "[data-search-names]", (event, button) => ask(button.closest("[data-look-up]"), false));
