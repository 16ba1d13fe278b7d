// The one dialog: opens when htmx has put something into it, closes with Esc, its buttons, or when the deed is done.
import { find, on } from "./dom.js";

const dialog = () => find("#dialog");
let opener = null;

function close() {
  const element = dialog();
  if (element.open) element.close();
  element.replaceChildren();
  const back = opener?.isConnected && opener.offsetParent ? opener : find("#list .km-scroll") ?? find("#main");
  back?.focus({ preventScroll: true });
  opener = null;
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === dialog() && !dialog().open) opener = document.activeElement;
});
document.addEventListener("htmx:afterSwap", (event) => {
  const element = dialog();
  if (event.detail.target !== element) return;
  if (!element.firstElementChild) return close();
  if (!element.open) element.showModal();
  const first = find("[aria-invalid=true]", element) ?? find("[autofocus]", element) ?? find(".km-ask-body input:not([type=hidden]), .km-ask-body select, .km-ask-body textarea", element);
  first?.focus();
});
// Later: the events that stand beside it in the answer are sent from the form that goes away here.
document.addEventListener("km:close", () => setTimeout(close));
// What the server refused while the dialog stays open.
document.addEventListener("km:refused", (event) => {
  const note = find("#dialog [data-note]");
  if (!note) return;
  note.textContent = event.detail.value;
  note.hidden = false;
});
on("click", "#dialog [data-close]", close);
document.addEventListener("click", (event) => {
  if (event.target === dialog()) close();
});
on("close", "#dialog", () => dialog().replaceChildren(), true);
document.addEventListener("cancel", (event) => {
  if (event.target === dialog()) setTimeout(close);
}, true);
