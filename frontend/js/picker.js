// A searchable select. It stands in for <select data-picker> (its own options) or
// <select data-reference="app/resources"> (rows of that REST list, loaded by page); the select
// stays in the form as the value.
const PAGE = 50;
let counter = 0;

class Picker {
  constructor(select) {
    this.select = select;
    this.source = select.dataset.reference;
    this.attribute = select.dataset.value || "id";
    this.params = JSON.parse(select.dataset.params || "{}");
    this.query = JSON.parse(select.dataset.query || "{}");
    this.list = null;
    this.options = [];
    this.active = -1;
    this.serial = 0;
    this.build();
  }

  build() {
    const { select } = this;
    this.name = `picker-${++counter}`;
    this.box = document.createElement("div");
    this.box.className = "picker";
    this.box.innerHTML = '<div class="picker-box"></div>';
    this.field = this.box.firstChild;
    this.input = document.createElement("input");
    Object.assign(this.input, { type: "text", className: "picker-input", autocomplete: "off" });
    const attributes = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list",
      "aria-controls": this.name };
    for (const [key, value] of Object.entries(attributes)) this.input.setAttribute(key, value);
    for (const key of ["aria-describedby", "aria-invalid", "aria-label"]) {
      if (select.hasAttribute(key)) this.input.setAttribute(key, select.getAttribute(key));
    }
    this.input.id = `${select.id || this.name}_search`;
    // A label around it would otherwise be that of the first button within.
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`) ?? select.closest("label");
    if (label) label.htmlFor = this.input.id;
    this.input.disabled = select.disabled;
    this.field.append(this.input);
    select.before(this.box);
    this.box.append(select);
    select.hidden = true;
    this.required = select.required;
    select.required = false;
    this.showValues();
    this.listen();
  }

  listen() {
    this.field.addEventListener("pointerdown", (event) => {
      if (event.target === this.input || event.target.closest("button")) return;
      event.preventDefault();
      this.input.focus();
    });
    this.input.addEventListener("click", () => this.open());
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.open(), this.source ? 150 : 0);
    });
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 120));
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.select.addEventListener("change", () => this.showValues());
    this.select.form?.addEventListener("reset", () => setTimeout(() => this.showValues()));
  }

  onKey(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.list) this.open();
      else this.setActive(this.active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && this.list) {
      event.preventDefault();
      if (this.options[this.active]) this.choose(this.options[this.active]);
    } else if (event.key === "Escape" && this.list) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "Backspace" && !this.input.value) {
      const chosen = this.chosen();
      if (chosen.length) this.remove(chosen[chosen.length - 1]);
    } else if (event.key === "Tab") {
      this.close();
    }
  }

  chosen() {
    return [...this.select.selectedOptions].filter((option) => option.value !== "");
  }

  showValues() {
    this.field.querySelectorAll(".picker-value").forEach((value) => value.remove());
    for (const option of this.chosen()) {
      const value = document.createElement("span");
      value.className = "picker-value";
      const text = document.createElement("span");
      text.textContent = option.textContent;
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "chip-remove", textContent: "×" });
      button.setAttribute("aria-label", `Remove ${option.textContent}`);
      button.addEventListener("click", () => { this.remove(option); this.input.focus(); });
      value.append(text, button);
      this.input.before(value);
    }
    const any = this.chosen().length > 0;
    const hint = this.select.closest("[data-filters]") ? "Any" : "Choose";
    this.input.placeholder = any ? "" : this.select.dataset.placeholder || hint;
  }

  remove(option) {
    option.selected = false;
    if (!this.select.multiple) {
      let none = [...this.select.options].find((other) => other.value === "");
      if (!none) this.select.prepend(none = new Option("", ""));
      none.selected = true;
    }
    this.changed();
  }

  choose(item) {
    let option = [...this.select.options].find((other) => other.value === item.value);
    if (!option) this.select.append(option = new Option(item.label, item.value));
    option.selected = this.select.multiple ? !option.selected : true;
    this.input.value = "";
    if (this.select.multiple) this.open();
    else this.close();
    this.changed();
  }

  changed() {
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async load(offset) {
    const text = this.input.value.trim();
    if (!this.source) {
      const lowered = text.toLowerCase();
      const found = [...this.select.options]
        .filter((option) => option.value !== "" && option.textContent.toLowerCase().includes(lowered))
        .map((option) => ({ value: option.value, label: option.textContent, note: "" }));
      return { found, more: false };
    }
    const root = document.body.dataset.root ?? "";
    const query = new URLSearchParams({ limit: PAGE, offset, brief: 1 });
    if (text) query.set("q", text);
    for (const [name, values] of Object.entries(this.query)) {
      for (const value of [values].flat()) query.append(name, value);
    }
    for (const [name, control] of Object.entries(this.params)) {
      const value = this.select.form?.elements[control]?.value;
      if (value) query.set(name, value);
    }
    const answer = await fetch(`${root}/api/${this.source}/?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    const page = await answer.json();
    const found = page.results.map((row) => ({
      value: String(row[this.attribute]),
      label: row.display,
      note: row.description ?? "",
      depth: row._depth ?? 0,
    }));
    return { found, more: Boolean(page.next) };
  }

  async open() {
    if (this.input.disabled) return;
    const serial = ++this.serial;
    this.options = [];
    let state;
    try {
      state = await this.load(0);
    } catch (error) {
      state = { found: [], more: false, fault: error.message };
    }
    if (serial !== this.serial || document.activeElement !== this.input) return;
    if (!this.list) {
      this.list = document.createElement("ul");
      this.list.className = "picker-list";
      this.list.id = this.name;
      this.list.setAttribute("role", "listbox");
      this.list.addEventListener("pointerdown", (event) => event.preventDefault());
      this.list.addEventListener("scroll", () => this.more());
      this.box.append(this.list);
      this.input.setAttribute("aria-expanded", "true");
    }
    this.list.replaceChildren();
    this.hasMore = state.more;
    this.add(state.found);
    if (!state.found.length) {
      const note = document.createElement("li");
      note.className = "picker-note";
      note.textContent = state.fault ?? "Nothing found";
      this.list.append(note);
    }
    this.setActive(0);
  }

  async more() {
    const near = this.list.scrollTop + this.list.clientHeight > this.list.scrollHeight - 80;
    if (!near || !this.hasMore || this.loading) return;
    this.loading = true;
    const serial = this.serial;
    try {
      const state = await this.load(this.options.length);
      if (serial === this.serial && this.list) {
        this.hasMore = state.more;
        this.add(state.found);
      }
    } catch {
      this.hasMore = false;
    } finally {
      this.loading = false;
    }
  }

  add(found) {
    const taken = new Set(this.chosen().map((option) => option.value));
    for (const item of found) {
      const line = document.createElement("li");
      line.id = `${this.name}-${this.options.length}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(taken.has(item.value)));
      line.textContent = `${"\u2003".repeat(item.depth ?? 0)}${item.label}`;
      line.addEventListener("click", (event) => {
        event.preventDefault(); // a label around it would open the list again
        this.choose(item);
      });
      this.options.push(item);
      this.list.append(line);
    }
  }

  setActive(index) {
    if (!this.list || !this.options.length) return;
    this.active = Math.min(Math.max(index, 0), this.options.length - 1);
    [...this.list.children].forEach((line, position) => {
      line.classList.toggle("is-active", position === this.active);
    });
    const line = this.list.children[this.active];
    line.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", line.id);
  }

  close() {
    clearTimeout(this.timer); // what was typed just before is answered by the choice
    this.serial++;
    this.list?.remove();
    this.list = null;
    this.input.value = "";
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

const folded = new WeakSet();

// What is folded away, such as a list's fifty filters, waits until somebody is about to unfold it.
function later(fold) {
  if (folded.has(fold)) return;
  folded.add(fold);
  const enhance = () => enhancePickers(fold, true);
  fold.addEventListener("toggle", enhance, { once: true });
  for (const kind of ["pointerenter", "focus"]) {
    fold.querySelector("summary")?.addEventListener(kind, enhance, { once: true });
  }
}

export function enhancePickers(root, unfolding = false) {
  for (const select of root.querySelectorAll("select[data-reference], select[data-picker]")) {
    if (select.closest(".picker")) continue;
    const fold = select.closest("details:not([open])");
    if (fold && !(unfolding && fold === root)) later(fold);
    else new Picker(select);
  }
}
