// The side panels of the outline and of the drawing behind it.
import { toast } from "../../js/toasts.js";
import { Fields } from "./fields.js";
import { area, tileOf } from "./geometry.js";
import { read, upload } from "./server.js";
import { withPlan } from "./store.js";
import { html, icon } from "./svg.js";
import { far, floor } from "./units.js";

export function startOutlinePanel(planner, outline) {
  const home = planner.home.querySelector("[data-outline-panel]");
  const list = home.querySelector("[data-points]");
  const told = home.querySelector("[data-outline-told]");
  const fault = home.querySelector("[data-outline-fault]");

  function show() {
    const active = planner.editing && planner.tool === "outline";
    home.hidden = !active;
    if (!active) return;
    const { draft } = { draft: outline.drafting };
    for (const part of home.querySelectorAll("[data-drafting]")) part.hidden = (part.dataset.drafting === "yes") !== Boolean(draft);
    const points = planner.plan.outline ?? [];
    if (draft) {
      told.textContent = draft.points.length
        ? `${draft.points.length} ${draft.points.length === 1 ? "corner" : "corners"} so far. Press the first one again to close.`
        : "Press on the sheet where the room's corners are.";
      return list.replaceChildren();
    }
    told.textContent = points.length ? `${points.length} points, ${floor(area(points))}` : "The room is the whole sheet.";
    if (list.children.length !== points.length) list.replaceChildren(...points.map((_, index) => line(index)));
    points.forEach((point, index) => {
      const inputs = list.children[index].querySelectorAll("input");
      inputs.forEach((input, axis) => { if (input !== document.activeElement) input.value = point[axis]; });
      list.children[index].querySelector("[data-tile]").textContent = tileOf(planner.plan, ...point) || "edge";
    });
  }

  function line(index) {
    const field = (axis, name) => {
      const input = html("input", { class: "input figures", type: "number", step: 100, min: 0, "aria-label": `Point ${index + 1}, mm ${name}` });
      input.addEventListener("change", () => {
        const points = planner.plan.outline.map((point, n) => (n === index ? point.map((value, way) => (way === axis ? Math.round(Number(input.value)) : value)) : point));
        if (!outline.commit("move of a point", points)) input.value = planner.plan.outline[index][axis];
      });
      return input;
    };
    const button = (name, label, run) => {
      const made = html("button", { type: "button", class: "button button-quiet button-icon", "aria-label": `${label} point ${index + 1}`, title: label }, icon(name));
      made.addEventListener("click", run);
      return made;
    };
    return html("li", {}, html("span", { class: "quiet figures", "data-tile": "" }), field(0, "across"), field(1, "down"),
      button("plus", "Insert after", () => outline.insert(index)), button("x", "Remove", () => outline.remove(index)));
  }

  home.addEventListener("click", (event) => {
    const what = event.target.closest("[data-outline]")?.dataset.outline;
    if (what === "draw") outline.begin();
    else if (what === "close") outline.close();
    else if (what === "stop") outline.giveUp();
    else if (what === "whole") outline.whole();
  });
  planner.on("fault", (text) => {
    fault.hidden = !text;
    fault.textContent = text;
  });
  for (const name of ["plan", "tool", "mode", "outline"]) planner.on(name, show);
}

export function startDrawingPanel(planner) {
  const home = planner.home.querySelector("[data-drawing-panel]");
  const file = home.querySelector("[data-drawing-file]");
  const fields = new Fields(home.querySelector("[data-drawing-fields]"));
  const told = home.querySelector("[data-drawing-told]");
  const fault = home.querySelector("[data-drawing-fault]");

  function show() {
    const active = planner.editing && planner.tool === "drawing";
    home.hidden = !active;
    if (!active) return;
    const { drawing } = planner.plan;
    home.querySelector("[data-drawing-remove]").hidden = !drawing;
    told.textContent = drawing
      ? `Drag it into place on the sheet. It is ${far(drawing.width)} × ${far(drawing.height)} there.`
      : "An SVG, PNG, JPEG or DXF file, such as the architect's plan. Trace the outline over it.";
    if (!drawing) return fields.show("", []);
    const number = (name, label, more = {}) => ({
      name: `drawing_${name}`, label, value: drawing[name], unit: "mm", min: -500000, max: 500000, ...more,
      set: (value) => set({ [name]: value }),
    });
    fields.show("drawing", [
      number("x", "From left"), number("y", "From top"), number("width", "Width", { min: 1 }),
      number("opacity", "Opacity", { min: 0, max: 100, unit: "%", step: 5 }),
    ]);
  }

  function set(values) {
    const next = { ...planner.plan.drawing, ...values };
    if (values.width) next.height = Math.round((planner.plan.drawing.height * values.width) / planner.plan.drawing.width);
    planner.store.commit("change of the drawing", withPlan(planner.store.settled, { drawing: next }), "drawing");
  }

  // The file is stored at once, apart from the other changes, which stay as they are.
  async function send(value) {
    fault.hidden = true;
    home.setAttribute("aria-busy", "true");
    try {
      await upload(planner.urls.drawing, "drawing", value);
      planner.store.rebase(await read(planner.urls.document));
      planner.say(value ? "The drawing is behind the plan." : "The drawing is taken away.");
    } catch (error) {
      fault.textContent = error.message;
      fault.hidden = false;
      toast(`The drawing was not stored. ${error.message}`, "error");
    } finally {
      home.removeAttribute("aria-busy");
      file.value = "";
    }
  }

  file.addEventListener("change", () => { if (file.files[0]) send(file.files[0]); });
  home.querySelector("[data-drawing-remove]").addEventListener("click", () => send(""));
  for (const name of ["plan", "tool", "mode"]) planner.on(name, show);
}
