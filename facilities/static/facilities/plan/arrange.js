// Snapping, aligning, distributing and turning: from items and boxes to new places.
import { bounds, boundsOf, middle } from "./geometry.js";

// The box of what is dragged, moved by the least that brings an edge onto a line of the tiles or an
// edge or middle of a neighbour, where one is within `reach`. Returns {dx, dy, guides}.
export function snap(box, plan, neighbours, reach) {
  const [cx, cy] = middle(box);
  const across = best([box.left, cx, box.right], lines(neighbours, "x"), plan.tile_width, reach);
  const down = best([box.top, cy, box.bottom], lines(neighbours, "y"), plan.tile_depth, reach);
  const guides = [];
  if (across.line) guides.push({ axis: "x", at: across.at, ...reachOf(box, across.line.box, "y", down.by) });
  if (down.line) guides.push({ axis: "y", at: down.at, ...reachOf(box, down.line.box, "x", across.by) });
  return { dx: across.by, dy: down.by, guides };
}

function lines(boxes, axis) {
  const [low, high] = axis === "x" ? ["left", "right"] : ["top", "bottom"];
  return boxes.flatMap((box) => [
    { at: box[low], box }, { at: box[high], box }, { at: (box[low] + box[high]) / 2, box, centre: true },
  ]);
}

function best([low, centre, high], found, tile, reach) {
  let chosen = { by: 0, at: 0, far: reach };
  const offer = (by, at, line) => {
    if (Math.abs(by) < chosen.far) chosen = { by, at, line, far: Math.abs(by) };
  };
  for (const line of found) {
    if (line.centre) offer(line.at - centre, line.at, line);
    else {
      offer(line.at - low, line.at, line);
      offer(line.at - high, line.at, line);
    }
  }
  // A tile's line gives way to a neighbour as near.
  for (const edge of [low, high]) {
    const at = Math.round(edge / tile) * tile;
    offer(at - edge, at, null);
  }
  return chosen;
}

function reachOf(box, other, along, by) {
  const [low, high] = along === "x" ? ["left", "right"] : ["top", "bottom"];
  return { from: Math.min(box[low] + by, other[low]), to: Math.max(box[high] + by, other[high]) };
}

// A point brought onto the tiles' corners within reach, or rounded to ten millimetres.
export function snapPoint([x, y], plan, reach, free = false) {
  const near = (value, tile, most) => {
    const line = Math.round(value / tile) * tile;
    const found = !free && Math.abs(line - value) <= reach ? line : Math.round(value / 10) * 10;
    return Math.min(Math.max(found, 0), most);
  };
  return [near(x, plan.tile_width, plan.width), near(y, plan.tile_depth, plan.depth)];
}

export const ALIGNMENTS = {
  left: (box, all) => [all.left - box.left, 0],
  centre: (box, all) => [middle(all)[0] - middle(box)[0], 0],
  right: (box, all) => [all.right - box.right, 0],
  top: (box, all) => [0, all.top - box.top],
  middle: (box, all) => [0, middle(all)[1] - middle(box)[1]],
  bottom: (box, all) => [0, all.bottom - box.bottom],
};

export function align(items, how) {
  const all = boundsOf(items);
  return items.map((item) => moved(item, ...ALIGNMENTS[how](bounds(item), all)));
}

// The same gap between each two, in the order they stand; the outer ones stay.
export function distribute(items, axis) {
  const [low, high] = axis === "x" ? ["left", "right"] : ["top", "bottom"];
  const placed = items.map((item) => ({ item, box: bounds(item) }));
  placed.sort((a, b) => a.box[low] - b.box[low] || a.box[high] - b.box[high]);
  if (placed.length < 3) return items;
  const taken = placed.reduce((sum, { box }) => sum + box[high] - box[low], 0);
  const last = Math.max(...placed.map(({ box }) => box[high]));
  const gap = (last - placed[0].box[low] - taken) / (placed.length - 1);
  let at = placed[0].box[low];
  return placed.map(({ item, box }) => {
    const by = at - box[low];
    at += box[high] - box[low] + gap;
    return axis === "x" ? moved(item, by, 0) : moved(item, 0, by);
  });
}

// A movement cut short where the box would leave the sheet.
export function kept(box, plan, dx, dy) {
  const cut = (by, low, high, most) => (high - low > most ? by : Math.min(Math.max(by, -low), most - high));
  return [cut(dx, box.left, box.right, plan.width), cut(dy, box.top, box.bottom, plan.depth)];
}

export function moved(item, dx, dy) {
  return { ...item, x: Math.round(item.x + dx), y: Math.round(item.y + dy) };
}

// Quarter turns about the middle of all.
export function turned(items, quarters) {
  const [cx, cy] = middle(boundsOf(items));
  const spin = (((quarters % 4) + 4) % 4);
  return items.map((item) => {
    let [x, y] = [item.x - cx, item.y - cy];
    for (let n = 0; n < spin; n += 1) [x, y] = [-y, x];
    return {
      ...item, x: Math.round(cx + x), y: Math.round(cy + y), rotation: (item.rotation + 90 * spin) % 360,
    };
  });
}

// `items` side by side from a corner, in their own width, turned as asked.
export function row(items, left, top, rotation) {
  const upright = rotation % 180 === 0;
  let at = upright ? left : top;
  return items.map((item) => {
    const [x, y] = upright
      ? [at + item.width / 2, top + item.depth / 2]
      : [left + item.depth / 2, at + item.width / 2];
    at += item.width;
    return { ...item, x: Math.round(x), y: Math.round(y), rotation };
  });
}
