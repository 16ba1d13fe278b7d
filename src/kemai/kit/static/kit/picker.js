// References are chosen by typing; the server looks them up (FRM-03). What is missing is made in a dialog (FRM-11).
import { all, find, icon, later, load, make, on } from "./dom.js";

const RECENT_MOST = 8;
let asker = null; // the picker for which a record is being made

const input = (box) => find("input.form-control", box);
const options = (box) => find("[role=listbox]", box);

const search = later(180, async (box) => {
  const words = input(box).value.trim();
  const params = new URLSearchParams({ q: words, recent: recent(box.dataset.pick).join(",") });
  const depends = box.dataset.depends;
  if (depends) {
    params.set("depends", depends);
    const { of, ofId } = box.closest("form")?.dataset ?? {}; // a deed's choices may depend on the record that it is done with
    params.set("value", parentOf(box)?.value ?? (of === depends ? ofId : ""));
  }
  const response = await fetch(`/pick/${box.dataset.pick}?${params}`, { headers: { Accept: "application/json" } });
  if (!response.ok || document.activeElement !== input(box) || input(box).value.trim() !== words) return;
  offer(box, await response.json());
});

// The field that narrows the choices: in the same row of a grid, else in the form.
function parentOf(box) {
  const form = box.closest("form");
  const row = find("input", box).name.match(/^(.+-\d+-)/)?.[1] ?? "";
  const other = form?.elements[`${row}${box.dataset.depends}`] ?? form?.elements[box.dataset.depends];
  return other instanceof RadioNodeList ? other[0] : other;
}

// Which records of a kind were chosen lately in this browser: ids only, the server says which of them the person may see.
function recent(kind) {
  try {
    return JSON.parse(localStorage.getItem(`km-recent-${kind}`) ?? "[]").slice(0, RECENT_MOST);
  } catch {
    return [];
  }
}

function remember(kind, id) {
  const ids = [String(id), ...recent(kind).filter((known) => known !== String(id))].slice(0, RECENT_MOST);
  try {
    localStorage.setItem(`km-recent-${kind}`, JSON.stringify(ids));
  } catch {
    // a browser that keeps nothing offers the newest first
  }
}

function offer(box, { items, more, note, new: maker }) {
  const list = options(box);
  const taken = new Set(all(".km-picked input", box).map((known) => known.value));
  const shown = items.filter((item) => !taken.has(String(item.id)));
  const option = (at, attributes, ...children) => make("li", { role: "option", id: `${list.id}-${at}`, "aria-selected": "false", ...attributes }, ...children);
  list.replaceChildren(
    ...shown.map((item, at) => {
      const line = option(at, { "data-id": item.id }, make("span", {}, item.text));
      if (item.hint) line.append(make("small", {}, item.hint));
      return line;
    }),
  );
  if (!shown.length) list.append(make("li", { class: "km-options-none", role: "presentation" }, note || "没有找到，请换一个词。"));
  if (more) list.append(make("li", { class: "km-options-none", role: "presentation" }, "最多显示 20 条，请再输入几个字。"));
  if (maker && !note && !box.closest("dialog")) {
    const words = input(box).value.trim();
    list.append(option("new", { class: "km-options-new", "data-make": maker.href, "data-make-field": maker.field }, icon("plus", "s"), make("span", {}, words && !find("input[type=hidden]", box).value ? `新增${maker.title}「${words}」` : `新增${maker.title}`)));
  }
  list.hidden = false;
  place(box, list);
  input(box).setAttribute("aria-expanded", "true");
  mark(box, 0);
}

// Below the input, above it where there is no room; free of whatever would cut it off.
function place(box, list) {
  const at = input(box).getBoundingClientRect();
  const space = window.innerHeight - at.bottom;
  const up = space < 240 && at.top > space;
  list.classList.toggle("is-up", up);
  if (!box.closest(".km-scroll-x, .km-dialog")) return;
  Object.assign(list.style, {
    position: "fixed", left: `${at.left}px`, minWidth: `${at.width}px`, maxHeight: `${Math.min(280, (up ? at.top : space) - 12)}px`,
    top: up ? "auto" : `${at.bottom + 4}px`, bottom: up ? `${window.innerHeight - at.top + 4}px` : "auto",
  });
  const beyond = list.getBoundingClientRect().right - window.innerWidth + 12;
  if (beyond > 0) list.style.left = `${Math.max(12, at.left - beyond)}px`;
}

