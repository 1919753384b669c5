// The room's outline: drawn point by point, then its points moved, inserted and taken away.
import { FINE } from "./actions.js";
import { snapPoint } from "./arrange.js";
import { edges, outlineFault, tileOf } from "./geometry.js";
import { tag } from "./overlay.js";
import { REACH, isFree } from "./pointer.js";
import { withPlan } from "./store.js";
import { make } from "./svg.js";
import { far } from "./units.js";

export function startOutline(planner) {
  const { sheet, view, store, drawing } = planner;
  const layer = make("g", { class: "outline-editor" });
  drawing.screen.append(layer);
  let draft = null; // {points, cursor} while an outline is drawn anew.
  let dots = [];
  let held = null;

  const outline = () => planner.plan.outline ?? [];
  const active = () => planner.editing && planner.tool === "outline";
  const snapped = (event) => snapPoint(view.place(event), planner.plan, REACH / view.scale, isFree(planner, event));

  function commit(label, points, kind = "") {
    const fault = outlineFault(points, planner.plan);
    if (fault) {
      store.cancel();
      planner.say(`Not changed. ${fault}`);
      planner.fire("fault", fault);
      return false;
    }
    planner.fire("fault", "");
    store.commit(label, withPlan(store.settled, { outline: points }), kind);
    return true;
  }

  // Drawing

  function render() {
    if (!active()) {
      draft = null;
      dots = [];
      return layer.replaceChildren();
    }
    if (draft) return renderDraft();
    const points = outline();
    if (dots.length !== points.length) build(points);
    points.forEach((point, index) => {
      const [x, y] = view.onScreen(point);
      dots[index].setAttribute("cx", x);
      dots[index].setAttribute("cy", y);
      dots[index].setAttribute("aria-label", `Point ${index + 1} of ${points.length}, ${told(point)}`);
    });
    const lines = edges(points).map(([a, b], index) => {
      const [p, q] = [view.onScreen(a), view.onScreen(b)];
      const at = [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2];
      return { index, at, long: Math.hypot(p[0] - q[0], p[1] - q[1]), text: far(Math.hypot(a[0] - b[0], a[1] - b[1])) };
    });
    layer.querySelector(".midpoints").replaceChildren(...lines.filter(({ long }) => long > 40).flatMap(({ index, at, long, text }) => [
      make("circle", { class: "midpoint", cx: at[0], cy: at[1], r: 5, "data-midpoint": index, "aria-hidden": "true" }),
      ...(long > 110 ? [tag(text, [at[0], at[1] + 16], "gap-text")] : []),
    ]));
  }

  function build(points) {
    dots = points.map((_, index) => make("circle", { class: "point", r: 6, tabindex: "0", role: "button", "data-point": index }));
    layer.replaceChildren(make("g", { class: "midpoints" }), ...dots);
  }

  function renderDraft() {
    const { points, cursor } = draft;
    const all = [...points, cursor].filter(Boolean).map((point) => view.onScreen(point));
    const parts = [make("path", { class: "draft", d: all.length ? `M${all.join("L")}` : "" })];
    points.forEach((point, index) => {
      const [cx, cy] = view.onScreen(point);
      parts.push(make("circle", { class: index ? "point" : "point first", cx, cy, r: index ? 5 : 7 }));
    });
    if (cursor) {
      const [x, y] = view.onScreen(cursor);
      parts.push(make("path", { class: "cursor", d: `M${x - 12} ${y}H${x + 12}M${x} ${y - 12}V${y + 12}` }));
      const last = points.at(-1);
      if (last) parts.push(tag(far(Math.hypot(cursor[0] - last[0], cursor[1] - last[1])), [x, y - 22], "gap-text"));
    }
    dots = [];
    layer.replaceChildren(...parts);
  }

  const told = ([x, y]) => `${tileOf(planner.plan, x, y) || "the edge"}, ${far(x)} across, ${far(y)} down`;

  // Drawing a new one

  function begin() {
    draft = { points: [], cursor: null };
    planner.say("Press where the outline has its corners. With the keyboard: arrow keys move the cross, Enter sets a corner, C closes, Escape gives up.");
    render();
    planner.fire("outline");
    sheet.focus();
  }

  function add(point) {
    const { points } = draft;
    if (points.length && points.at(-1).join() === point.join()) return;
    if (points.length > 2 && points[0].join() === point.join()) return close();
    points.push(point);
    planner.say(`Corner ${points.length}: ${told(point)}`);
    render();
    planner.fire("outline");
  }

  function close() {
    if (commit("new outline", draft.points)) {
      draft = null;
      planner.say(`Outline of ${outline().length} points closed.`);
    }
    render();
    planner.fire("outline");
  }

  function giveUp() {
    draft = null;
    planner.say("The outline stays as it was.");
    render();
    planner.fire("outline");
  }

  // By pointer. Returns whether the press was for the outline.

  function press(event) {
    if (event.button) return false;
    if (draft) {
      const first = draft.points[0];
      const near = first && Math.hypot(...view.onScreen(first).map((at, n) => at - [event.clientX, event.clientY][n] + [left(), top()][n])) < REACH;
      if (near && draft.points.length > 2) close();
      else add(snapped(event));
      return true;
    }
    const { point, midpoint } = event.target.dataset ?? {};
    if (point === undefined && midpoint === undefined) return false;
    event.preventDefault();
    const points = outline().map((each) => [...each]);
    let index = Number(point);
    if (midpoint !== undefined) {
      index = Number(midpoint) + 1;
      points.splice(index, 0, snapped(event));
    }
    held = { index, points, inserted: midpoint !== undefined };
    if (held.inserted) show();
    dots[index]?.focus({ preventScroll: true });
    return true;
  }

  const left = () => sheet.getBoundingClientRect().left;
  const top = () => sheet.getBoundingClientRect().top;

  function show() {
    store.preview(withPlan(store.settled, { outline: held.points.map((each) => [...each]) }));
  }

  function follow(event) {
    if (held) {
      held.points[held.index] = snapped(event);
      held.moved = true;
      show();
    } else if (draft && active() && event.target.closest?.("[data-sheet]")) {
      draft.cursor = snapped(event);
      render();
    }
  }

  function release() {
    if (!held) return;
    const { index, points, moved, inserted } = held;
    held = null;
    if (!moved && !inserted) return;
    commit(inserted ? "new point of the outline" : "move of a point", points);
    render();
    dots[index]?.focus({ preventScroll: true });
  }

  // By keyboard

  const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function step([x, y], [dx, dy], fine) {
    const { tile_width: across, tile_depth: down, width, depth } = planner.plan;
    const [w, d] = fine ? [FINE, FINE] : [across, down];
    return [Math.min(Math.max(x + dx * w, 0), width), Math.min(Math.max(y + dy * d, 0), depth)];
  }

  function keys(event) {
    if (!active() || event.ctrlKey || event.metaKey || event.altKey || !event.target.closest("[data-sheet]")) return;
    const way = WAYS[event.key];
    if (draft) {
      if (way) draft.cursor = step(draft.cursor ?? draft.points.at(-1) ?? [0, 0], way, event.shiftKey);
      else if (event.key === "Enter" || event.key === " ") add(draft.cursor ?? [0, 0]);
      else if (event.key === "c" || event.key === "C") close();
      else if (event.key === "Backspace") draft.points.pop();
      else if (event.key === "Escape") giveUp();
      else return;
      if (way) {
        const [x, y] = draft.cursor;
        view.reveal({ left: x, right: x, top: y, bottom: y });
        planner.say(told(draft.cursor));
      }
      if (draft) render();
    } else {
      const index = Number(event.target.dataset.point ?? -1);
      if (index < 0) return;
      if (way) {
        const points = outline().map((each, n) => (n === index ? step(each, way, event.shiftKey) : each));
        if (commit("move of a point", points, `point ${index}`)) {
          const [x, y] = points[index];
          view.reveal({ left: x, right: x, top: y, bottom: y });
          planner.say(`Point ${index + 1}: ${told(points[index])}`);
        }
      } else if (event.key === "Delete" || event.key === "Backspace") remove(index);
      else if (event.key === "i" || event.key === "I" || event.key === "Insert") insert(index);
      else return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function remove(index) {
    const points = outline().filter((_, n) => n !== index);
    if (!commit("removal of a point", points)) return;
    render();
    dots[Math.min(index, dots.length - 1)]?.focus();
    planner.say(`Point ${index + 1} removed.`);
  }

  // After a point, halfway to the next.
  function insert(index) {
    const points = outline();
    const [[ax, ay], [bx, by]] = [points[index], points[(index + 1) % points.length]];
    const halfway = snapPoint([(ax + bx) / 2, (ay + by) / 2], planner.plan, Math.max(planner.plan.tile_width, planner.plan.tile_depth));
    if (!commit("new point of the outline", [...points.slice(0, index + 1), halfway, ...points.slice(index + 1)])) return;
    render();
    dots[index + 1]?.focus();
    planner.say(`Point ${index + 2}: ${told(halfway)}`);
  }

  planner.pressOutline = press;
  addEventListener("pointermove", follow);
  addEventListener("pointerup", release);
  addEventListener("pointercancel", () => { held = null; store.cancel(); });
  sheet.addEventListener("keydown", keys, true);
  view.listen(render);
  planner.on("plan", render);
  planner.on("tool", () => {
    if (active() && !outline().length) begin();
    else render();
  });
  return {
    begin, close, giveUp, remove, insert, commit,
    get drafting() { return draft; },
    whole() {
      const { width, depth } = planner.plan;
      draft = null;
      if (commit("outline of the whole sheet", [[0, 0], [width, 0], [width, depth], [0, depth]])) planner.say("The outline is the whole sheet.");
      planner.fire("outline");
    },
  };
}
