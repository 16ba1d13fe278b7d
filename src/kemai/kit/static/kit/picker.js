// References are chosen by typing; the server looks them up (FRM-03).
import { all, find, icon, later, make, on } from "./dom.js";

const input = (box) => find("input.form-control", box);
const options = (box) => find("[role=listbox]", box);

const search = later(180, async (box) => {
  const params = new URLSearchParams({ q: input(box).value.trim() });
  const depends = box.dataset.depends;
  if (depends) {
    const other = box.closest("form")?.elements[depends];
    params.set("depends", depends);
    params.set("value", (other instanceof RadioNodeList ? other[0] : other)?.value ?? "");
  }
  const response = await fetch(`/pick/${box.dataset.pick}?${params}`, { headers: { Accept: "application/json" } });
  if (!response.ok || document.activeElement !== input(box)) return;
  offer(box, (await response.json()).items);
});

function offer(box, items) {
  const list = options(box);
  const taken = new Set(all(".km-picked input", box).map((known) => known.value));
  const shown = items.filter((item) => !taken.has(String(item.id)));
  list.replaceChildren(
    ...shown.map((item, at) => {
      const line = make("li", { role: "option", id: `${list.id}-${at}`, "data-id": item.id, "aria-selected": "false" }, make("span", {}, item.text));
      if (item.hint) line.append(make("small", {}, item.hint));
      return line;
    }),
  );
  if (!shown.length) list.append(make("li", { class: "km-options-none" }, "没有找到，请换一个词。"));
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
  const text = find("span", line).textContent;
  if (box.dataset.many) {
    const chip = make("span", { class: "km-chip" }, text, make("input", { type: "hidden", name: box.dataset.many, value: line.dataset.id }));
    chip.append(make("button", { type: "button", "data-unpick": true, "aria-label": `去掉 ${text}` }, icon("x")));
    find(".km-picked", box).append(chip);
    input(box).value = "";
  } else {
    find("input[type=hidden]", box).value = line.dataset.id;
    input(box).value = text;
  }
  close(box);
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

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
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (list.hidden) search(box);
    else mark(box, (at + (event.key === "ArrowDown" ? 1 : lines.length - 1)) % Math.max(lines.length, 1));
  } else if (event.key === "Enter" && !list.hidden && at >= 0 && !event.isComposing) {
    take(box, lines[at]);
    event.stopPropagation();
  } else if (event.key === "Escape" && !list.hidden) {
    close(box);
    event.stopPropagation();
  } else if (event.key === "Backspace" && box.dataset.many && !field.value) {
    all("[data-unpick]", box).at(-1)?.click();
    return;
  } else return;
  event.preventDefault();
});
