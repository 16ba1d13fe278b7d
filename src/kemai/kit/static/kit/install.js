// The app on phone and desktop (FRM-10): its worker, and 「安装客脉」 in the own menu where the browser offers it.
import { all, on } from "./dom.js";

let offer = null;

navigator.serviceWorker?.register("/worker.js").catch(() => {}); // without HTTPS there is none, and nothing is missing

function show() {
  for (const button of all("[data-install]")) button.hidden = !offer;
}

window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
  show();
});
window.addEventListener("appinstalled", () => {
  offer = null;
  show();
});
on("click", "[data-install]", async () => {
  await offer?.prompt();
  offer = null;
  show();
});
