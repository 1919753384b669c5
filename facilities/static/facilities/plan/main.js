// The page of a floor plan: reads the document it came with and starts its parts.
import { duplicate, redo, rotate, takeOff, undo } from "./actions.js";
import { startCard } from "./card.js";
import { startColours, startSearch } from "./colours.js";
import { startDrops } from "./drop.js";
import { startFindings } from "./findings.js";
import { startInspector } from "./inspector.js";
import { startKeys } from "./keys.js";
import { startOutline } from "./outline.js";
import { startOverlay } from "./overlay.js";
import { Planner } from "./planner.js";
import { startPointer } from "./pointer.js";
import { startDrawingPanel, startOutlinePanel } from "./rooms.js";
import { startSaving } from "./saving.js";
import { startTray } from "./tray.js";

const home = document.querySelector("[data-planner]");
const source = document.getElementById("floor-plan");
if (home && source) start(JSON.parse(source.textContent));

function start(plan) {
  home.hidden = false;
  const planner = new Planner(home, plan);
  const overlay = startOverlay(planner);
  const outline = startOutline(planner);
  startPointer(planner, overlay);
  startDrops(planner, overlay);
  startKeys(planner);
  startCard(planner);
  startInspector(planner);
  startFindings(planner);
  startColours(planner);
  startSearch(planner);
  if (plan.plan.may_change) {
    startTray(planner);
    startSaving(planner);
    startOutlinePanel(planner, outline);
    startDrawingPanel(planner);
    startTools(planner);
  }
  startLooking(planner);
  planner.view.fit();
  home.planner = planner;
  home.dispatchEvent(new CustomEvent("floor-plan:ready", { bubbles: true }));
}

function startLooking(planner) {
  const { view } = planner;
  const ways = { in: () => view.zoom(1.4), out: () => view.zoom(1 / 1.4), fit: () => view.fit() };
  home.addEventListener("click", (event) => ways[event.target.closest("[data-zoom]")?.dataset.zoom]?.());
  const empty = home.querySelector("[data-empty]");
  const show = () => { empty.hidden = planner.editing || planner.state.items.size > 0; };
  for (const name of ["plan", "mode"]) planner.on(name, show);
  show();
}

function startTools(planner) {
  const edit = document.querySelector("[data-edit-plan]");
  edit.hidden = false;
  const doing = {
    undo: () => undo(planner), redo: () => redo(planner), rotate: () => rotate(planner),
    duplicate: () => duplicate(planner), remove: () => takeOff(planner),
  };
  home.addEventListener("click", (event) => {
    const what = event.target.closest("[data-do]")?.dataset.do;
    const tool = event.target.closest("[data-tool-choice]")?.dataset.toolChoice;
    if (what) doing[what]();
    if (tool) planner.use(tool);
  });
  const pressed = () => {
    for (const button of home.querySelectorAll("[data-tool-choice]")) button.setAttribute("aria-pressed", String(button.dataset.toolChoice === planner.tool));
    const none = !planner.chosen.size;
    for (const button of home.querySelectorAll("[data-needs-choice]")) button.setAttribute("aria-disabled", String(none));
  };
  const set = (on) => {
    planner.edit(on);
    document.querySelector("[data-looking]").hidden = on;
    document.querySelector("[data-saving]").hidden = !on;
    const url = new URL(location.href);
    if (on) url.searchParams.set("edit", "1");
    else url.searchParams.delete("edit");
    history.replaceState(history.state, "", url);
    planner.view.box = undefined;
    pressed();
  };
  edit.addEventListener("click", (event) => {
    event.preventDefault();
    set(true);
    planner.say("Editing.");
    planner.sheet.focus();
  });
  document.querySelector("[data-done]").addEventListener("click", () => {
    if (planner.store.changed) return planner.warn("There are changes that are not saved. Save or discard them first.");
    set(false);
    edit.focus();
  });
  for (const name of ["select", "tool", "mode", "plan"]) planner.on(name, pressed);
  if (new URL(location.href).searchParams.has("edit")) set(true);
}
