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
  const asked = JSON.parse(body.dataset.asked);
  for (const row of asked.rows.length ? asked.rows : [null]) addRow(row);
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
  } else if (event.key === "Enter" && !event.target.matches("button") && !event.isComposing) {
    event.preventDefault();
    apply();
  }
});
document.addEventListener("click", (event) => {
  if (box() && !box().hidden && !event.target.closest("#filter, [data-filter]") && event.target.isConnected) hide();
});

const fields = () => JSON.parse(find(".fp-body", box()).dataset.fields);
const conditions = () => JSON.parse(find(".fp-body", box()).dataset.conditions);

function addRow(asked) {
  const pattern = find("template", box()).content.firstElementChild.cloneNode(true);
  const [field, condition] = all("select", pattern);
  field.append(...fields().map((known) => make("option", { value: known.name }, known.label)));
  if (asked) field.value = asked.field;
  find("[data-rows]", box()).append(pattern);
  fit(pattern, asked);
  if (asked) condition.value = asked.cond;
}

// Conditions and value suit the field.
function fit(row, asked) {
  const [field, condition] = all("select", row);
  const known = fields().find((one) => one.name === field.value);
  const words = conditions();
  const kept = condition.value;
  condition.replaceChildren(...known.conds.map((code) => make("option", { value: code }, words[code])));
  if (known.conds.includes(kept)) condition.value = kept;
  const place = find("[data-value]", row);
  const common = { "aria-label": "值" };
  if (known.choices.length) {
    const select = make("select", { class: "form-select", ...common }, make("option", { value: "" }, "（空）"));
    select.append(...known.choices.map(([value, word]) => make("option", { value }, word)));
    place.replaceChildren(select);
    if (!asked && known.conds.includes("eq")) condition.value = "eq";
    select.selectedIndex = 1;
  } else {
    const type = known.kind === "date" ? "date" : "text";
    place.replaceChildren(make("input", { class: "form-control", type, inputmode: known.kind === "number" ? "decimal" : false, ...common }));
  }
  if (asked) place.firstElementChild.value = asked.value ?? "";
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

function apply() {
  const rows = all("#filter .fp-row").map((row) => ({
    field: row.children[0].value,
    cond: row.children[1].value,
    value: find("[data-value]", row).firstElementChild.value.trim(),
  }));
  const unfilled = rows.find((row) => row.cond === "contains" && !row.value);
  const note = find("#filter [data-note]");
  note.hidden = !unfilled;
  if (unfilled) {
    note.textContent = "请填写要包含的内容。";
    return;
  }
  const op = find("#filter [data-op][aria-pressed=true]").dataset.op;
  hide();
  ask({ filter: rows.length ? JSON.stringify({ op, rows }) : "" });
}
