// Rows inside a form, edited like a spreadsheet (FRM-04). What follows from a row, and what a pasted block means, says the server.
import { alertUntilRead } from "./toast.js";
import { all, find, icon, later, make, on } from "./dom.js";

const CONTROLS = "input:not([type=hidden]), select, textarea";
const gridOf = (element) => element.closest("[data-grid]");
const rowsOf = (grid) => [...find("tbody", grid).rows];
const cellsOf = (row) => all(".km-cell", row);
const controlOf = (cell) => cell && find(CONTROLS, cell);
const isFree = (row) => !row.classList.contains("is-fixed");
const histories = new WeakMap(); // grid -> what can be taken back, the latest last
const typed = new WeakSet(); // grids in which something was typed since: Ctrl+Z is the browser's then
const before = new WeakMap(); // cell -> what stood there when it was entered, for Esc

// --- cells and rows --------------------------------------------------------------------------------------------------

function read(cell) {
  const box = find("[data-pick]", cell);
  if (box) return { value: find("input[type=hidden]", box).value, text: find("input.form-control", box).value };
  const control = controlOf(cell);
  return { value: control.type === "checkbox" ? control.checked : control.value };
}

function write(cell, { value, text = "", error = "" }) {
  const box = find("[data-pick]", cell);
  const control = controlOf(cell);
  if (box) {
    find("input[type=hidden]", box).value = value;
    control.value = text;
  } else if (control.type === "checkbox") control.checked = Boolean(value);
  else control.value = value;
  blame(cell, error);
}

// The sentence that says what is wrong stands in its cell.
function blame(cell, sentence = "") {
  const control = controlOf(cell);
  for (const said of all(".km-err", cell)) said.remove();
  control?.classList.toggle("is-invalid", Boolean(sentence));
  if (control) control.ariaInvalid = sentence ? "true" : null;
  if (sentence) cell.append(make("p", { class: "km-err" }, icon("alert-triangle"), make("span", {}, sentence)));
}

const same = (one, other) => one.value === other.value && (one.text ?? "") === (other.text ?? "");

function isEmpty(row) {
  if (find("input[name$='-id']", row).value) return false;
  const pattern = cellsOf(find("template", gridOf(row)).content.querySelector("tr"));
  return cellsOf(row).every((cell, at) => same(read(cell), read(pattern[at])));
}

function addRow(grid, after = null) {
  const next = Number(grid.dataset.next ?? Math.max(-1, ...rowsOf(grid).map((row) => Number(row.dataset.row))) + 1);
  grid.dataset.next = String(next + 1);
  const holder = make("tbody");
  holder.innerHTML = find("template", grid).innerHTML.replaceAll("__n__", String(next));
  const row = holder.firstElementChild;
  if (after) after.after(row);
  else find("tbody", grid).append(row);
  return row;
}

function dropRows(grid, rows) {
  const places = rows.map((row) => [row, row.nextElementSibling]);
  const kept = focusAfter(grid, rows);
  for (const row of rows) row.remove();
  const filler = find("tbody tr", grid) ? null : addRow(grid);
  enter(controlOf(find(".km-cell", kept ?? rowsOf(grid)[0])));
  done(grid, `已删除 ${rows.length} 行。`, () => {
    filler?.remove();
    for (const [row, next] of places.reverse()) find("tbody", grid).insertBefore(row, next);
    enter(controlOf(find(".km-cell", places.at(-1)[0])));
  });
}

function focusAfter(grid, rows) {
  const all = rowsOf(grid);
  return all.slice(all.indexOf(rows.at(-1))).find((row) => !rows.includes(row) && isFree(row)) ?? all.findLast((row) => !rows.includes(row) && isFree(row));
}

function copyRow(row) {
  const grid = gridOf(row);
  const copy = addRow(grid, row);
  const cells = cellsOf(copy);
  cellsOf(row).forEach((cell, at) => write(cells[at], read(cell)));
  enter(controlOf(cells[0]));
  done(grid, "已复制一行。", () => copy.remove());
}

