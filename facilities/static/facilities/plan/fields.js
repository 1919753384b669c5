// Form fields of the side panel, kept while what they show is the same.
import { html } from "./svg.js";

// A field: {name, label, value, set, type, unit, min, max, step, options}. `set` gets a number, a
// text, or null where a number is empty.
export class Fields {
  constructor(home) {
    this.home = home;
    this.signature = "";
  }

  show(signature, fields) {
    if (signature !== this.signature) this.build(fields);
    this.signature = signature;
    for (const field of fields) {
      const input = this.inputs.get(field.name);
      if (!input) continue;
      input.change = field.set;
      if (document.activeElement !== input.node || input.node.tagName === "SELECT") put(input.node, field.value);
      input.value = field.value;
    }
  }

  build(fields) {
    this.inputs = new Map();
    const rows = fields.map((field) => {
      const id = `plan-field-${field.name}`;
      const node = control(field, id);
      this.inputs.set(field.name, { node });
      node.addEventListener("change", () => this.changed(field, node));
      node.addEventListener("keydown", (event) => {
        if (event.key === "Enter") this.changed(field, node);
      });
      const unit = field.unit ? html("span", { class: "planner-unit" }, field.unit) : null;
      return html("div", { class: `planner-field${field.wide ? " is-wide" : ""}` }, html("label", { for: id }, field.label), html("span", { class: "planner-input" }, node, unit));
    });
    this.home.replaceChildren(...rows);
  }

  changed(field, node) {
    const input = this.inputs.get(field.name);
    let value = node.value;
    if (field.type === "text" || field.options) {
      if (value !== String(input.value ?? "")) input.change(value);
      return;
    }
    value = node.value === "" ? null : Math.round(Number(node.value));
    if (value === input.value) return;
    const empty = value === null && !field.empty;
    const outside = value !== null && (Number.isNaN(value) || value < (field.min ?? -Infinity) || value > (field.max ?? Infinity));
    if (empty || outside) {
      node.setCustomValidity(`Give a whole number from ${field.min ?? 0} to ${field.max}.`);
      node.reportValidity();
      node.setCustomValidity("");
      put(node, input.value);
      return;
    }
    input.change(value);
  }
}

function control(field, id) {
  if (field.options) {
    const options = field.options.map(([value, label]) => html("option", { value }, label));
    return html("select", { id, class: "input" }, ...options);
  }
  if (field.type === "text") return html("input", { id, class: "input", maxlength: field.max, autocomplete: "off" });
  return html("input", {
    id, class: "input figures", type: field.type ?? "number", min: field.min, max: field.max, step: field.step ?? 10,
    placeholder: field.placeholder,
  });
}

function put(node, value) {
  const text = value === null || value === undefined ? "" : String(value);
  if (node.value !== text) node.value = text;
}
