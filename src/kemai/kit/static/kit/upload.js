// Uploading: many files at once, each with its own progress; files may be dropped anywhere on the tab (FRM-06).
import { all, find, icon, load, make, on } from "./dom.js";
import { toast } from "./toast.js";

const AT_ONCE = 3;
const FAILED = "没有上传成功，请检查网络，刷新页面后再试。";
const MB = 1024 * 1024;

// Sends one file; gives the sentences with which it was refused, none when it is stored.
function send(form, file, bar, words) {
  if (file.size > form.dataset.most * MB) return Promise.resolve([`「${file.name}」超过 ${form.dataset.most} MB，不能上传。`]);
  return new Promise((done) => {
    const data = new FormData(form);
    data.set("file", file);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const share = Math.round((event.loaded / event.total) * 100);
      bar.value = share;
      words.textContent = share < 100 ? `${share}%` : "正在保存";
    });
    request.addEventListener("load", () => {
      try {
        const answer = JSON.parse(request.responseText);
        done(answer.refused ?? [`「${file.name}」${answer.message ?? FAILED}`]);
      } catch {
        done([`「${file.name}」${FAILED}`]);
      }
    });
    for (const name of ["error", "abort"]) request.addEventListener(name, () => done([`「${file.name}」${FAILED}`]));
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(data);
  });
}

async function sendAll(form, files) {
  const list = find(".fl-sending", form);
  const waiting = files.map((file) => {
    const bar = make("progress", { max: 100, value: 0, "aria-label": `上传 ${file.name}` });
    const words = make("span", {}, "等待中");
    const line = make("li", {}, make("b", { title: file.name }, file.name), bar, words);
    list.append(line);
    return { file, bar, words, line };
  });
  const refused = [];
  let taken = 0;
  async function next() {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const said = await send(form, one.file, one.bar, one.words);
      refused.push(...said);
      if (!said.length) taken += 1;
      one.bar.value = 100;
      one.words.textContent = said.length ? "没有上传" : "完成";
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  if (!form.isConnected) return; // another tab was opened meanwhile
  if (taken) {
    await load("GET", form.dataset.upload, { target: "#tab-body", swap: "innerHTML" });
    toast({ text: `已上传 ${taken} 个文件。` });
  }
  const place = find("#tab-body .fl");
  for (const sentence of refused.reverse()) place?.prepend(make("div", { class: "km-alert", role: "alert" }, icon("alert-triangle"), make("span", {}, sentence)));
  for (const left of all("form[data-upload]")) {
    left.reset(); // the same file can be chosen again after it was refused
    find(".fl-sending", left).replaceChildren();
  }
}

on("change", "[data-upload] input[type=file]", (event, input) => {
  const files = [...input.files];
  if (files.length) sendAll(input.form, files);
});

const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const place = (target) => (target instanceof Element ? target.closest("#tab-body:has([data-upload])") : null);
document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event) || event.target.matches?.("input[type=file]") && !place(event.target)) return;
  event.preventDefault(); // beside the tab a dropped file must not take the page's place
  place(event.target)?.classList.add("is-dragging");
});
document.addEventListener("dragleave", (event) => {
  const area = place(event.target);
  if (area && !area.contains(event.relatedTarget)) area.classList.remove("is-dragging");
});
document.addEventListener("drop", (event) => {
  const area = place(event.target);
  if (!carriesFiles(event) || event.target.matches?.("input[type=file]") && !area) return;
  event.preventDefault();
  area?.classList.remove("is-dragging");
  const form = area && (find(".fl-main [data-upload]", area) ?? find("[data-upload]", area));
  if (form) sendAll(form, [...event.dataTransfer.files]);
});
