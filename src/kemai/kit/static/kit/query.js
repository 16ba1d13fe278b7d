// 「组合查询」: all fields of the record in one form; what is filled in becomes the list's filter.
import { all, find, load, on } from "./dom.js";
import { ask } from "./list.js";

on("click", "[data-query-open]", () => {
  load("GET", `/${find("#list").dataset.slug}/query${location.search}`, { target: "#dialog", swap: "innerHTML" });
});

const rowsOf = {
  text: (field, [input]) => (input.value.trim() ? [{ field, cond: "contains", value: input.value.trim() }] : []),
  exact: (field, [input]) => (input.value.trim() ? [{ field, cond: "eq", value: input.value.trim() }] : []),
  one: (field, [select]) => (select.value ? [{ field, cond: "eq", value: select.value }] : []),
  many: (field, boxes) => {
    const values = boxes.filter((box) => box.checked).map((box) => box.value);
    return values.length ? [{ field, cond: "eq", value: values.length > 1 ? values : values[0] }] : [];
  },
  range: (field, [from, to]) => {
    const [low, high] = [from.value.trim(), to.value.trim()];
    if (low && low === high) return [{ field, cond: "eq", value: low }];
    return [...(low ? [{ field, cond: "gte", value: low }] : []), ...(high ? [{ field, cond: "lte", value: high }] : [])];
  },
};

on("submit", "[data-query]", (event, form) => {
  event.preventDefault();
  const rows = all("[data-field]", form).flatMap((one) => rowsOf[one.dataset.control](one.dataset.field, all("input, select", one)));
  rows.push(...JSON.parse(form.dataset.rest));
  const options = JSON.parse(form.dataset.options);
  find("#dialog [data-close]").click();
  ask({ ...options, filter: rows.length ? JSON.stringify({ op: "and", rows }) : "" }).then(() => {
    for (const [name, value] of Object.entries(options)) {
      for (const button of all(`[data-option="${name}"]`)) button.setAttribute("aria-pressed", String(button.value === value));
      for (const select of all(`[data-option-select="${name}"]`)) select.value = value;
    }
  });
});

on("click", "[data-query-clear]", (event, button) => {
  const form = button.closest("form");
  form.dataset.rest = "[]";
  for (const input of all("[data-field] input, [data-field] select", form)) {
    input.checked = false;
    if (input.type !== "checkbox") input.value = "";
  }
});
