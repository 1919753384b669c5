// Rectangles and polygons of a floor plan: lengths in millimetres, whole degrees clockwise, x to the
// right and y down. An item's x and y are its centre, width × depth its size before rotation; at 0
// its front looks down the sheet.

export const BAND = 0.5; // Less than this is rounding, not overlap.

const turn = ([x, y], degrees) => {
  const quarter = ((degrees % 360) + 360) % 360;
  // Right angles exactly, so that edges that touch do not overlap by a rounding error.
  if (quarter === 0) return [x, y];
  if (quarter === 90) return [-y, x];
  if (quarter === 180) return [-x, -y];
  if (quarter === 270) return [y, -x];
  const radians = (quarter * Math.PI) / 180;
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  return [x * cos - y * sin, x * sin + y * cos];
};

// A point of the item's own frame on the sheet, and back.
export function outward(item, point) {
  const [x, y] = turn(point, item.rotation);
  return [item.x + x, item.y + y];
}

export function inward(item, [x, y]) {
  return turn([x - item.x, y - item.y], -item.rotation);
}

export function corners(item) {
  const [w, d] = [item.width / 2, item.depth / 2];
  return [[-w, -d], [w, -d], [w, d], [-w, d]].map((point) => outward(item, point));
}

// Items are never changed in place, so what has been worked out of one holds.
const known = new WeakMap();

export function bounds(item) {
  let box = known.get(item);
  if (!box) {
    box = around(corners(item));
    known.set(item, box);
  }
  return box;
}

const upright = (item) => item.rotation % 90 === 0;

export function around(points) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return {
    left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys),
  };
}

export function boundsOf(items) {
  const boxes = items.map(bounds);
  return {
    left: Math.min(...boxes.map((b) => b.left)), top: Math.min(...boxes.map((b) => b.top)),
    right: Math.max(...boxes.map((b) => b.right)), bottom: Math.max(...boxes.map((b) => b.bottom)),
  };
}

export function middle(box) {
  return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
}

