// The keyboard on the sheet. Arrow keys go from item to item, and move what is selected.
import { duplicate, neighbour, nudge, redo, rotate, selectAll, takeOff, undo } from "./actions.js";

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function startKeys(planner) {
  const { sheet, view } = planner;

  function onSheet(event) {
    if (event.defaultPrevented) return;
    const key = event.target.closest("[data-key]")?.dataset.key ?? planner.focused;
    const command = event.ctrlKey || event.metaKey;
    const way = WAYS[event.key];
    const editing = planner.editing && planner.tool === "select";
    if (way && editing && planner.chosen.size && !command) nudge(planner, ...way, event.shiftKey);
    else if (way) go(key, way);
    else if (editing && (event.key === " " || event.key === "Enter") && planner.item(key)) {
      if (event.shiftKey || command) planner.toggle(key);
      else planner.select(planner.chosen.has(key) && planner.chosen.size === 1 ? [] : [key], { focus: key });
    } else if (!planner.editing && event.key === " " && planner.item(key)?.url) location.href = planner.item(key).url;
    else if (command) return;
    else if (event.key === "+" || event.key === "=") view.zoom(1.4);
    else if (event.key === "-") view.zoom(1 / 1.4);
    else if (event.key === "0") view.fit();
    else if (event.key === "Home" || event.key === "End") {
      const all = [...planner.state.items.keys()];
      planner.focus(event.key === "Home" ? all[0] : all.at(-1));
    } else if (event.key === "Escape" && planner.chosen.size) planner.select([], { focus: key });
    else if (editing && (event.key === "r" || event.key === "R")) rotate(planner, event.shiftKey ? -1 : 1);
    else if (editing && (event.key === "Delete" || event.key === "Backspace")) takeOff(planner);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function go(key, way) {
    const next = neighbour(planner, key, ...way);
    if (next) planner.focus(next);
    else if (!planner.state.items.size) view.pan(-way[0] * 60, -way[1] * 60);
  }

  // Wherever the focus is on the page, but not while something is typed.
  function page(event) {
    if (!planner.editing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const typing = event.target.matches?.("input:not([type=checkbox]), textarea, select");
    const command = event.ctrlKey || event.metaKey;
    const letter = event.key.toLowerCase();
    // What is being typed counts.
    if (command && letter === "s" && typing) event.target.blur();
    if (command && letter === "s") document.querySelector("[data-save]").click();
    else if (typing) return;
    else if (command && letter === "z") (event.shiftKey ? redo : undo)(planner);
    else if (command && letter === "y") redo(planner);
    else if (command && letter === "d") duplicate(planner);
    else if (command && letter === "a" && planner.tool === "select") selectAll(planner);
    else if (!command && !event.altKey && letter === "v") planner.use("select");
    else if (!command && !event.altKey && letter === "o") planner.use("outline");
    else return;
    event.preventDefault();
  }

  sheet.addEventListener("keydown", onSheet);
  document.addEventListener("keydown", page);
  sheet.addEventListener("focusin", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (key && key !== planner.focused) planner.focus(key, { grab: false, reveal: event.target.matches(":focus-visible") });
  });
}
