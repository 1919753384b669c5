// Draws a plan as SVG and keeps it drawn: only what has changed is made anew.
import { kindName } from "./check.js";
import { columnName, rowName } from "./geometry.js";
import { isRecord } from "./store.js";
import { make } from "./svg.js";
import { FLOOR, shapes, words } from "./symbols.js";

const NAMES_FROM = 0.019; // Pixels a millimetre: below, words are too small to read.
const FIGURES_FROM = 0.045;
const RULER = 20;
const APART = 24;

export class Drawing {
  constructor(sheet, view) {
    this.sheet = sheet;
    this.view = view;
    this.drawn = new Map();
    this.shades = new Map();
    this.links = true;
    this.layers = {};
    for (const name of ["base", "floor", "zones", "solid", "above"]) {
      this.layers[name] = make("g", { class: `layer-${name}` });
      view.world.append(this.layers[name]);
    }
    this.rulers = make("g", { class: "rulers", "aria-hidden": "true" });
    this.screen = make("g", { class: "screen" });
    sheet.append(make("svg", { class: "over" }, this.screen, this.rulers));
    view.listen(() => this.looked());
  }

  // Everything of `state` that is not drawn as it is already.
  draw(state) {
    if (this.plan !== state.plan) this.drawBase(state.plan);
    this.plan = state.plan;
    if (this.items === state.items) return;
    this.items = state.items;
    for (const [key, entry] of this.drawn) {
      if (state.items.has(key)) continue;
      entry.node.remove();
      this.drawn.delete(key);
    }
    for (const item of state.items.values()) this.drawItem(item);
  }

  drawItem(item) {
    const entry = this.drawn.get(item.key);
    if (entry?.item === item) return;
    if (entry && alike(entry.item, item)) {
      entry.item = item;
      entry.node.setAttribute("transform", `translate(${item.x} ${item.y})`);
      return;
    }
    const node = this.symbol(item);
    if (entry) {
      node.setAttribute("tabindex", entry.node.getAttribute("tabindex"));
      const focused = document.activeElement === entry.node;
      entry.node.replaceWith(node);
      if (focused) node.focus({ preventScroll: true });
    } else this.layers[FLOOR.has(item.kind) || item.kind === "containment" ? "floor" : "solid"].append(node);
    this.drawn.set(item.key, { node, item, classes: entry?.classes ?? new Set() });
    this.dress(item.key);
  }

  symbol(item) {
    // Only what has a record of its own leads to it; aisles and walls do not get in the way.
    const linked = this.links && item.url && isRecord(item.key);
    const shade = this.shades.get(item.key);
    const node = make(linked ? "a" : "g", {
      transform: `translate(${item.x} ${item.y})`, "data-key": item.key, tabindex: "-1",
      href: linked ? item.url : undefined, role: linked ? "link" : this.links ? "img" : "button",
      "aria-label": this.label(item, shade),
    });
    const shape = shapes(item);
    if (shade) shape.querySelector(".body")?.setAttribute("fill", `#${shade.color}`);
    node.append(shape, ...words(item, (isRecord(item.key) && item.short) || item.label, shade?.text));
    return node;
  }

  label(item, shade) {
    const parts = [item.title || (item.label ? `${item.label}, ${kindName(item.kind)}` : kindName(item.kind))];
    if (shade?.text) parts.push(shade.text);
    return parts.join(", ");
  }

  // Draws all items anew: after another colouring, or between looking and editing.
  again() {
    const items = this.items;
    // Before the nodes go: what is taken off the page loses the focus.
    const focus = document.activeElement?.closest?.("[data-key]")?.dataset.key;
    for (const { node } of this.drawn.values()) node.remove();
    const classes = new Map([...this.drawn].map(([key, entry]) => [key, entry.classes]));
    this.drawn.clear();
    for (const item of items.values()) {
      this.drawItem(item);
      const entry = this.drawn.get(item.key);
      entry.classes = classes.get(item.key) ?? entry.classes;
      this.dress(item.key);
    }
    this.reach(this.reached);
    if (focus) this.drawn.get(focus)?.node.focus({ preventScroll: true });
  }

  // Gives items a class, such as is-selected, and takes it from all others.
  mark(name, keys) {
    for (const [key, entry] of this.drawn) {
      const wanted = keys.has(key);
      if (wanted === entry.classes.has(name)) continue;
      if (wanted) entry.classes.add(name);
      else entry.classes.delete(name);
      this.dress(key);
    }
  }

