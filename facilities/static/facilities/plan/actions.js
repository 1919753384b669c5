// What can be done with the plan while it is edited; the same for buttons, keys and menus.
import { ALIGNMENTS, align, distribute, kept, moved, row, turned } from "./arrange.js";
import { Index, isSolid, kindName, nameOf } from "./check.js";
import { bounds, boundsOf, boxesMeet, middle } from "./geometry.js";
import { isRecord } from "./store.js";
import { FLOOR } from "./symbols.js";

export const FINE = 10;

// Sizes in millimetres that new things begin with.
const SIZES = {
  row: [6000, 1200], "hot-aisle": [6000, 1200], "cold-aisle": [6000, 1200], containment: [6000, 3600],
  column: [400, 400], crac: [1800, 900], door: [1200, 120], wall: [3000, 150], label: [2400, 300],
  other: [1200, 1200],
};

const many = (items) => (items.length === 1 ? nameOf(items[0]) : `${items.length} items`);

export function nudge(planner, dx, dy, fine = false) {
  const items = planner.chosenItems;
  if (!items.length) return;
  const { tile_width: across, tile_depth: down } = planner.plan;
  const step = fine ? [dx * FINE, dy * FINE] : [dx * across, dy * down];
  const [x, y] = kept(boundsOf(items), planner.plan, ...step);
  planner.put(`move of ${many(items)}`, items.map((item) => moved(item, x, y)), `nudge ${[...planner.chosen]}`);
  planner.view.reveal(boundsOf(planner.chosenItems));
  const first = planner.chosenItems[0];
  planner.say(`${many(items)}: ${planner.whereIs(first)}`);
}

export function rotate(planner, quarters = 1) {
  const items = planner.chosenItems;
  if (!items.length) return;
  const made = turned(items, quarters);
  const [dx, dy] = kept(boundsOf(made), planner.plan, 0, 0);
  planner.put(`turn of ${many(items)}`, made.map((item) => moved(item, dx, dy)));
  planner.say(`${many(items)} turned to ${planner.chosenItems[0].rotation}°.`);
}

export function arrange(planner, how) {
  const items = planner.chosenItems;
  if (ALIGNMENTS[how] && items.length > 1) planner.put(`alignment of ${many(items)}`, align(items, how));
  else if (items.length > 2) planner.put(`distribution of ${many(items)}`, distribute(items, how === "across" ? "x" : "y"));
  else return planner.warn("Select two items or more to align, three to distribute.");
  planner.say(`${many(items)} arranged: ${how}.`);
}

export function duplicate(planner) {
  const items = planner.chosenItems.filter((item) => !isRecord(item.key));
  if (!items.length) return planner.warn("Racks and equipment are records and cannot be duplicated here; their row and aisles can.");
  const { tile_width: across, tile_depth: down } = planner.plan;
  const [dx, dy] = kept(boundsOf(items), planner.plan, across, down);
  const made = items.map((item) => ({ ...moved(item, dx, dy), key: planner.newKey() }));
  planner.put(`copy of ${many(items)}`, made);
  planner.select(made.map((item) => item.key), { focus: made[0].key, say: false });
  planner.say(`${many(items)} duplicated.`);
}

export function takeOff(planner) {
  const items = planner.chosenItems;
  if (!items.length) return;
  const records = items.filter((item) => isRecord(item.key)).length;
  const next = nearest(planner, items);
  planner.takeOff(`removal of ${many(items)}`, items.map((item) => item.key));
  planner.select([], { say: false });
  if (next) planner.focus(next, { say: false });
  else planner.sheet.focus();
  planner.say(`${many(items)} taken off the plan${records ? "; the records stay" : ""}.`);
}

function nearest(planner, items) {
  const gone = new Set(items.map((item) => item.key));
  const [x, y] = middle(boundsOf(items));
  let [best, least] = ["", Infinity];
  for (const item of planner.state.items.values()) {
    const far = Math.hypot(item.x - x, item.y - y);
    if (!gone.has(item.key) && far < least) [best, least] = [item.key, far];
  }
  return best;
}

export function selectAll(planner) {
  planner.select(planner.state.items.keys());
}

export function undo(planner) {
  const label = planner.store.undo();
  planner.say(label ? `Undone: ${label}.` : "Nothing to undo.");
}

export function redo(planner) {
  const label = planner.store.redo();
  planner.say(label ? `Done again: ${label}.` : "Nothing to do again.");
}