// --- taking back -----------------------------------------------------------------------------------------------------

function done(grid, said, undo, wrong = false) {
  const history = histories.get(grid) ?? [];
  histories.set(grid, history);
  history.push(undo);
  typed.delete(grid);
  const note = find(".km-grid-note", grid);
  const back = make("button", { type: "button", class: "km-link-btn", "data-undo-grid": true }, "撤销", make("kbd", { class: "km-kbd" }, "Ctrl Z"));
  note.replaceChildren(make("span", { class: wrong ? "km-red" : "km-green" }, icon(wrong ? "alert-triangle" : "circle-check")), make("span", {}, said), back);
  note.hidden = false;
  changed(grid);
}

function takeBack(grid) {
  histories.get(grid)?.pop()?.();
  typed.delete(grid);
  find(".km-grid-note", grid).hidden = true;
  changed(grid);
}

function changed(grid) {
  choose(grid, []);
  find("tbody", grid).dispatchEvent(new Event("change", { bubbles: true }));
}

on("click", "[data-undo-grid]", (event, button) => takeBack(gridOf(button)));

// --- what follows ----------------------------------------------------------------------------------------------------

const follow = later(220, (grid) => {
  if (!grid.isConnected) return;
  find("[data-row-count]", grid).textContent = String(rowsOf(grid).filter((row) => !isEmpty(row)).length);
  if (grid.dataset.preview) preview(grid);
});

async function preview(grid) {
  const asked = String(Number(grid.dataset.asked ?? 0) + 1);
  grid.dataset.asked = asked;
  const answer = await ask(grid.dataset.preview, formOf(grid));
  if (!answer || grid.dataset.asked !== asked || !grid.isConnected) return;
  for (const [name, found] of Object.entries(answer)) show(find(`[data-grid="${CSS.escape(name)}"]`, grid.closest("form")), found);
}

function formOf(grid) {
  const sent = new FormData(grid.closest("form"));
  for (const [name, value] of [...sent]) if (value instanceof File) sent.delete(name);
  return sent;
}

function show(grid, { rows, totals, errors }) {
  for (const row of rowsOf(grid)) {
    const results = rows[row.dataset.row] ?? {};
    for (const cell of all("[data-calc]", row)) cell.textContent = results[cell.dataset.calc] ?? "";
  }
  for (const [name, sentence] of Object.entries(errors)) {
    const control = grid.closest("form").elements[`${name}__text`] ?? grid.closest("form").elements[name];
    const cell = (control instanceof RadioNodeList ? control[0] : control)?.closest(".km-cell");
    if (cell && !cell.contains(document.activeElement)) blame(cell, sentence);
  }
  all(".km-totals dd", grid).forEach((total, at) => (total.textContent = totals[at]?.[1] ?? ""));
  const grand = find(`[data-grand="${CSS.escape(grid.dataset.grid)}"] b`, grid.closest("form"));
  if (grand && totals.length) grand.textContent = totals.at(-1)[1];
}

async function ask(address, body) {
  try {
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    const answer = await response.json();
    if (response.ok) return answer;
    alertUntilRead(answer.message);
  } catch {
    alertUntilRead("与服务器的连接断了，金额没有更新。请检查网络后重试。");
  }
  return null;
}

// --- moving ----------------------------------------------------------------------------------------------------------