  dress(key) {
    const { node, item, classes } = this.drawn.get(key);
    const shade = this.shades.get(key);
    const tone = shade ? ` is-shaded ${isDark(shade.color) ? "on-dark" : "on-light"}` : "";
    node.setAttribute("class", `item item-${item.kind}${item.symbol ? ` symbol-${item.symbol}` : ""}${tone}${[...classes].map((name) => ` ${name}`).join("")}`);
    if (!this.links) node.setAttribute("aria-pressed", String(classes.has("is-selected")));
  }

  // The one item that the Tab key reaches.
  reach(key) {
    this.drawn.get(this.reached)?.node.setAttribute("tabindex", "-1");
    const entry = this.drawn.get(key) ?? this.drawn.values().next().value;
    this.reached = entry?.item.key;
    entry?.node.setAttribute("tabindex", "0");
    return entry?.node;
  }

  // The sheet: floor, drawing behind, tiles, outline.

  drawBase(plan) {
    const { width, depth, tile_width: across, tile_depth: down, drawing, outline } = plan;
    const lines = (step) => {
      let d = "";
      for (let x = 0; x <= width; x += across * step) d += `M${x} 0V${depth}`;
      for (let y = 0; y <= depth; y += down * step) d += `M0 ${y}H${width}`;
      return d;
    };
    const points = (outline ?? []).map((point) => point.join(",")).join(" ");
    const floor = points ? make("polygon", { class: "floor", points }) : make("rect", { class: "floor", width, height: depth });
    this.layers.base.replaceChildren(make("rect", { class: "sheet", width, height: depth }), floor);
    if (drawing?.url) {
      this.layers.base.append(make("image", {
        href: drawing.url, x: drawing.x, y: drawing.y, width: drawing.width, height: drawing.height,
        opacity: (drawing.opacity ?? 100) / 100, class: "behind", preserveAspectRatio: "none",
      }));
    }
    this.layers.base.append(
      make("path", { class: "tiles", d: lines(1) }),
      make("path", { class: "tiles five", d: lines(5) }),
      make(points ? "polygon" : "rect", points ? { class: "outline", points } : { class: "outline none", width, height: depth }),
    );
    this.view.sheet = { left: 0, top: 0, right: width, bottom: depth };
    this.ruled = 0;
    this.view.drawnAt = 0;
    this.view.draw();
  }

  // What depends on how near one looks: words, rulers.

  looked() {
    const { scale, x, y } = this.view;
    const level = scale < NAMES_FROM ? "far" : scale < FIGURES_FROM ? "middle" : "near";
    if (this.sheet.dataset.detail !== level) this.sheet.dataset.detail = level;
    if (!this.plan) return;
    if (this.ruled !== scale) this.drawRulers(scale);
    this.ruled = scale;
    this.top.setAttribute("transform", `translate(${x} 0)`);
    this.side.setAttribute("transform", `translate(0 ${y})`);
  }

  drawRulers(scale) {
    const { width, depth, tile_width: across, tile_depth: down } = this.plan;
    const every = (tile) => [1, 2, 5, 10, 20, 50, 100].find((step) => tile * step * scale >= APART) ?? 100;
    this.top = make("g", { class: "ruler" });
    this.side = make("g", { class: "ruler" });
    for (let n = 0, step = every(across); n * across < width; n += step) {
      this.top.append(make("text", { x: (n + 0.5) * across * scale, y: 14 }, columnName(this.plan, n)));
    }
    for (let n = 0, step = every(down); n * down < depth; n += step) {
      this.side.append(make("text", { x: RULER / 2, y: (n + 0.5) * down * scale + 4 }, rowName(this.plan, n)));
    }
    this.rulers.replaceChildren(
      make("rect", { class: "ruler-band", width: "100%", height: RULER }), this.top,
      make("rect", { class: "ruler-band", width: RULER, height: "100%" }), this.side,
      make("rect", { class: "ruler-band", width: RULER, height: RULER }),
    );
  }
}

// Whether only the place differs.
function alike(before, after) {
  return ["kind", "label", "short", "width", "depth", "rotation", "url", "title"].every((name) => before[name] === after[name]);
}

// Whether white reads better than black on a colour of six hexadecimal digits.
export function isDark(color) {
  const [r, g, b] = [0, 2, 4].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.179;
}
