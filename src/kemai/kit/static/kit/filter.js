// 「数据过滤」: rows of field, condition, value, joined by one 并且 or 或者.
import { all, find, load, make, on } from "./dom.js";
import { ask } from "./list.js";

const box = () => find("#filter");
const trigger = () => find("[data-filter]");

function hide() {
  if (!box() || box().hidden) return;
  box().hidden = true;
  trigger().setAttribute("aria-expanded", "false");
  trigger().focus();
}

on("click", "[data-filter]", async (event, button) => {
  if (!box().hidden) return hide();
  await load("GET", `/${find("#list").dataset.slug}/filter${location.search}`, { target: "#filter", swap: "innerHTML" });
  const body = find(".fp-body", box());
  if (!body) return undefined;
  const { rows } = JSON.parse(body.dataset.asked);
  for (const row of rows.length ? rows : [null]) addRow(row);
  box().hidden = false;
  button.setAttribute("aria-expanded", "true");
  find("select", box())?.focus();
  return undefined;
});
on("click", "#filter [data-close]", hide);
on("keydown", "#filter", (event) => {
  if (event.key === "Escape") {
    hide();
    event.stopPropagation();
  } else if (event.key === "Enter" && !event.target.matches("button, summary, [role=combobox]") && !event.isComposing) {
    event.preventDefault();
    if (event.target.matches("[data-save-name]")) find("#filter [data-save]").click();
    else apply();
  }
});
document.addEventListener("click", (event) => {
  if (box() && !box().hidden && !event.target.closest("#filter, [data-filter]") && event.target.isConnected) hide();
});

const fields = () => JSON.parse(find(".fp-body", box()).dataset.fields);
const conditions = () => JSON.parse(find(".fp-body", box()).dataset.conditions);

function addRow(given) {
  const pattern = find("template", box()).content.firstElementChild.cloneNode(true);
  const [field, condition] = all("select", pattern);
  field.append(...fields().map((known) => make("option", { value: known.name }, known.label)));
  if (given) field.value = given.field;
  find("[data-rows]", box()).append(pattern);
  fit(pattern, given);
  if (given) condition.value = given.cond;
}

// Conditions and value suit the field.
function fit(row, given) {
  const [field, condition] = all("select", row);
  const known = fields().find((one) => one.name === field.value);
  const words = conditions();
  const kept = condition.value;
  condition.replaceChildren(...known.conds.map((code) => make("option", { value: code }, words[code])));
  if (known.conds.includes(kept)) condition.value = kept;
  const place = find("[data-value]", row);
  const common = { "aria-label": "值" };
  if (Array.isArray(given?.value)) {
    // any of several, as 「组合查询」 makes it
    const words = given.value.map((one) => known.choices.find(([value]) => String(value) === String(one))?.[1].trim() ?? one);
    place.replaceChildren(make("input", { class: "form-control", type: "text", readonly: true, value: words.join("、"), title: words.join("、"), "data-several": JSON.stringify(given.value), ...common }));
    return;
  }
  if (known.choices.length) {
    const select = make("select", { class: "form-select", ...common }, make("option", { value: "" }, "（空）"));
    select.append(...known.choices.map(([value, word]) => make("option", { value }, word)));
    place.replaceChildren(select);
    if (!given && known.conds.includes("eq")) condition.value = "eq";
    select.selectedIndex = 1;
  } else {
    const type = known.kind === "date" ? "date" : "text";
    place.replaceChildren(make("input", { class: "form-control", type, inputmode: known.kind === "number" ? "decimal" : false, ...common }));
  }
  if (given) place.firstElementChild.value = given.value ?? "";
}

on("change", "#filter .fp-row > select:first-child", (event, select) => fit(select.closest(".fp-row"), null));
on("click", "#filter [data-add]", () => {
  addRow(null);
  all("#filter .fp-row").at(-1).querySelector("select").focus();
});
on("click", "#filter [data-drop]", (event, button) => button.closest(".fp-row").remove());
on("click", "#filter [data-op]", (event, button) => {
  for (const other of all("#filter [data-op]")) other.setAttribute("aria-pressed", String(other === button));
});
on("click", "#filter [data-apply]", () => apply());
on("click", "#filter [data-clear]", () => {
  hide();
  ask({ filter: "" });
});

// What stands in the rows, as the address carries it; null when something is missing.
function asked() {
  const rows = all("#filter .fp-row").map((row) => ({
    field: row.children[0].value,
    cond: row.children[1].value,
    value: valueOf(find("[data-value]", row).firstElementChild),
  }));
  const unfilled = rows.find((row) => row.cond === "contains" && !row.value);
  say(unfilled ? "请填写要包含的内容。" : "");
  if (unfilled) return null;
  const op = find("#filter [data-op][aria-pressed=true]").dataset.op;
  return rows.length ? JSON.stringify({ op, rows }) : "";
}

const valueOf = (input) => (input.dataset.several ? JSON.parse(input.dataset.several) : input.value.trim());

function say(words) {
  const note = find("#filter [data-note]");
  note.hidden = !words;
  note.textContent = words;
}

function apply() {
  const filter = asked();
  if (filter === null) return;
  hide();
  ask({ filter });
}

// --- filters that are kept under a name --------------------------------------------------------------------------------

on("click", "#filter [data-load]", (event, button) => {
  if (button.getAttribute("aria-disabled") === "true") return;
  hide();
  ask({ filter: JSON.stringify(JSON.parse(button.dataset.load)) });
});
on("click", "#filter [data-forget]", async (event, button) => {
  await load("POST", `/${find("#list").dataset.slug}/filters/${button.dataset.forget}/delete`, { swap: "none", source: button });
  button.closest(".fp-kept").remove();
});
on("change", "#filter [data-share]", (event, box) => {
  find("#filter [data-share-with]").hidden = !box.checked;
});
on("change", "#filter [data-share-with] input[type=radio]", (event, radio) => {
  find("#filter [data-colleagues]").hidden = radio.value === "1";
});
on("click", "#filter [data-save]", (event, button) => {
  const filter = asked();
  if (filter === null) return;
  const shared = find("#filter [data-share]").checked;
  const everybody = shared && find("#filter [name=everybody]:checked").value === "1";
  const values = { view: find("#list").dataset.view, name: find("#filter [data-save-name]").value, filter };
  if (everybody) values.everybody = "1";
  if (shared && !everybody) values.colleagues = all("#filter .km-picked input[type=hidden]").map((input) => input.value);
  if (button.dataset.again === values.name) values.overwrite = "1";
  load("POST", `/${find("#list").dataset.slug}/filters`, { values, swap: "none", source: button });
});
document.addEventListener("km:filter-saved", () => {
  const filter = asked();
  hide();
  if (filter !== new URLSearchParams(location.search).get("filter")) ask({ filter });
});
document.addEventListener("km:filter-unsaved", (event) => say(event.detail.value));
document.addEventListener("km:filter-exists", (event) => {
  say(event.detail.value);
  const button = find("#filter [data-save]");
  button.dataset.again = find("#filter [data-save-name]").value;
  button.textContent = "覆盖";
});
on("input", "#filter [data-save-name]", (event, input) => {
  const button = find("#filter [data-save]");
  button.textContent = button.dataset.again === input.value ? "覆盖" : "保存";
});
