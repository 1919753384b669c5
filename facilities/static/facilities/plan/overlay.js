// What lies over the sheet in the screen's own size: guides, gaps, handles, the free space wanted.
import { Index, cleared, gaps, isSolid } from "./check.js";
import { boundsOf, outward, tiles, zone } from "./geometry.js";
import { isRecord } from "./store.js";
import { make } from "./svg.js";
import { far } from "./units.js";

const HANDLE = matchMedia("(pointer: coarse)").matches ? 24 : 9;
const GRIPS = [[-1, -1], [0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0]];

export function startOverlay(planner) {
  const { view, drawing, sheet } = planner;
  const layer = make("g", { class: "overlay" });
  drawing.screen.append(layer);
  let guides = [];
  let marquee = null;
  let beside = {};

  const shown = () => {
    const parts = [];
    const items = planner.chosenItems;
    const alone = items.length === 1 ? items[0] : planner.item(planner.focused);
    zones(planner.tool !== "select" ? [] : items.length ? items : [alone].filter(Boolean));
    if (planner.editing && items.length) {
      parts.push(...measures(items));
      if (items.length === 1 && !isRack(items[0]) && planner.tool === "select") parts.push(...handles(items[0]));
    }
    for (const guide of guides) parts.push(line(guide));
    if (marquee) parts.push(rectangle(marquee));
    layer.replaceChildren(...parts);
    planner.fire("overlay", parts);
  };
  let waits = 0;
  const later = () => {
    waits ||= requestAnimationFrame(() => { waits = 0; shown(); });
  };

  // The free space that the chosen racks want before and behind them.
  function zones(items) {
    const layers = drawing.layers.zones;
    const racks = items.filter(isRack).slice(0, 200);
    layers.replaceChildren(...racks.flatMap((item) => ["front", "rear"].map((side) => {
      const { x, y, width, depth, rotation } = zone(cleared(item, planner.plan), side);
      return make("rect", {
        class: `zone zone-${side}`, x: -width / 2, y: -depth / 2, width, height: depth,
        transform: `translate(${x} ${y}) rotate(${rotation})`,
      });
    })));
  }

  // What stands beside the chosen; the same while these are dragged.
  function others() {
    const { settled } = planner.store;
    if (beside.items !== settled.items || beside.chosen !== planner.chosen) {
      const rest = [...settled.items.values()].filter((item) => isSolid(item) && !planner.chosen.has(item.key));
      beside = { items: settled.items, chosen: planner.chosen, index: new Index(rest) };
    }
    return beside.index;
  }

  function measures(items) {
    const box = boundsOf(items);
    const { plan } = planner;
    const [left, top] = view.onScreen([box.left, box.top]);
    const [right, bottom] = view.onScreen([box.right, box.bottom]);
    const wide = box.right - box.left;
    const deep = box.bottom - box.top;
    const size = `${tiles(wide, plan.tile_width)} × ${tiles(deep, plan.tile_depth)} · ${far(wide)} × ${far(deep)}`;
    const made = [];
    if (items.length > 1) made.push(make("rect", { class: "selection", x: left - 3, y: top - 3, width: right - left + 6, height: bottom - top + 6 }));
    for (const gap of gaps(box, others(), plan)) {
      const level = gap.side === "left" || gap.side === "right";
      const [a, b] = level
        ? [view.onScreen([gap.from, gap.at]), view.onScreen([gap.to, gap.at])]
        : [view.onScreen([gap.at, gap.from]), view.onScreen([gap.at, gap.to])];
      if (Math.hypot(a[0] - b[0], a[1] - b[1]) < 6) continue;
      const middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
      made.push(make("path", { class: "gap", d: `M${a}L${b}${tick(a, level)}${tick(b, level)}` }));
      made.push(tag(far(gap.length), middle, "gap-text"));
    }
    const half = size.length * 3.05 + 8;
    const { width, height } = view.size;
    const inside = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));
    const at = [inside((left + right) / 2, half + 24, width - half), inside(top - 18, 34, height - 14)];
    made.push(tag(size, at, "size-text"));
    return made;
  }

  function handles(item) {
    const [w, d] = [item.width / 2, item.depth / 2];
    const small = Math.min(item.width, item.depth) * view.scale < 3 * HANDLE;
    return GRIPS.filter(([gx, gy]) => !small || (gx && gy)).map(([gx, gy]) => {
      const [x, y] = view.onScreen(outward(item, [gx * w, gy * d]));
      return make("rect", {
        class: `handle is-${across(gx, gy, item.rotation)}`, "data-grip": `${gx},${gy}`, x: x - HANDLE / 2, y: y - HANDLE / 2, width: HANDLE, height: HANDLE,
        "aria-hidden": "true",
      });
    });
  }

  function line({ axis, at, from, to }) {
    const [a, b] = axis === "x" ? [[at, from], [at, to]] : [[from, at], [to, at]];
    return make("path", { class: "guide", d: `M${view.onScreen(a)}L${view.onScreen(b)}` });
  }

  view.listen(shown);
  planner.on("plan", later);
  planner.on("select", later);
  planner.on("focus", later);
  planner.on("tool", later);
  sheet.addEventListener("focusout", later);
  return {
    guide(found) { guides = found; later(); },
    marquee(box) { marquee = box; later(); },
  };
}

// Which way a handle is drawn, for its cursor: one of four, as both ends of a way are alike.
function across(gx, gy, rotation) {
  const angle = (Math.atan2(gy, gx) * 180) / Math.PI + rotation;
  return ["ew", "nwse", "ns", "nesw"][(((Math.round(angle / 45) % 4) + 4) % 4)];
}

const isRack = (item) => item.kind === "rack";

export const resizable = (item) => !isRack(item) && (!isRecord(item.key) || item.kind === "equipment");

function rectangle({ x, y, width, height }) {
  return make("rect", { class: "marquee", x, y, width, height });
}

function tick([x, y], level) {
  return level ? `M${x} ${y - 4}V${y + 4}` : `M${x - 4} ${y}H${x + 4}`;
}

// A word on a ground of its own, so that it reads over anything.
export function tag(text, [x, y], name) {
  const wide = text.length * 6.1 + 10;
  return make("g", { class: `tag ${name}`, transform: `translate(${Math.round(x)} ${Math.round(y)})` },
    make("rect", { x: -wide / 2, y: -9, width: wide, height: 18, rx: 3 }), make("text", { y: 4 }, text));
}