// A new thing that is no record, its middle at a place.
export function fresh(planner, kind, [x, y]) {
  const [width, depth] = SIZES[kind] ?? SIZES.other;
  const label = kind === "label" ? "Label" : "";
  return {
    key: planner.newKey(), kind, label, x: Math.round(x), y: Math.round(y), width, depth, rotation: 0,
  };
}

// What is looked at: the middle of the sheet's part in sight, kept on the sheet.
export function inSight(planner) {
  const { width, height } = planner.view.size;
  const { x, y, scale } = planner.view;
  const keep = (value, most) => Math.min(Math.max(value, 0), most);
  return [keep((width / 2 - x) / scale, planner.plan.width), keep((height / 2 - y) / scale, planner.plan.depth)];
}

export function add(planner, kind) {
  const { tile_width: across, tile_depth: down } = planner.plan;
  const made = fresh(planner, kind, inSight(planner));
  const box = bounds(made);
  const at = moved(made, Math.round(box.left / across) * across - box.left, Math.round(box.top / down) * down - box.top);
  planner.use("select");
  planner.put(`new ${kindName(kind).toLowerCase()}`, [at]);
  planner.select([at.key], { focus: at.key, say: false });
  planner.say(`${kindName(kind)} added, ${planner.whereIs(at)}. Arrow keys move it.`);
}

// Puts things of the tray side by side at the first free place: beside what is chosen, or else in sight.
export function place(planner, keys, { rotation = null } = {}) {
  const waiting = keys.map((key) => planner.state.tray.get(key)).filter(Boolean);
  if (!waiting.length) return;
  const beside = planner.chosenItems.filter((item) => isRecord(item.key)).at(-1);
  const turn = rotation ?? (beside ? beside.rotation : 0);
  const made = row(waiting, 0, 0, turn);
  const [left, top] = freePlace(planner, boundsOf(made), beside);
  const items = made.map((item) => moved(item, left, top));
  planner.use("select");
  planner.put(`placing of ${many(items)}`, items);
  planner.select(items.map((item) => item.key), { focus: items[0].key, say: false });
  planner.view.reveal(boundsOf(items));
  planner.say(`${many(items)} placed, ${planner.whereIs(items[0])}. Arrow keys move ${items.length > 1 ? "them" : "it"}.`);
}

function freePlace(planner, size, beside) {
  const { plan, state } = planner;
  const { tile_width: across, tile_depth: down } = plan;
  const index = new Index([...state.items.values()].filter(isSolid));
  const free = ([left, top]) => {
    const box = { left: left + 1, top: top + 1, right: left + size.right - 1, bottom: top + size.bottom - 1 };
    const on = box.left >= 0 && box.top >= 0 && box.right <= plan.width && box.bottom <= plan.depth;
    return on && ![...index.near(box)].some((item) => boxesMeet(bounds(item), box));
  };
  if (beside) {
    const box = bounds(beside);
    const [next, before] = beside.rotation % 180 === 0
      ? [[box.right, box.top], [box.left - size.right, box.top]]
      : [[box.left, box.bottom], [box.left, box.top - size.bottom]];
    if (free(next)) return next;
    if (free(before)) return before;
  }
  const [cx, cy] = inSight(planner);
  const [column, line] = [Math.round((cx - size.right / 2) / across), Math.round((cy - size.bottom / 2) / down)];
  const most = Math.ceil(Math.max(plan.width / across, plan.depth / down));
  // Rings of tiles about the middle, the nearest first.
  for (let ring = 0; ring <= most; ring += 1) {
    for (let dy = -ring; dy <= ring; dy += 1) {
      const edge = Math.abs(dy) === ring;
      for (let dx = -ring; dx <= ring; dx += edge ? 1 : 2 * ring || 1) {
        const at = [(column + dx) * across, (line + dy) * down];
        if (free(at)) return at;
      }
    }
  }
  return [column * across, line * down];
}

// The item next to another in a direction, straight ahead before aside.
export function neighbour(planner, key, dx, dy) {
  const here = planner.item(key);
  const items = [...planner.state.items.values()].filter((item) => planner.editing || !FLOOR.has(item.kind));
  if (!here) return items[0]?.key ?? "";
  let [best, least] = ["", Infinity];
  for (const item of items) {
    const [x, y] = [item.x - here.x, item.y - here.y];
    const ahead = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    const cost = ahead + aside * 2.5;
    if (item.key !== key && ahead > 1 && aside <= ahead * 3 && cost < least) [best, least] = [item.key, cost];
  }
  return best;
}