export function boxesMeet(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

// Whether two rectangles share more than an edge: some axis parts them, or none does.
export function overlap(a, b) {
  if (upright(a) && upright(b)) {
    const [p, q] = [bounds(a), bounds(b)];
    return p.left + BAND < q.right && q.left + BAND < p.right
      && p.top + BAND < q.bottom && q.top + BAND < p.bottom;
  }
  const first = corners(a);
  const second = corners(b);
  for (const degrees of [a.rotation, a.rotation + 90, b.rotation, b.rotation + 90]) {
    const [x, y] = turn([1, 0], degrees);
    const along = ([px, py]) => px * x + py * y;
    const [p, q] = [first.map(along), second.map(along)];
    if (Math.max(...p) <= Math.min(...q) + BAND || Math.max(...q) <= Math.min(...p) + BAND) return false;
  }
  return true;
}

// The free space wanted before the front or behind the rear, as a rectangle of its own.
export function zone(item, side) {
  const length = side === "front" ? item.front_clearance : item.rear_clearance;
  const away = (item.depth + length) / 2;
  const [x, y] = outward(item, [0, side === "front" ? away : -away]);
  return { x, y, width: item.width, depth: length, rotation: item.rotation };
}

// How far from the front or rear the first part of a shape is, within the width of `item`; Infinity
// where nothing of it is there. The shape is convex, or an edge.
export function distance(item, side, shape) {
  const half = item.width / 2 - BAND;
  const sign = side === "front" ? 1 : -1;
  let points = shape.map((point) => {
    const [x, y] = inward(item, point);
    return [x, y * sign - item.depth / 2];
  });
  points = clip(points, ([x]) => x + half);
  points = clip(points, ([x]) => half - x);
  // What lies behind the other face is no obstacle on this side.
  points = clip(points, ([, y]) => y + item.depth - BAND);
  return points.length ? Math.max(0, Math.min(...points.map(([, y]) => y))) : Infinity;
}

// What of a convex polygon lies where `inside` is positive.
function clip(points, inside) {
  const kept = [];
  points.forEach((point, index) => {
    const next = points[(index + 1) % points.length];
    const [a, b] = [inside(point), inside(next)];
    if (a > 0) kept.push(point);
    if (a > 0 !== b > 0) {
      const share = a / (a - b);
      kept.push([point[0] + (next[0] - point[0]) * share, point[1] + (next[1] - point[1]) * share]);
    }
  });
  return kept;
}

export function contains(polygon, [x, y]) {
  let within = false;
  polygon.forEach(([ax, ay], index) => {
    const [bx, by] = polygon[(index + 1) % polygon.length];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  });
  return within;
}

// Whether a rectangle lies in a polygon; it may touch the line.
export function fitsIn(polygon, item) {
  if (!contains(polygon, [item.x, item.y])) return false;
  const box = bounds(item);
  const near = edges(polygon).filter((edge) => flatMeet(box, around(edge)));
  if (!near.length) return true;
  const own = corners({ ...item, width: item.width - 2 * BAND, depth: item.depth - 2 * BAND });
  if (!own.every((point) => contains(polygon, point))) return false;
  return !near.some(([a, b]) => edges(own).some(([c, d]) => cross(a, b, c, d)));
}

// As `boxesMeet`, of boxes that may be flat, as those of edges are.
export function flatMeet(a, b) {
  return a.left < b.right + BAND && b.left < a.right + BAND && a.top < b.bottom + BAND && b.top < a.bottom + BAND;
}

export function edges(polygon) {
  return polygon.map((point, index) => [point, polygon[(index + 1) % polygon.length]]);
}

const side = ([ax, ay], [bx, by], [px, py]) => Math.sign((bx - ax) * (py - ay) - (by - ay) * (px - ax));

export function cross(a, b, c, d) {
  const [p, q, r, s] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (p !== q && r !== s) return true;
  const on = ([ax, ay], [bx, by], [px, py]) => Math.min(ax, bx) <= px && px <= Math.max(ax, bx)
    && Math.min(ay, by) <= py && py <= Math.max(ay, by);
  return (p === 0 && on(a, b, c)) || (q === 0 && on(a, b, d)) || (r === 0 && on(c, d, a)) || (s === 0 && on(c, d, b));
}

// What is wrong with an outline, or "".
export function outlineFault(points, plan) {
  if (!points.length) return "";
  if (points.length < 3) return "An outline needs three points or more.";
  if (points.some(([x, y]) => x < 0 || y < 0 || x > plan.width || y > plan.depth)) {
    return "The outline leaves the sheet.";
  }
  const lines = edges(points);
  for (let i = 0; i < lines.length; i += 1) {
    if (lines[i][0].join() === lines[i][1].join()) return "Two points of the outline are the same.";
    for (let j = i + 2; j < lines.length; j += 1) {
      const neighbours = i === 0 && j === lines.length - 1;
      if (!neighbours && cross(...lines[i], ...lines[j])) return "The outline crosses itself.";
    }
  }
  return area(points) ? "" : "The outline has no area.";
}

// Square millimetres.
export function area(points) {
  return Math.abs(edges(points).reduce((sum, [[ax, ay], [bx, by]]) => sum + ax * by - bx * ay, 0)) / 2;
}

// A, B … Z, AA across; 1, 2 … down.
export function letters(index) {
  let name = "";
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}

const number = (name) => [...name].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;

// The names of the tiles' columns and rows, counted from the sheet's corner.
export const columnName = (plan, index) => letters(index + number(plan.first_column ?? "A"));
export const rowName = (plan, index) => String(index + (plan.first_row ?? 1));

export function tileOf(plan, x, y) {
  if (x < 0 || y < 0 || x >= plan.width || y >= plan.depth) return "";
  return columnName(plan, Math.floor(x / plan.tile_width)) + rowName(plan, Math.floor(y / plan.tile_depth));
}

export function tiles(length, tile) {
  const count = Math.round((length / tile) * 100) / 100;
  return `${count} ${count === 1 ? "tile" : "tiles"}`;
}
