// What is wrong with a plan while it is edited: overlaps, clearances, what stands outside. The server
// checks again when it stores it.
import { bounds, boxesMeet, contains, distance, fitsIn, outlineFault, overlap, zone } from "./geometry.js";

// What stands in the way; the others are painted on the floor.
const SOLID = new Set(["rack", "equipment", "column", "crac", "wall", "other"]);
const CELL = 3000;
const grouped = new Intl.NumberFormat("en");

export const isSolid = (item) => SOLID.has(item.kind);

// An item with the clearances that hold for it.
export function cleared(item, plan) {
  return {
    ...item,
    front_clearance: item.front_clearance ?? plan.front_clearance ?? 0,
    rear_clearance: item.rear_clearance ?? plan.rear_clearance ?? 0,
  };
}

// Boxes by the squares of the floor they touch.
export class Index {
  constructor(items) {
    this.cells = new Map();
    for (const item of items) {
      const entry = { item, box: bounds(item) };
      for (const name of squares(entry.box)) {
        if (!this.cells.has(name)) this.cells.set(name, []);
        this.cells.get(name).push(entry);
      }
    }
  }

  near(box) {
    const found = new Set();
    for (const name of squares(box)) {
      for (const entry of this.cells.get(name) ?? []) if (boxesMeet(entry.box, box)) found.add(entry.item);
    }
    return found;
  }
}

function* squares(box) {
  for (let x = Math.floor(box.left / CELL); x <= Math.floor(box.right / CELL); x += 1) {
    for (let y = Math.floor(box.top / CELL); y <= Math.floor(box.bottom / CELL); y += 1) yield `${x},${y}`;
  }
}

// Findings as the server words them, of all items or of those of `keys` only.
export function findings(state, keys = null) {
  const { plan, items } = state;
  const solid = [...items.values()].filter(isSolid);
  const index = new Index(solid);
  const found = [];
  const say = (level, text, ...named) => found.push({ level, text, keys: named });
  const fault = outlineFault(plan.outline ?? [], plan);
  if (fault) say("error", fault);
  for (const item of items.values()) {
    if (keys && !keys.has(item.key)) continue;
    const box = bounds(item);
    if (!fault && plan.outline?.length && isSolid(item) && item.kind !== "wall" && !fitsIn(plan.outline, item)) {
      const [x, y] = [item.x, item.y];
      const where = contains(plan.outline, [x, y]) ? "reaches through the outline" : "stands outside the outline";
      say("warning", `${nameOf(item)} ${where}.`, item.key);
    } else if (box.left < 0 || box.top < 0 || box.right > plan.width || box.bottom > plan.depth) {
      say("error", `${nameOf(item)} leaves the sheet.`, item.key);
    }
    if (!isSolid(item)) continue;
    for (const other of index.near(box)) {
      const once = keys?.has(other.key) ? item.key < other.key : keys || item.key < other.key;
      if (other === item || !once || !overlap(item, other)) continue;
      const level = item.kind === "rack" && other.kind === "rack" ? "error" : "warning";
      say(level, `${nameOf(item)} overlaps ${nameOf(other)}.`, item.key, other.key);
    }
    if (item.kind === "rack") crowded(item, plan, index, say);
  }
  return found;
}

function crowded(rack, plan, index, say) {
  const full = cleared(rack, plan);
  for (const side of ["front", "rear"]) {
    const wanted = full[`${side}_clearance`];
    if (!wanted) continue;
    let [least, nearest] = [wanted - 1, null];
    for (const other of index.near(bounds(zone(full, side)))) {
      if (other.key === rack.key || overlap(rack, other)) continue;
      const far = distance(full, side, other);
      if (far < least) [least, nearest] = [far, other];
    }
    if (!nearest) continue;
    const where = side === "front" ? "in front of" : "behind";
    const text = `${nameOf(rack)} has ${grouped.format(Math.round(least))} mm ${where} it; ${grouped.format(wanted)} mm are wanted.`;
    say("warning", text, rack.key, nearest.key);
  }
}

export function nameOf(item) {
  return item.label || `${kindName(item.kind)}`;
}

export const KINDS = {
  rack: "Rack", equipment: "Power equipment", row: "Row", "hot-aisle": "Hot aisle",
  "cold-aisle": "Cold aisle", containment: "Containment", column: "Column", crac: "CRAC",
  door: "Door", wall: "Wall", label: "Label", other: "Other",
};

export const kindName = (kind) => KINDS[kind] ?? kind;

// The gaps from a box to what is next to it on each side, within the room: for the lines of
// dimension. Returns {side, from, to, at, length} in millimetres.
export function gaps(box, index, plan) {
  const room = plan.outline?.length ? plan.outline : [[0, 0], [plan.width, 0], [plan.width, plan.depth], [0, plan.depth]];
  const across = (box.top + box.bottom) / 2;
  const down = (box.left + box.right) / 2;
  const lanes = {
    left: { left: 0, right: box.left, top: box.top + 1, bottom: box.bottom - 1 },
    right: { left: box.right, right: plan.width, top: box.top + 1, bottom: box.bottom - 1 },
    top: { left: box.left + 1, right: box.right - 1, top: 0, bottom: box.top },
    bottom: { left: box.left + 1, right: box.right - 1, top: box.bottom, bottom: plan.depth },
  };
  return Object.entries(lanes).flatMap(([side, lane]) => {
    const level = side === "left" || side === "right";
    const ahead = side === "right" || side === "bottom";
    const from = box[side];
    const opposite = { left: "right", right: "left", top: "bottom", bottom: "top" }[side];
    const walls = crossings(room, level ? across : down, level).filter((at) => (ahead ? at >= from : at <= from));
    const ends = [...walls, ...[...index.near(lane)].map((item) => bounds(item)[opposite])]
      .filter((at) => (ahead ? at >= from - 1 : at <= from + 1));
    if (!ends.length) return [];
    const to = ahead ? Math.min(...ends) : Math.max(...ends);
    const length = Math.round(Math.abs(to - from));
    return length > 0 ? [{ side, from, to, at: level ? across : down, length }] : [];
  });
}

// Where a level (or upright) line crosses a polygon.
function crossings(polygon, at, level) {
  const found = [];
  polygon.forEach((point, index) => {
    const next = polygon[(index + 1) % polygon.length];
    const [a, b] = level ? [point, next] : [[point[1], point[0]], [next[1], next[0]]];
    if (a[1] > at !== b[1] > at) found.push(a[0] + ((at - a[1]) / (b[1] - a[1])) * (b[0] - a[0]));
  });
  return found;
}
