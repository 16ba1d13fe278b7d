// Photo and voice memo of a deed that stands open (INT-05): what was taken is named; where the browser can record, the button records.
import { find, on } from "./dom.js";
import { toast } from "./toast.js";

const MIME = ["audio/webm", "audio/mp4"];
const ENDINGS = { "audio/webm": "weba", "audio/mp4": "m4a" };
const LONGEST = 5 * 60 * 1000;
const running = new WeakMap();

function named(label) {
  const input = find("input[type=file]", label);
  const words = find("[data-taken]", label);
  words.dataset.word ??= words.textContent;
  words.textContent = input.files.length ? `${words.dataset.word}：${input.files[0].name}` : words.dataset.word;
}

on("change", "[data-takes] input[type=file]", (event, input) => named(input.closest("label")));
on("reset", "form:has([data-takes])", (event, form) => setTimeout(() => form.querySelectorAll("[data-takes]").forEach(named)), true);

const canRecord = () => typeof MediaRecorder === "function" && navigator.mediaDevices?.getUserMedia;

on("click", "[data-records]", async (event, label) => {
  if (!canRecord() || !event.isTrusted && event.target.matches("input")) return;
  event.preventDefault();
  const going = running.get(label);
  if (going) return going.stop();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    find("input[type=file]", label).click(); // no leave to use the microphone: choose a file
    return;
  }
  const type = MIME.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
  const parts = [];
  recorder.addEventListener("dataavailable", (part) => parts.push(part.data));
  recorder.addEventListener("stop", () => {
    running.delete(label);
    label.classList.remove("is-recording");
    for (const track of stream.getTracks()) track.stop();
    const kind = recorder.mimeType.split(";")[0];
    const moment = new Date().toTimeString().slice(0, 5).replace(":", "");
    const held = new DataTransfer();
    held.items.add(new File(parts, `录音${moment}.${ENDINGS[kind] ?? "ogg"}`, { type: kind }));
    find("input[type=file]", label).files = held.files;
    named(label);
  });
  running.set(label, recorder);
  recorder.start();
  label.classList.add("is-recording");
  find("[data-taken]", label).textContent = "停止录音";
  toast({ text: "正在录音，再按一次停止。" });
  setTimeout(() => recorder.state === "recording" && recorder.stop(), LONGEST);
});
