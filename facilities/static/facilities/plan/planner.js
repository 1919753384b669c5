// What the parts of the page share: the plan, what is chosen and focused, and what is told of it.
import { toast } from "../../js/toasts.js";
import { findings, nameOf } from "./check.js";
import { boundsOf, tileOf } from "./geometry.js";
import { Drawing } from "./drawing.js";
import { Store, withItems, withoutItems } from "./store.js";
import { html, make } from "./svg.js";
import { View } from "./view.js";
import { far, imperial } from "./units.js";

const CHECK_AFTER = 160;

export class Planner extends EventTarget {
  constructor(home, document) {
    super();
    this.home = home;
    this.sheet = home.querySelector("[data-sheet]");
    this.said = home.querySelector("[data-announce]");
    this.urls = home.dataset;
    this.store = new Store(document);
    const world = make("svg", { class: "world" });
    this.sheet.append(html("div", { class: "carrier" }, world));
    this.view = new View(this.sheet, world);
    this.drawing = new Drawing(this.sheet, this.view);
    this.chosen = new Set();
    this.focused = "";
    this.editing = false;
    this.tool = "select";
    this.refused = new Map();
    this.findings = document.findings;
    this.store.listen((reason) => this.changed(reason));
    this.drawing.draw(this.state);
    this.drawing.reach("");
    this.markFindings();
  }

  get state() {
    return this.store.state;
  }

  get plan() {
    return this.store.state.plan;
  }

  item(key) {
    return this.store.state.items.get(key);
  }

  get chosenItems() {
    return [...this.chosen].map((key) => this.item(key)).filter(Boolean);
  }

  on(name, listener) {
    this.addEventListener(name, (event) => listener(event.detail));
  }

  fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  say(text) {
    this.said.textContent = text;
  }

  // Says what could not be done, for everybody to see.
  warn(text) {
    this.say(text);
    toast(text, "warning");
  }

  // The store has another state.
  changed(reason) {
    this.drawing.draw(this.state);
    if (reason !== "preview") {
      const kept = [...this.chosen].filter((key) => this.item(key));
      if (kept.length !== this.chosen.size) this.chosen = new Set(kept);
      if (!this.item(this.focused)) this.focused = "";
      this.drawing.reach(this.focused);
      this.drawing.mark("is-selected", this.chosen);
      this.forgetRefused();
      clearTimeout(this.checking);
      if (this.store.state === this.store.saved && !imperial) this.found(this.store.document.findings);
      else this.checking = setTimeout(() => this.found(findings(this.state)), CHECK_AFTER);
    }
    this.fire("plan", reason);
  }

  found(list) {
    this.findings = list;
    this.markFindings();
    this.fire("findings");
  }

  markFindings() {
    const keys = (level) => new Set(this.findings.filter((f) => f.level === level).flatMap((f) => f.keys));
    const wrong = keys("error");
    this.drawing.mark("is-wrong", wrong);
    this.drawing.mark("is-tight", new Set([...keys("warning")].filter((key) => !wrong.has(key))));
  }

  // What the server has refused, until it is changed.
  refuse(errors) {
    this.refused = new Map(Object.entries(errors).map(([key, texts]) => [key, { texts: [texts].flat(), item: this.item(key) }]));
    this.drawing.mark("is-refused", new Set(this.refused.keys()));
    this.fire("findings");
  }

  forgetRefused() {
    if (!this.refused.size) return;
    for (const [key, { item }] of this.refused) {
      const same = item ? this.item(key) === item : this.plan === this.refusedPlan;
      if (!same) this.refused.delete(key);
    }
    this.drawing.mark("is-refused", new Set(this.refused.keys()));
  }

  // Choosing and focusing.

  select(keys, { focus = "", say = true } = {}) {
    this.chosen = new Set(keys);
    this.drawing.mark("is-selected", this.chosen);
    if (focus) this.focus(focus, { say: false });
    if (say) this.say(this.told());
    this.fire("select");
  }

  toggle(key) {
    const keys = new Set(this.chosen);
    if (!keys.delete(key)) keys.add(key);
    this.select(keys, { focus: key });
  }

  told() {
    const items = this.chosenItems;
    if (!items.length) return "Nothing selected.";
    if (items.length > 1) return `${items.length} items selected.`;
    return `${nameOf(items[0])} selected, ${this.whereIs(items[0])}.`;
  }

  // Moves the keyboard's focus to an item, and brings it into sight.
  focus(key, { say = true, reveal = true, grab = true } = {}) {
    const item = this.item(key);
    if (!item) return;
    this.focused = key;
    const node = this.drawing.reach(key);
    if (reveal) this.view.reveal(boundsOf([item]));
    if (grab) node?.focus({ preventScroll: true });
    if (say) this.say(`${nameOf(item)}, ${this.whereIs(item)}`);
    this.fire("focus");
  }

  // Looks at items closely enough to see what they are.
  lookAt(keys) {
    const items = keys.map((key) => this.item(key)).filter(Boolean);
    if (!items.length) return;
    const box = boundsOf(items);
    const air = 3 * Math.max(this.plan.tile_width, this.plan.tile_depth);
    const wide = { left: box.left - air, top: box.top - air, right: box.right + air, bottom: box.bottom + air };
    if (this.view.scale < 0.06) this.view.show(wide, 44, 0.09);
    else this.view.reveal(box);
  }

  whereIs(item) {
    const box = boundsOf([item]);
    const tile = tileOf(this.plan, box.left + 1, box.top + 1);
    return `tile ${tile || "off the sheet"}, ${far(box.left)} across, ${far(box.top)} down`;
  }

  // Changing.

  put(label, items, kind = "") {
    this.store.commit(label, withItems(this.store.settled, items), kind);
  }

  takeOff(label, keys) {
    this.store.commit(label, withoutItems(this.store.settled, keys));
  }

  newKey() {
    this.last = (this.last ?? 0) + 1;
    return `new:${this.last}`;
  }

  edit(on) {
    this.editing = on;
    this.home.dataset.mode = on ? "edit" : "view";
    this.sheet.setAttribute("aria-label", on ? this.sheet.dataset.editLabel : this.sheet.dataset.viewLabel);
    if (!on) this.use("select");
    this.drawing.links = !on;
    this.select([], { say: false });
    this.drawing.again();
    this.drawing.mark("is-refused", new Set(this.refused.keys()));
    this.fire("mode");
  }

  use(tool) {
    this.tool = tool;
    this.home.dataset.tool = tool;
    if (tool !== "select") this.select([], { say: false });
    this.fire("tool");
  }
}
