// The side panel: what is focused while one looks, exact numbers while one edits.
import { arrange } from "./actions.js";
import { moved } from "./arrange.js";
import { KINDS, cleared, kindName, nameOf } from "./check.js";
import { Fields } from "./fields.js";
import { area, bounds, boundsOf, tileOf, tiles } from "./geometry.js";
import { resizable } from "./overlay.js";
import { isRecord, withPlan } from "./store.js";
import { html, icon } from "./svg.js";
import { far, floor } from "./units.js";

const MOST = 500000;
const NOTES = 3;
const grouped = new Intl.NumberFormat("en");

export function startInspector(planner) {
  const home = planner.home.querySelector("[data-details]");
  const head = html("div", { class: "panel-head" });
  const body = html("div", { class: "planner-details" });
  const form = html("div", { class: "planner-fields" });
  const fields = new Fields(form);
  home.append(head, body, form);

  function show() {
    const items = planner.chosenItems;
    const item = items.length === 1 ? items[0] : !items.length && planner.item(planner.focused);
    const special = planner.editing && planner.tool !== "select";
    home.hidden = special;
    if (special) return;
    if (items.length > 1) many(items);
    else if (item) one(item, planner.editing && items.length === 1);
    else plan();
  }

  function title(text, ...more) {
    head.replaceChildren(html("h2", {}, text), ...more);
  }

  function facts(rows) {
    const list = html("dl", { class: "facts" });
    for (const [name, ...value] of rows) list.append(html("div", {}, html("dt", {}, name), html("dd", { class: "figures" }, ...value)));
    return list;
  }

  // Nothing is chosen: the sheet itself.
  function plan() {
    const { plan: sheet, state } = planner;
    const racks = [...state.items.values()].filter((item) => item.kind === "rack").length;
    const room = sheet.outline?.length ? area(sheet.outline) : sheet.width * sheet.depth;
    title(planner.editing ? "Sheet" : sheet.name);
    const rows = [
      ["Room", floor(room)],
      ["Sheet", `${far(sheet.width)} × ${far(sheet.depth)}, ${tiles(sheet.width, sheet.tile_width).split(" ")[0]} × ${tiles(sheet.depth, sheet.tile_depth)}`],
      ["Racks", `${grouped.format(racks)} placed${state.tray.size ? `, ${grouped.format(state.tray.size)} waiting` : ""}`],
    ];
    body.replaceChildren(facts(rows));
    if (!planner.editing) return fields.show("", []);
    fields.show("plan", [
      number("width", "Sheet across", sheet.width, set("width"), { min: 1000 }),
      number("depth", "Sheet down", sheet.depth, set("depth"), { min: 1000 }),
      number("tile_width", "Tile across", sheet.tile_width, set("tile_width"), { min: 100, max: 5000 }),
      number("tile_depth", "Tile down", sheet.tile_depth, set("tile_depth"), { min: 100, max: 5000 }),
      number("front_clearance", "Wanted in front", sheet.front_clearance, set("front_clearance"), { max: 10000 }),
      number("rear_clearance", "Wanted behind", sheet.rear_clearance, set("rear_clearance"), { max: 10000 }),
    ]);
  }

  const set = (name) => (value) => planner.store.commit("change of the sheet", withPlan(planner.store.settled, { [name]: value }));

  function number(name, label, value, change, more = {}) {
    return { name, label, value, set: change, unit: "mm", min: 0, max: MOST, ...more };
  }

  function one(item, editable) {
    const open = item.url && isRecord(item.key) ? html("a", { class: "button", href: item.url }, "Open") : "";
    title(nameOf(item), html("div", { class: "actions" }, open));
    const shade = planner.drawing.shades.get(item.key);
    const box = bounds(item);
    const rows = [["What", describe(item)]];
    if (shade) rows.push([planner.colouring?.label ?? "Figure", swatch(shade.color), ` ${shade.text}`]);
    rows.push(["Tile", tileOf(planner.plan, box.left + 1, box.top + 1) || "off the sheet"]);
    rows.push(["Size", `${far(item.width)} × ${far(item.depth)}`]);
    if (!editable) {
      rows.push(["From the corner", `${far(box.left)} across, ${far(box.top)} down`]);
      if (item.rotation) rows.push(["Turned", `${item.rotation}°`]);
    }
    const wrong = [
      ...(planner.refused.get(item.key)?.texts ?? []).map((text) => ["error", text]),
      ...planner.findings.filter((finding) => finding.keys.includes(item.key)).map((finding) => [finding.level, finding.text]),
    ];
    const rest = wrong.length > NOTES ? [html("p", { class: "planner-note quiet" }, `${wrong.length - NOTES} more below`)] : [];
    const notes = wrong.slice(0, NOTES).map(([level, text]) => html("p", { class: `planner-note is-${level}` }, icon(level === "error" ? "circle-x" : "triangle-alert"), html("span", {}, text)));
    body.replaceChildren(facts(rows), ...notes, ...rest);
    fields.show(editable ? `item ${item.kind} ${isRecord(item.key)}` : "", editable ? ofItem(item) : []);
  }

  function describe(item) {
    if (!item.title) return kindName(item.kind);
    const rest = item.title.startsWith(item.label) ? item.title.slice(item.label.length).replace(/^[\s·,]+/, "") : item.title;
    return rest || kindName(item.kind);
  }

  function ofItem(item) {
    const change = (values) => planner.put(`change of ${nameOf(item)}`, [{ ...planner.item([...planner.chosen][0]), ...values }]);
    // Its left and upper edges stay where they are.
    const grow = (values) => {
      const now = planner.item([...planner.chosen][0]);
      const [was, will] = [bounds(now), bounds({ ...now, ...values })];
      change({ ...values, x: Math.round(now.x + was.left - will.left), y: Math.round(now.y + was.top - will.top) });
    };
    const box = bounds(item);
    const list = [];
    if (!isRecord(item.key)) {
      const kinds = Object.entries(KINDS).filter(([kind]) => !["rack", "equipment"].includes(kind));
      list.push({ name: "label", label: "Label", value: item.label, type: "text", max: 100, wide: true, set: (label) => change({ label }) });
      list.push({ name: "kind", label: "Kind", value: item.kind, options: kinds, wide: true, set: (kind) => change({ kind }) });
    }
    list.push(
      number("left", "From left", Math.round(box.left), (to) => shift(to - Math.round(box.left), 0), { max: planner.plan.width }),
      number("top", "From top", Math.round(box.top), (to) => shift(0, to - Math.round(box.top)), { max: planner.plan.depth }),
    );
    if (resizable(item)) {
      list.push(
        number("item_width", "Width", item.width, (width) => grow({ width }), { min: 10, max: 100000 }),
        number("item_depth", "Depth", item.depth, (depth) => grow({ depth }), { min: 10, max: 100000 }),
      );
    }
    const turns = [["0", "0° · front down"], ["90", "90° · front left"], ["180", "180° · front up"], ["270", "270° · front right"]];
    if (item.kind === "rack") list.push({ name: "rotation", label: "Turned", value: item.rotation, options: turns, wide: true, set: (to) => change({ rotation: Number(to) }) });
    else list.push(number("angle", "Turned", item.rotation, (rotation) => change({ rotation }), { unit: "°", max: 359, step: 15 }));
    if (item.kind === "rack") {
      const full = cleared(item, planner.plan);
      list.push(
        number("rack_front", "Wanted in front", full.front_clearance, (front_clearance) => change({ front_clearance }), { max: 10000 }),
        number("rack_rear", "Wanted behind", full.rear_clearance, (rear_clearance) => change({ rear_clearance }), { max: 10000 }),
      );
    }
    return list;
  }

  function shift(dx, dy) {
    const items = planner.chosenItems;
    planner.put("move to exact numbers", items.map((item) => moved(item, dx, dy)));
  }

  function many(items) {
    title(`${items.length} selected`);
    const box = boundsOf(items);
    const { plan: sheet } = planner;
    const kinds = new Map();
    for (const item of items) kinds.set(kindName(item.kind), (kinds.get(kindName(item.kind)) ?? 0) + 1);
    body.replaceChildren(facts([
      ["What", [...kinds].map(([kind, count]) => `${count} × ${kind.toLowerCase()}`).join(", ")],
      ["Size", `${far(box.right - box.left)} × ${far(box.bottom - box.top)}`],
      ["In tiles", `${tiles(box.right - box.left, sheet.tile_width)} × ${tiles(box.bottom - box.top, sheet.tile_depth)}`],
    ]));
    fields.show("many", [
      number("left", "From left", Math.round(box.left), (to) => shift(to - Math.round(box.left), 0), { max: sheet.width }),
      number("top", "From top", Math.round(box.top), (to) => shift(0, to - Math.round(box.top)), { max: sheet.depth }),
    ]);
  }

  planner.home.addEventListener("click", (event) => {
    const how = event.target.closest("[data-arrange]")?.dataset.arrange;
    if (!how) return;
    event.target.closest("details").open = false;
    planner.focus([...planner.chosen].at(-1), { say: false, reveal: false });
    arrange(planner, how);
  });
  for (const name of ["plan", "select", "focus", "mode", "tool", "findings", "colours"]) planner.on(name, show);
  show();
}

export function swatch(color) {
  const made = html("span", { class: "planner-swatch" });
  made.style.setProperty("--tone", `#${color}`);
  return made;
}
