// Colours of racks by a figure, with their legend, and finding racks by name.
import { toast } from "../../js/toasts.js";
import { read } from "./server.js";
import { swatch } from "./inspector.js";
import { html } from "./svg.js";

export function startColours(planner) {
  const { home, drawing } = planner;
  const choice = home.querySelector("[data-colour]");
  const legend = home.querySelector("[data-legend]");
  let asked = 0;
  let lit = "";

  async function load() {
    const by = choice.value;
    const mine = ++asked;
    remember(by);
    lit = "";
    if (!by) return put(null);
    home.setAttribute("aria-busy", "true");
    try {
      const url = new URL(planner.urls.colours, location.href);
      url.searchParams.set("by", by);
      const found = await read(url);
      if (mine === asked) put(found);
    } catch (error) {
      if (mine === asked) toast(`The colours could not be read. ${error.message}`, "error");
    } finally {
      if (mine === asked) home.removeAttribute("aria-busy");
    }
  }

  function remember(by) {
    const url = new URL(location.href);
    if (by) url.searchParams.set("by", by);
    else url.searchParams.delete("by");
    history.replaceState(history.state, "", url);
    for (const link of document.querySelectorAll("[data-export]")) {
      const target = new URL(link.href);
      if (by) target.searchParams.set("by", by);
      else target.searchParams.delete("by");
      link.href = target;
    }
  }

  function put(found) {
    drawing.shades = new Map(Object.entries(found?.racks ?? {}));
    planner.colouring = found ? { label: choice.selectedOptions[0].textContent } : null;
    drawing.again();
    const counts = new Map();
    for (const [key, { color }] of drawing.shades) if (planner.item(key)) counts.set(color, (counts.get(color) ?? 0) + 1);
    legend.hidden = !found?.legend.length;
    legend.querySelector("h2").textContent = planner.colouring?.label ?? "";
    legend.querySelector("ul").replaceChildren(...(found?.legend ?? []).map(({ color, meaning }) => html("li", {}, html("button", {
      type: "button", class: "planner-legend", "data-color": color, "aria-pressed": "false",
    }, swatch(color), html("span", {}, meaning), html("span", { class: "figures quiet" }, String(counts.get(color) ?? 0))))));
    light("");
    planner.fire("colours");
  }

  // Lets racks of one colour stand out.
  function light(color) {
    lit = color;
    const dim = new Set();
    if (color) for (const item of planner.state.items.values()) if (drawing.shades.get(item.key)?.color !== color) dim.add(item.key);
    drawing.mark("is-dim", dim);
    for (const button of legend.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.color === color));
  }

  choice.addEventListener("change", load);
  legend.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    light(button.dataset.color === lit ? "" : button.dataset.color);
    const [meaning, count] = [...button.querySelectorAll("span:not(.planner-swatch)")].map((part) => part.textContent);
    planner.say(lit ? `${count} racks: ${meaning}` : "All racks.");
  });
  planner.on("plan", (reason) => { if (reason === "save") load(); });
  const given = new URL(location.href).searchParams.get("by");
  if (given !== null && [...choice.options].some((option) => option.value === given)) choice.value = given;
  load();
}

export function startSearch(planner) {
  const { home, drawing } = planner;
  const field = home.querySelector("[data-find]");
  const told = home.querySelector("[data-found]");
  let hits = [];
  let at = -1;

  function find() {
    const text = field.value.trim().toLowerCase();
    const all = [...planner.state.items.values()];
    hits = text ? all.filter((item) => (item.title || item.label || "").toLowerCase().includes(text)).map((item) => item.key) : [];
    // What begins so comes first.
    const starts = (key) => (planner.item(key).label || "").toLowerCase().startsWith(text) || (planner.item(key).short || "").toLowerCase().startsWith(text);
    hits.sort((a, b) => starts(b) - starts(a));
    const found = new Set(hits);
    drawing.mark("is-dim", new Set(text ? all.map((item) => item.key).filter((key) => !found.has(key)) : []));
    drawing.mark("is-found", found);
    at = -1;
    told.textContent = !text ? "" : hits.length ? `${hits.length} found` : "none";
  }

  function show(grab) {
    if (!hits.length) return;
    at = (at + 1) % hits.length;
    planner.lookAt([hits[at]]);
    planner.focus(hits[at], { grab });
    if (planner.editing && planner.tool === "select") planner.select([hits[at]], { say: false });
    told.textContent = `${at + 1} of ${hits.length}`;
  }

  field.addEventListener("input", find);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); show(false); }
    else if (event.key === "ArrowDown") { event.preventDefault(); show(true); }
    else if (event.key === "Escape" && field.value) { event.preventDefault(); field.value = ""; find(); }
  });
  const key = new URL(location.href).searchParams.get("key");
  if (key && planner.item(key)) {
    requestAnimationFrame(() => {
      planner.lookAt([key]);
      drawing.mark("is-found", new Set([key]));
      planner.focus(key, { grab: false });
    });
  }
}
