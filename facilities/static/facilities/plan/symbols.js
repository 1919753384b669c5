// How each kind of item is drawn: shapes in millimetres about the item's centre, unturned.
import { kindName } from "./check.js";
import { make } from "./svg.js";

const FACE = 70; // Depth of the bar that tells which way a rack looks.
const LARGEST = 240;
const SMALLEST = 95;
const BUILDING = new Set(["door", "wall", "column"]);
const WIDTH = 0.62; // Of a character, in sizes of the font.

export const FLOOR = new Set(["row", "hot-aisle", "cold-aisle"]);

// What says what it is by its shape, where it has no label.
const NAMELESS = new Set(["rack", "row", "wall", "door", "column", "containment"]);

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
  const [wide, high] = lies ? [item.depth, item.width] : [item.width, item.depth];
  const text = name || (NAMELESS.has(item.kind) ? "" : kindName(item.kind));
  if (item.kind === "rack") return ofRack(text, figure, wide, high);
  if (!text || item.symbol === "busway") return [];
  if (item.kind === "label") return [line(text, Math.max(item.depth, SMALLEST), 0)];
  // Of what others stand in, the name is beside it.
  if (item.kind === "row") return [line(text, LARGEST, 0, { x: -wide / 2 - LARGEST / 2, class: "name beside" })];
  if (item.kind === "containment") return [line(text, LARGEST, -high / 2 - LARGEST / 2)];
  if (BUILDING.has(item.kind) && Math.min(wide, high) < 2 * SMALLEST) return [];
  const along = high > wide * 1.8 && text.length > 5;
  const [length, height] = along ? [high, wide] : [wide, high];
  return [fitted(text, length, height * 0.55, 0, along ? { transform: "rotate(-90)" } : {})];
}

// A rack's name, in two lines where it is long, and its figure below.
function ofRack(text, figure, wide, high) {
  const cut = text.length > 5 ? Math.max(...["-", ".", " ", "_"].map((mark) => text.lastIndexOf(mark))) : -1;
  const lines = cut > 0 && high >= wide ? [text.slice(0, cut), text.slice(cut + 1)] : [text];
  const longest = Math.max(...lines.map((each) => each.length), 1);
  const size = Math.min(LARGEST, high * 0.3, (wide * 0.88) / (WIDTH * longest));
  const step = size * 1.1;
  const first = -((lines.length - 1 + (figure ? 0.9 : 0)) * step) / 2;
  const made = lines.map((each, index) => fitted(each, wide, size, first + index * step));
  if (figure) made.push(fitted(figure, wide, Math.min(size * 0.8, 150), first + lines.length * step, { class: "figure" }, 72));
  return made;
}

function fitted(text, wide, high, y, more = {}, least = SMALLEST) {
  let size = Math.min(LARGEST, high, (wide * 0.9) / (WIDTH * text.length));
  let shown = text;
  if (size < least) {
    size = Math.min(least, high);
    shown = shorten(text, Math.max(2, Math.floor((wide * 0.94) / (WIDTH * size))));
  }
  return line(shown, size, y, more);
}

function line(text, size, y, more = {}) {
  return make("text", { class: "name", "font-size": round(size), y: round(y + size * 0.36), ...more }, text);
}

const round = (value) => Math.round(value);

export function shorten(text, most) {
  if (text.length <= most) return text;
  if (most < 4) return text.slice(-most);
  return `${text.slice(0, Math.ceil(most / 2) - 1)}…${text.slice(-Math.floor(most / 2))}`;
}
