// What is wrong with a plan while it is edited: overlaps, clearances, what stands outside. The server
// checks again when it stores it.
import {
  around, bounds, boxesMeet, corners, distance, edges, fitsIn, flatMeet, outlineFault, overlap, zone,
} from "./geometry.js";
import { exact } from "./units.js";

// What stands in the way; the others are painted on the floor.
const SOLID = new Set(["rack", "equipment", "column", "crac", "wall", "other"]);
// Parts of the building may run into one another.
const BUILDING = new Set(["wall", "column"]);
const OVERHEAD = new Set(["busway"]);
const LANES = { "cold-aisle": "cold aisle", "hot-aisle": "hot aisle" };
const SIDES = ["front", "rear"];
const WALL = "wall";
const PROBE = 300; // How far before and behind it a rack tells which aisle it stands at.
const CELL = 3000;

export const isSolid = (item) => SOLID.has(item.kind) && !OVERHEAD.has(item.symbol);

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

// Findings of all items, as the server words them.
export function findings(state) {
  const { plan, items } = state;
  const solid = [...items.values()].filter(isSolid);
  const index = new Index(solid);
  const found = [];
  const say = (level, text, ...keys) => found.push({ level, text: sentence(text), keys });
  const fault = outlineFault(plan.outline ?? [], plan);
  const room = fault ? [] : roomOf(plan);
  const walls = edges(room);
  if (fault) say("error", fault);
  for (const item of solid) {
    for (const other of index.near(bounds(item))) {
      const both = BUILDING.has(item.kind) && BUILDING.has(other.kind);
      if (item.key < other.key && !both && overlap(item, other)) say("error", `${nameIn(item)} overlaps ${nameIn(other)}.`, item.key, other.key);
    }
    if (room.length && !BUILDING.has(item.kind) && !fitsIn(room, item)) say("error", `${nameIn(item)} is not wholly within the room.`, item.key);
    if (item.kind === "rack") crowded(item, plan, index, walls, say);
  }
  aisles([...items.values()], say);
  return found;
}

const roomOf = (plan) => (plan.outline?.length ? plan.outline : [[0, 0], [plan.width, 0], [plan.width, plan.depth], [0, plan.depth]]);

function crowded(rack, plan, index, walls, say) {
  const full = cleared(rack, plan);
  for (const side of SIDES) {
    const wanted = full[`${side}_clearance`];
    if (!wanted) continue;
    let [least, nearest] = [wanted - 1, null];
    const strip = zone(full, side);
    const near = bounds(strip);
    for (const other of index.near(near)) {
      const far = other.key === rack.key ? Infinity : distance(full, side, corners(other));
      if (far < least) [least, nearest] = [far, other];
    }
    for (const wall of walls) {
      const far = flatMeet(near, around(wall)) ? distance(full, side, wall) : Infinity;
      if (far < least) [least, nearest] = [far, WALL];
    }
    if (!nearest) continue;
    const where = side === "front" ? "in front of" : "behind";
    const by = nearest === WALL ? "the wall" : nameIn(nearest);
    const keys = nearest === WALL ? [rack.key] : [rack.key, nearest.key];
    say("warning", `${nameIn(rack)} has ${exact(least)} ${where} it, to ${by}; ${exact(wanted)} are wanted.`, ...keys);
  }
}

// Racks that look into a hot aisle, have a cold one behind, or stand in one.
function aisles(items, say) {
  const lanes = new Index(items.filter((item) => LANES[item.kind]));
  if (!lanes.cells.size) return;
  for (const rack of items) {
    if (rack.kind !== "rack") continue;
    for (const [side, wrong, text] of [["front", "hot-aisle", "faces a hot aisle."], ["rear", "cold-aisle", "has a cold aisle behind."]]) {
      const probe = zone({ ...rack, front_clearance: PROBE, rear_clearance: PROBE }, side);
      const seen = [...lanes.near(bounds(probe))];
      if (seen.length && seen.every((lane) => lane.kind === wrong)) say("warning", `${nameIn(rack)} ${text}`, rack.key, seen[0].key);
    }
    for (const lane of lanes.near(bounds(rack))) {
      if (overlap(rack, lane)) say("warning", `${nameIn(rack)} stands in the ${lane.label || LANES[lane.kind]}.`, rack.key, lane.key);
    }
  }
}

const sentence = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

// What a sentence calls an item.
const nameIn = (item) => item.label || `a ${kindName(item.kind).replace(/^(?!CRAC)./, (first) => first.toLowerCase())}`;

export function nameOf(item) {
  return item.label || `${kindName(item.kind)}`;
}

export const KINDS = {
  rack: "Rack", equipment: "Power equipment", row: "Row", "hot-aisle": "Hot aisle",
  "cold-aisle": "Cold aisle", containment: "Containment", column: "Column", crac: "CRAC unit",
  door: "Door", wall: "Wall", label: "Label", other: "Other",
};

export const kindName = (kind) => KINDS[kind] ?? kind;

// The gaps from a box to what is next to it on each side, within the room: for the lines of
// dimension. Returns {side, from, to, at, length} in millimetres.
export function gaps(box, index, plan) {
  const room = roomOf(plan);
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