function enter(control) {
  if (!control) return;
  control.focus();
  if (control.select && control.type !== "checkbox") control.select();
  control.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function step(cell, across) {
  const row = cell.closest("tr");
  const own = cellsOf(row);
  const next = own[own.indexOf(cell) + across];
  if (next) return enter(controlOf(next));
  const beside = rowBeside(row, across);
  if (beside) return enter(controlOf(cellsOf(beside).at(across > 0 ? 0 : -1)));
  return undefined;
}

function rowBeside(row, way) {
  let next = row;
  do next = way > 0 ? next.nextElementSibling : next.previousElementSibling;
  while (next && !isFree(next));
  return next;
}

function upOrDown(cell, way) {
  const row = rowBeside(cell.closest("tr"), way);
  if (row) enter(controlOf(cellsOf(row)[cellsOf(cell.closest("tr")).indexOf(cell)]));
  return Boolean(row);
}

// Enter: the next cell; where only tick boxes are left, the next row. At the end a new row, and from an empty one on to the button that saves.
function onward(cell) {
  const row = cell.closest("tr");
  const own = cellsOf(row);
  const rest = own.slice(own.indexOf(cell) + 1);
  const ended = rest.every((one) => controlOf(one).type === "checkbox") && (!rest.length || controlOf(cell).type !== "checkbox");
  const next = rowBeside(row, 1);
  if (!ended) return step(cell, 1);
  if (next) return enter(controlOf(cellsOf(next)[0]));
  if (!isEmpty(row)) return enter(controlOf(cellsOf(addRow(gridOf(cell)))[0]));
  return find("button[type=submit].btn-primary", cell.closest("form"))?.focus();
}

// Whether the caret stands where the arrow leads out of the cell.
function atEdge(control, key) {
  if (control.matches("select, [type=checkbox]")) return true;
  if (control.matches("[type=date], [type=datetime-local]") || control.selectionStart === null) return false;
  const { selectionStart: from, selectionEnd: to, value } = control;
  if (from === 0 && to === value.length) return true;
  if (from !== to) return false;
  if (key === "ArrowLeft") return from === 0;
  if (key === "ArrowRight") return to === value.length;
  if (!control.matches("textarea")) return true;
  return key === "ArrowUp" ? !value.slice(0, from).includes("\n") : !value.slice(to).includes("\n");
}

on("keydown", "[data-grid] tbody", (event) => {
  const cell = event.target.closest(".km-cell");
  if (event.isComposing || event.defaultPrevented || !cell) return;
  const { key, target } = event;
  const grid = gridOf(cell);
  const row = cell.closest("tr");
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const ctrl = (event.ctrlKey || event.metaKey) && !event.altKey;
  if (ctrl && key === "z" && !event.shiftKey && histories.get(grid)?.length && !typed.has(grid)) takeBack(grid);
  else if (ctrl && key === "Delete") dropRows(grid, chosen(grid).length ? chosen(grid) : [row]);
  else if (ctrl && key.toLowerCase() === "d") copyRow(row);
  else if (plain && key === "Enter" && event.shiftKey) {
    if (target.matches("textarea") || !upOrDown(cell, -1)) return;
  } else if (plain && key === "Enter") onward(cell);
  else if (plain && key === "Tab" && !event.shiftKey && cellsOf(row).at(-1) === cell && !rowBeside(row, 1) && !isEmpty(row)) onward(cell);
  else if (plain && key === "Escape" && before.has(cell) && !same(before.get(cell), read(cell))) {
    write(cell, before.get(cell));
    changed(grid);
  } else if (plain && key === "F2" && target.setSelectionRange) target.setSelectionRange(target.value.length, target.value.length);
  else if (plain && !event.shiftKey && key.startsWith("Arrow") && atEdge(target, key)) {
    if (target.matches("[type=date], [type=datetime-local]")) return;
    if (key === "ArrowUp" || key === "ArrowDown") {
      if (!upOrDown(cell, key === "ArrowDown" ? 1 : -1) && !target.matches("select")) return;
    } else step(cell, key === "ArrowRight" ? 1 : -1);
  } else return;
  event.preventDefault();
});
on("focusin", "[data-grid] .km-cell", (event, cell) => {
  if (!cell.contains(event.relatedTarget)) before.set(cell, read(cell));
});
on("input", "[data-grid] tbody", (event, body) => {
  typed.add(gridOf(body));
  const cell = event.target.closest(".km-cell");
  if (cell) blame(cell);
  follow(gridOf(body));
});
on("change", "[data-grid] tbody", (event, body) => follow(gridOf(body)));
on("change", "form[data-guard]", (event, form) => {
  if (!event.target.closest("[data-grid]")) for (const grid of all("[data-preview]", form)) follow(grid);
});

// --- rows ------------------------------------------------------------------------------------------------------------

const chosen = (grid) => rowsOf(grid).filter((row) => row.classList.contains("is-chosen"));

function choose(grid, rows) {
  for (const row of rowsOf(grid)) {
    row.classList.toggle("is-chosen", rows.includes(row));
    find("[data-choose-row]", row)?.setAttribute("aria-pressed", String(rows.includes(row)));
  }
  const button = find("[data-drop-chosen]", grid);
  button.hidden = !rows.length;
  find("span", button).textContent = `删除所选 ${rows.length} 行`;
}

on("click", "[data-choose-row]", (event, button) => {
  const grid = gridOf(button);
  const rows = rowsOf(grid).filter(isFree);
  const row = button.closest("tr");
  const now = chosen(grid);
  if (event.shiftKey && now.length) {
    const [from, to] = [rows.indexOf(now[0]), rows.indexOf(row)].sort((one, other) => one - other);
    choose(grid, rows.slice(from, to + 1));
  } else choose(grid, now.includes(row) ? now.filter((one) => one !== row) : [...now, row]);
});
on("click", "[data-drop-chosen]", (event, button) => dropRows(gridOf(button), chosen(gridOf(button))));
on("click", "[data-drop-row]", (event, button) => dropRows(gridOf(button), [button.closest("tr")]));
on("click", "[data-copy-row]", (event, button) => copyRow(button.closest("tr")));
on("click", "[data-add-row]", (event, button) => enter(controlOf(cellsOf(addRow(gridOf(button)))[0])));

// --- a block from a spreadsheet --------------------------------------------------------------------------------------

on("paste", "[data-grid] tbody", (event) => {
  const cell = event.target.closest(".km-cell");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const isBlock = /[\t\n\r]/.test(text.replace(/[\r\n]+$/, ""));
  const isTable = text.includes("\t") || /<table/i.test(event.clipboardData?.getData("text/html") ?? "");
  if (!cell || !text.trim() || (isBlock && !isTable && event.target.matches("textarea"))) return;
  if (!isBlock && !event.target.matches("select, [type=checkbox]") && !find("[data-pick]", cell)) return;
  event.preventDefault();
  paste(cell, text);
});

async function paste(start, text) {
  const grid = gridOf(start);
  const row = start.closest("tr");
  const names = all("thead th[data-name]", grid).map((head) => head.dataset.name);
  const sent = new FormData();
  sent.set("csrfmiddlewaretoken", start.closest("form").elements.csrfmiddlewaretoken.value);
  sent.set("lines", grid.dataset.grid);
  sent.set("first", names[cellsOf(row).indexOf(start)]);
  sent.set("text", text);
  grid.setAttribute("aria-busy", "true");
  const block = await ask(grid.dataset.paste, sent);
  grid.removeAttribute("aria-busy");
  if (block && grid.isConnected && row.isConnected) put(grid, row, names, block);
}

function put(grid, first, names, block) {
  const changes = [];
  const added = [];
  let row = first;
  let wrong = 0;
  block.rows.forEach((line, number) => {
    if (number) row = rowBeside(row, 1);
    if (!row) added.push((row = addRow(grid)));
    const cells = cellsOf(row);
    line.forEach((found, at) => {
      const cell = found && cells[names.indexOf(block.fields[at])];
      if (!cell) return;
      changes.push([cell, read(cell)]);
      write(cell, found);
      if (found.error) wrong += 1;
    });
  });
  const said = [`已粘贴 ${block.rows.length} 行`];
  if (wrong) said.push(`${wrong} 格没有认出，已标红`);
  if (block.left_out) said.push(`右边多出的 ${block.left_out} 列没有粘贴`);
  enter(controlOf(find(".km-cell:has(.km-err)", grid)) ?? controlOf(cellsOf(row)[0]));
  done(grid, `${said.join("，")}。`, () => {
    for (const one of added) one.remove();
    for (const [cell, was] of changes.reverse()) write(cell, was);
    enter(controlOf(cellsOf(first)[0]));
  }, wrong > 0);
}
