// Mouse, pen and fingers on the sheet: looking, choosing, dragging, resizing.
import { kept, moved, snap } from "./arrange.js";
import { isSolid } from "./check.js";
import { bounds, boundsOf, boxesMeet, inward, outward } from "./geometry.js";
import { withItems } from "./store.js";

const START = 4;
export const REACH = 9; // Pixels within which an edge is drawn to a line.
const AROUND = 4000; // Millimetres within which neighbours draw edges to theirs.
const LEAST = 50;

export function startPointer(planner, overlay) {
  const { sheet, view, store } = planner;
  let hold = null;
  let swallow = false;
  let space = false;

  const free = (event) => isFree(planner, event);
  const under = (event) => event.target.closest?.("[data-key]")?.dataset.key ?? "";

  function down(event) {
    if (planner.tool === "outline" && planner.pressOutline?.(event)) return;
    view.grab(event);
    if (view.pinching) return give();
    swallow = false;
    const begin = { x: event.clientX, y: event.clientY, at: view.place(event), moved: false, touch: event.pointerType === "touch" };
    const key = under(event);
    const grip = event.target.dataset?.grip;
    if (!planner.editing || event.button === 1 || space || planner.tool === "outline") hold = { ...begin, kind: "pan" };
    else if (event.button) return;
    else if (planner.tool === "drawing") hold = { ...begin, kind: "drawing", plan: planner.plan };
    else if (grip) hold = { ...begin, kind: "resize", grip: grip.split(",").map(Number), item: planner.chosenItems[0] };
    else if (key) hold = { ...begin, kind: "move", key };
    else hold = { ...begin, kind: begin.touch ? "pan" : "marquee", add: event.shiftKey };
    if (planner.editing && key && hold.kind === "move") event.preventDefault();
  }

  // Gives up what is being dragged, as when a second finger comes down or Escape is pressed.
  function give() {
    if (!hold) return false;
    const active = hold.moved;
    if (active) {
      store.cancel();
      overlay.guide([]);
      overlay.marquee(null);
      planner.home.classList.remove("is-dragging");
    }
    hold = view.pinching ? { kind: "pan", moved: true, x: 0, y: 0 } : null;
    return active;
  }

  function move(event) {
    if (hold && !hold.moved && Math.hypot(event.clientX - hold.x, event.clientY - hold.y) > START) {
      hold.moved = true;
      begin(event);
    }
    if (!hold?.moved) return planner.fire("pointer", event);
    swallow = true;
    if (hold.kind === "pan" || view.pinching) view.drag(event);
    else if (hold.kind === "move") drag(event);
    else if (hold.kind === "resize") resize(event);
    else if (hold.kind === "marquee") stretch(event);
    else if (hold.kind === "drawing") slide(event);
    planner.fire("pointer", event);
  }

  function begin(event) {
    // Not before: a captured click would not reach the link it is on.
    sheet.setPointerCapture(event.pointerId);
    planner.home.classList.add("is-dragging");
    if (hold.kind !== "move") return;
    if (!planner.chosen.has(hold.key)) planner.select([hold.key], { say: false });
    hold.items = planner.chosenItems;
    hold.box = boundsOf(hold.items);
    const others = [...planner.state.items.values()].filter((item) => !planner.chosen.has(item.key));
    hold.others = others.filter(isSolid).map(bounds);
  }

  function drag(event) {
    const [x, y] = view.place(event);
    let [dx, dy] = [x - hold.at[0], y - hold.at[1]];
    if (event.shiftKey) [dx, dy] = Math.abs(dx) > Math.abs(dy) ? [dx, 0] : [0, dy];
    const box = shifted(hold.box, dx, dy);
    let guides = [];
    if (!free(event)) {
      const around = { left: box.left - AROUND, top: box.top - AROUND, right: box.right + AROUND, bottom: box.bottom + AROUND };
      const near = hold.others.filter((other) => boxesMeet(other, around));
      const found = snap(box, planner.plan, near, REACH / view.scale);
      [dx, dy, guides] = [dx + found.dx, dy + found.dy, found.guides];
    } else [dx, dy] = [Math.round(dx / 10) * 10, Math.round(dy / 10) * 10];
    [dx, dy] = kept(hold.box, planner.plan, dx, dy);
    hold.result = hold.items.map((item) => moved(item, dx, dy));
    store.preview(withItems(store.settled, hold.result));
    overlay.guide(guides);
  }

  // The side opposite to the handle stays where it is.
  function resize(event) {
    const { item, grip } = hold;
    let [x, y] = view.place(event);
    if (!free(event)) {
      const found = snap({ left: x, right: x, top: y, bottom: y }, planner.plan, [], REACH / view.scale);
      [x, y] = [x + found.dx, y + found.dy];
    }
    const { width: across, depth: down } = planner.plan;
    [x, y] = [Math.min(Math.max(x, 0), across), Math.min(Math.max(y, 0), down)];
    const [ix, iy] = inward(item, [x, y]);
    const size = (way, at, half) => (way ? Math.max(LEAST, Math.round((at * way + half) / 10) * 10) : 2 * half);
    const width = size(grip[0], ix, item.width / 2);
    const depth = size(grip[1], iy, item.depth / 2);
    const centre = outward(item, [grip[0] * (width - item.width) / 2, grip[1] * (depth - item.depth) / 2]);
    hold.result = [{ ...item, x: Math.round(centre[0]), y: Math.round(centre[1]), width, depth }];
    store.preview(withItems(store.settled, hold.result));
  }

  function stretch(event) {
    const box = sheet.getBoundingClientRect();
    const [ax, ay] = [hold.x - box.left, hold.y - box.top];
    const [bx, by] = [event.clientX - box.left, event.clientY - box.top];
    overlay.marquee({ x: Math.min(ax, bx), y: Math.min(ay, by), width: Math.abs(ax - bx), height: Math.abs(ay - by) });
    const [x, y] = view.place(event);
    const area = { left: Math.min(x, hold.at[0]), right: Math.max(x, hold.at[0]), top: Math.min(y, hold.at[1]), bottom: Math.max(y, hold.at[1]) };
    // Floor areas are taken only whole, as racks stand upon them.
    const within = [...planner.state.items.values()].filter((item) => {
      const own = bounds(item);
      const whole = own.left >= area.left && own.right <= area.right && own.top >= area.top && own.bottom <= area.bottom;
      return isSolid(item) ? boxesMeet(own, area) : whole;
    });
    hold.before ??= hold.add ? planner.chosen : new Set();
    planner.select([...hold.before, ...within.map((item) => item.key)], { say: false });
  }

  function slide(event) {
    const { drawing } = hold.plan;
    if (!drawing) return;
    const [x, y] = view.place(event);
    const next = { ...drawing, x: Math.round(drawing.x + x - hold.at[0]), y: Math.round(drawing.y + y - hold.at[1]) };
    hold.drawing = next;
    store.preview({ ...store.settled, plan: { ...hold.plan, drawing: next } });
  }

  function up(event) {
    view.release(event);
    if (!hold) return;
    const done = hold;
    // Of two fingers the other one goes on.
    hold = view.fingers.size ? { kind: "pan", moved: true } : null;
    if (hold) return;
    planner.home.classList.remove("is-dragging");
    overlay.guide([]);
    overlay.marquee(null);
    if (!done.moved) return tap(done, event);
    if (done.kind === "move") {
      store.commit(`move of ${done.items.length === 1 ? done.items[0].label || "an item" : `${done.items.length} items`}`, withItems(store.settled, done.result ?? []));
      planner.focus(done.key, { reveal: false });
    } else if (done.kind === "resize" && done.result) {
      store.commit("change of size", withItems(store.settled, done.result));
    } else if (done.kind === "drawing" && done.drawing) {
      store.commit("move of the drawing", { ...store.settled, plan: { ...done.plan, drawing: done.drawing } });
    } else if (done.kind === "marquee") planner.say(planner.told());
    setTimeout(() => { swallow = false; });
  }

  function tap(done, event) {
    if (!planner.editing || planner.tool !== "select") return;
    if (done.kind === "move") {
      if (event.shiftKey || event.ctrlKey || event.metaKey) planner.toggle(done.key);
      else planner.select([done.key], { focus: done.key });
    } else if (!done.add) planner.select([]);
  }

  function click(event) {
    // A link that was dragged, or that is being edited, is not followed.
    if (swallow || (planner.editing && event.target.closest("[data-key]"))) event.preventDefault();
    swallow = false;
  }

  sheet.addEventListener("pointerdown", down);
  sheet.addEventListener("pointermove", move);
  sheet.addEventListener("pointerup", up);
  sheet.addEventListener("pointercancel", (event) => { view.release(event); give(); });
  sheet.addEventListener("click", click);
  sheet.addEventListener("dragstart", (event) => event.preventDefault());
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && give()) event.stopPropagation();
    if (event.key === " " && event.target === sheet) { space = true; event.preventDefault(); }
  }, true);
  addEventListener("keyup", (event) => { if (event.key === " ") space = false; });
}

// Whether edges are not drawn to lines: while Alt is held, or when it is switched off.
export function isFree(planner, event) {
  return event.altKey || !planner.home.querySelector("[data-snap]")?.checked;
}

function shifted(box, dx, dy) {
  return { left: box.left + dx, top: box.top + dy, right: box.right + dx, bottom: box.bottom + dy };
}
