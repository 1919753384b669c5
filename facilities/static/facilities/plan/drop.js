// Things dragged onto the sheet from the palette and the tray. What is only pressed is left to the
// button's own click.
import { fresh } from "./actions.js";
import { moved, snap } from "./arrange.js";
import { isSolid } from "./check.js";
import { bounds } from "./geometry.js";
import { REACH, isFree } from "./pointer.js";
import { withItems } from "./store.js";

const START = 4;

export function startDrops(planner, overlay) {
  const { home, sheet, view, store } = planner;
  let held = null;
  let dropped = false;

  function over(event) {
    const box = sheet.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  }

  function follow(event) {
    if (!over(event)) {
      store.cancel();
      held.result = null;
      return overlay.guide([]);
    }
    const [x, y] = view.place(event);
    held.item ??= held.add ? fresh(planner, held.add, [0, 0])
      : { ...planner.state.tray.get(held.key), x: 0, y: 0, rotation: planner.turnOfNew ?? 0 };
    let item = moved({ ...held.item, x: 0, y: 0 }, x, y);
    let guides = [];
    if (!isFree(planner, event)) {
      const others = [...store.settled.items.values()].filter(isSolid).map(bounds);
      const found = snap(bounds(item), planner.plan, others, REACH / view.scale);
      item = moved(item, found.dx, found.dy);
      guides = found.guides;
    }
    held.result = item;
    store.preview(withItems(store.settled, [item]));
    planner.drawing.mark("is-selected", new Set([item.key]));
    overlay.guide(guides);
  }

  home.addEventListener("pointerdown", (event) => {
    const source = event.target.closest("[data-add], [data-tray-key]");
    if (!source || event.button || !planner.editing) return;
    held = { add: source.dataset.add, key: source.dataset.trayKey, x: event.clientX, y: event.clientY, moved: false };
  });
  addEventListener("pointermove", (event) => {
    if (!held) return;
    if (!held.moved && Math.hypot(event.clientX - held.x, event.clientY - held.y) < START) return;
    if (!held.moved) planner.use("select");
    held.moved = true;
    home.classList.add("is-dragging");
    follow(event);
  });
  const end = (event, keep) => {
    if (!held) return;
    const { moved: was, result } = held;
    held = null;
    home.classList.remove("is-dragging");
    overlay.guide([]);
    if (!was) return;
    dropped = true;
    setTimeout(() => { dropped = false; });
    if (!result || !keep) return store.cancel();
    store.commit(`placing of ${result.label || "an item"}`, withItems(store.settled, [result]));
    planner.select([result.key], { focus: result.key });
  };
  addEventListener("pointerup", (event) => end(event, true));
  addEventListener("pointercancel", (event) => end(event, false));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && held?.moved) {
      event.stopPropagation();
      store.cancel();
      held.result = null;
      end(event, false);
    }
  }, true);
  home.addEventListener("click", (event) => {
    if (dropped && event.target.closest("[data-add], [data-tray-key]")) event.stopImmediatePropagation();
  }, true);
}
