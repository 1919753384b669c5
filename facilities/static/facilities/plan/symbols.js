// How each kind of item is drawn: shapes in millimetres about the item's centre, unturned.
import { kindName } from "./check.js";
import { make } from "./svg.js";

const FACE = 70; // Depth of the bar that tells which way a rack looks.
const LARGEST = 240;
const SMALLEST = 95;

export const FLOOR = new Set(["row", "hot-aisle", "cold-aisle"]);

// What says what it is by its shape, where it has no label.
const NAMELESS = ["rack", "row", "wall", "door", "column", "containment"];

const box = ({ width, depth }, more = {}) => make("rect", {
  class: "body", x: -width / 2, y: -depth / 2, width, height: depth, ...more,
});

const SHAPES = {
  rack: (item) => [
    box(item),
    make("rect", { class: "front", x: -item.width / 2, y: item.depth / 2 - FACE, width: item.width, height: FACE }),
  ],
  equipment: (item) => [box(item), bolt(item)],
  crac: (item) => [box(item), fan(item)],
  column: (item) => [box(item), make("path", { class: "line", d: diagonals(item) })],
  wall: (item) => [box(item)],
  door: (item) => door(item),
  containment: (item) => [box(item)],
  "hot-aisle": (item) => [box(item)],
  "cold-aisle": (item) => [box(item)],
  row: (item) => [box(item, { rx: 60 })],
  label: () => [],
  other: (item) => [box(item)],
};

const diagonals = ({ width: w, depth: d }) => `M${-w / 2} ${-d / 2}L${w / 2} ${d / 2}M${w / 2} ${-d / 2}L${-w / 2} ${d / 2}`;

function fan({ width, depth }) {
  const r = Math.min(width, depth) * 0.38;
  return make("path", {
    class: "line glyph",
    d: `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0M${-r * 0.7} ${-r * 0.7}L${r * 0.7} ${r * 0.7}M${r * 0.7} ${-r * 0.7}L${-r * 0.7} ${r * 0.7}`,
  });
}

function bolt({ width, depth }) {
  const r = Math.min(width, depth) * 0.38;
  return make("path", {
    class: "line glyph", d: `M${r * 0.25} ${-r}L${-r * 0.6} ${r * 0.1}H${r * 0.5}L${-r * 0.25} ${r}`,
  });
}

// The opening, the leaf and its swing; the leaf hangs at the left and opens to the front.
function door({ width: w, depth: d }) {
  return [
    box({ width: w, depth: d }),
    make("path", { class: "line", d: `M${-w / 2} ${d / 2}V${d / 2 + w}A${w} ${w} 0 0 0 ${w / 2} ${d / 2}` }),
  ];
}

// The shapes of an item below its words, turned as it stands.
export function shapes(item) {
  const drawn = (SHAPES[item.kind] ?? SHAPES.other)(item);
  return make("g", { class: "shape", transform: `rotate(${item.rotation})` }, ...drawn);
}

// The words of an item, which stay upright where they fit so. `figure` is what its colour tells.
export function words(item, name, figure = "") {
  const quarter = item.rotation % 180;
  const lies = Math.abs(quarter) > 45 && Math.abs(quarter) < 135;
  let [wide, high] = lies ? [item.depth, item.width] : [item.width, item.depth];
  let text = name || (NAMELESS.includes(item.kind) ? "" : kindName(item.kind));
  if (item.kind === "label") [wide, high] = [Infinity, 2 * (item.depth || LARGEST)];
  if (!text) return [];
  const along = high > wide * 1.8 && text.length > 5 && item.kind !== "label" && item.kind !== "rack";
  if (along) [wide, high] = [high, wide];
  const largest = item.kind === "label" ? Math.max(item.depth || 0, SMALLEST) : LARGEST;
  let size = Math.min(largest, high * 0.55, (wide * 0.9) / (0.62 * text.length));
  if (size < SMALLEST) {
    size = Math.min(SMALLEST, high * 0.8);
    text = shorten(text, Math.max(2, Math.floor((wide * 0.94) / (0.6 * size))));
  }
  const upright = along ? { transform: "rotate(-90)" } : {};
  const two = figure && item.kind === "rack";
  // Of what others stand in, the name is at its upper edge.
  const top = ["containment", "row"].includes(item.kind) ? -high / 2 - size * 0.3 : null;
  const made = [make("text", { class: "name", "font-size": round(size), y: round(top ?? (two ? -size * 0.05 : size * 0.36)), ...upright }, text)];
  if (two) {
    const small = Math.min(size * 0.8, 150, (wide * 0.92) / (0.58 * figure.length));
    if (small > 55) made.push(make("text", { class: "figure", "font-size": round(small), y: round(small * 1.25) }, figure));
  }
  return made;
}

const round = (value) => Math.round(value);

export function shorten(text, most) {
  if (text.length <= most) return text;
  if (most < 4) return text.slice(-most);
  return `${text.slice(0, Math.ceil(most / 2) - 1)}…${text.slice(-Math.floor(most / 2))}`;
}