function close(box) {
  options(box).hidden = true;
  input(box).setAttribute("aria-expanded", "false");
  input(box).removeAttribute("aria-activedescendant");
}

function mark(box, at) {
  const lines = all("[role=option]", options(box));
  lines.forEach((line, position) => line.setAttribute("aria-selected", String(position === at)));
  if (lines[at]) {
    input(box).setAttribute("aria-activedescendant", lines[at].id);
    lines[at].scrollIntoView({ block: "nearest" });
  }
}

function take(box, line) {
  if (line.dataset.make) return makeOne(box, line.dataset);
  return choose(box, line.dataset.id, find("span", line).textContent);
}

function choose(box, id, text) {
  if (box.dataset.many) {
    const chip = make("span", { class: "km-chip" }, text, make("input", { type: "hidden", name: box.dataset.many, value: id }));
    chip.append(make("button", { type: "button", "data-unpick": true, "aria-label": `去掉 ${text}` }, icon("x")));
    find(".km-picked", box).append(chip);
    input(box).value = "";
  } else {
    find("input[type=hidden]", box).value = id;
    input(box).value = text;
  }
  remember(box.dataset.pick, id);
  close(box);
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function makeOne(box, { make: address, makeField }) {
  const params = new URLSearchParams();
  const words = find("input[type=hidden]", box).value ? "" : input(box).value.trim();
  if (makeField && words) params.set(makeField, words);
  if (box.dataset.depends && parentOf(box)?.value) params.set(box.dataset.depends, parentOf(box).value);
  asker = box;
  close(box);
  load("GET", `${address}&${params}`, { target: "#dialog", swap: "innerHTML" });
}

document.addEventListener("km:picked", (event) => {
  if (!asker?.isConnected) return;
  choose(asker, String(event.detail.id), event.detail.text);
  input(asker).focus();
});

// What depended on another choice goes with it.
on("change", "form", (event, form) => {
  const changed = find("input", event.target.closest("[data-pick]") ?? make("div"))?.name ?? event.target.name;
  for (const box of all("[data-depends]", form)) {
    const held = find("input[type=hidden]", box);
    if (parentOf(box)?.name !== changed || (!held?.value && !input(box).value)) continue;
    if (box.dataset.many) for (const chip of all(".km-picked .km-chip", box)) chip.remove();
    else held.value = input(box).value = "";
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

on("input", "[data-pick] input.form-control", (event, field) => {
  const box = field.closest("[data-pick]");
  if (!box.dataset.many) find("input[type=hidden]", box).value = "";
  if (!event.isComposing) search(box);
});
on("compositionend", "[data-pick] input.form-control", (event, field) => search(field.closest("[data-pick]")));
on("click", "[data-pick] input.form-control", (event, field) => {
  const box = field.closest("[data-pick]");
  if (options(box).hidden) search(box);
});
on("click", ".km-pick-icon", (event, mark) => {
  input(mark.closest("[data-pick]")).focus();
  search(mark.closest("[data-pick]"));
});
on("mousedown", "[data-pick] [role=option]", (event, line) => {
  event.preventDefault();
  take(line.closest("[data-pick]"), line);
});
on("click", "[data-unpick]", (event, button) => {
  const box = button.closest("[data-pick]");
  button.closest(".km-chip").remove();
  box.dispatchEvent(new Event("change", { bubbles: true }));
  event.stopPropagation();
});
on("focusout", "[data-pick]", (event, box) => {
  if (!box.contains(event.relatedTarget)) close(box);
});
on("keydown", "[data-pick] input.form-control", (event, field) => {
  const box = field.closest("[data-pick]");
  const list = options(box);
  const lines = all("[role=option]", list);
  const at = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
  const inGrid = box.closest("[data-grid]");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (list.hidden && inGrid && !event.altKey) return; // to the cell above or below
    if (list.hidden) search(box);
    else mark(box, (at + (event.key === "ArrowDown" ? 1 : lines.length - 1)) % Math.max(lines.length, 1));
  } else if (event.key === "Enter" && !list.hidden && at >= 0 && !event.isComposing) {
    take(box, lines[at]);
    if (inGrid) return; // and on to the next cell
  } else if (event.key === "Escape" && !list.hidden) {
    close(box);
  } else if (event.key === "Backspace" && box.dataset.many && !field.value) {
    all("[data-unpick]", box).at(-1)?.click();
    return;
  } else return;
  event.preventDefault();
});
