// What is not on the plan yet: new things, and racks and equipment that wait for a place.
import { add, place } from "./actions.js";
import { change, read } from "./server.js";
import { html, icon } from "./svg.js";

const SHOWN = 200;

export function startTray(planner) {
  const { home } = planner;
  const list = home.querySelector("[data-tray]");
  const search = home.querySelector("[data-tray-search]");
  const count = home.querySelector("[data-tray-count]");
  const none = home.querySelector("[data-tray-none]");
  const rowForm = home.querySelector("[data-row-form]");
  let shown = null;

  const wanted = () => {
    const text = search.value.trim().toLowerCase();
    return [...planner.state.tray.values()].filter((item) => (item.title || item.label).toLowerCase().includes(text));
  };

  function show() {
    if (!planner.editing || shown === planner.state.tray) return;
    shown = planner.state.tray;
    const items = wanted();
    const here = list.contains(document.activeElement) ? [...list.children].indexOf(document.activeElement.closest("li")) : -1;
    list.replaceChildren(...items.slice(0, SHOWN).map(entry));
    if (items.length > SHOWN) list.append(html("li", { class: "quiet" }, `${items.length - SHOWN} more: search for them.`));
    if (here >= 0) list.children[Math.min(here, list.children.length - 1)]?.querySelector("button")?.focus();
    const { unplaced, unplaced_count: all = unplaced.length } = planner.store.document;
    count.textContent = String(shown.size + all - unplaced.length);
    none.hidden = shown.size > 0;
    search.hidden = shown.size < 8;
    rowForm.querySelector("button").setAttribute("aria-disabled", String(![...shown.values()].some((item) => item.kind === "rack")));
  }

  function entry(item) {
    const rest = (item.title || "").startsWith(item.label) ? item.title.slice(item.label.length).replace(/^[\s·,]+/, "") : item.title;
    return html("li", {}, html("button", { type: "button", class: "planner-waiting", "data-tray-key": item.key },
      icon(item.kind === "rack" ? "rack" : "zap"), html("span", {}, item.label), html("small", {}, rest || "")));
  }

  search.addEventListener("input", () => { shown = null; show(); });
  home.addEventListener("click", (event) => {
    const adds = event.target.closest("[data-add]");
    const waiting = event.target.closest("[data-tray-key]");
    if (adds) add(planner, adds.dataset.add);
    else if (waiting) place(planner, [waiting.dataset.trayKey]);
  });
  // A row: as many of the racks in the list as are asked for, side by side.
  rowForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = Number(rowForm.elements.count.value);
    const racks = wanted().filter((item) => item.kind === "rack").slice(0, asked);
    place(planner, racks.map((item) => item.key), { rotation: Number(rowForm.elements.facing.value) });
    if (racks.length < asked) planner.say(`Only ${racks.length} racks were waiting; they are placed.`);
  });
  for (const name of ["plan", "mode"]) planner.on(name, show);
  startNewRacks(planner, () => Number(rowForm.elements.facing.value));
}

// Planned racks of names that go on from the first: records at once, placed side by side.
function startNewRacks(planner, facing) {
  const form = planner.home.querySelector("[data-new-form]");
  const fault = form.querySelector("[data-new-fault]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy")) return;
    const { site, location } = form.dataset;
    const where = { site: Number(site), ...(location ? { location: Number(location) } : {}) };
    const names = following(form.elements.first.value.trim(), Number(form.elements.count.value));
    fault.hidden = true;
    form.setAttribute("aria-busy", "true");
    try {
      const made = await change(form.dataset.racks, names.map((name) => ({ name, status: "planned", ...where })), "POST");
      planner.store.rebase(await read(planner.urls.document));
      planner.select([], { say: false });
      place(planner, made.map((rack) => `rack:${rack.id}`), { rotation: facing() });
      form.elements.first.value = following(names.at(-1), 2)[1];
    } catch (error) {
      fault.textContent = `Nothing was recorded. ${error.message}`;
      fault.hidden = false;
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
}

// A01, A02 … from the first; without digits at its end, A 1, A 2.
export function following(first, count) {
  const [, stem, digits] = /^(.*?)(\d*)$/.exec(first);
  const from = Number(digits || 1);
  return Array.from({ length: count }, (_, n) => `${stem}${digits ? "" : " "}${String(from + n).padStart(digits.length, "0")}`);
}
