// Moves devices within and between racks, by pointer and by keyboard, through the REST interface.
import { toast } from "../js/toasts.js";

const SVG = "http://www.w3.org/2000/svg";
const START = 5;
const LONG_PRESS = 450;

const home = document.querySelector("[data-elevations]");
const said = document.querySelector("[data-announce]");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
const api = (pk) => `${document.body.dataset.root}/api/dcim/devices/${pk}/`;

let pressed = null;
let carried = null;
let swallow = false;

const sheets = () => [...home.querySelectorAll("svg[data-rack]")];
const tray = () => home.querySelector("[data-tray]");
const named = (half) => (half % 2 ? `U${Math.floor(half / 2)}.5` : `U${half / 2}`);
// What a shape says of itself on its first line, as `rack-details.js` leaves it.
const nameOf = (shape) => (
  shape.getAttribute("aria-label") ?? shape.querySelector("title")?.textContent ?? ""
).split("\n")[0];
const say = (text) => { if (said) said.textContent = text; };

function grid(svg) {
  const d = svg.dataset;
  return {
    rack: Number(d.rack), name: d.name, side: d.side, down: Boolean(d.down),
    first: Number(d.first), end: Number(d.end), step: Number(d.step),
    left: Number(d.left), top: Number(d.top), width: Number(d.width),
  };
}

// What is carried

function pickUp(source, sticky) {
  const svg = source.closest("svg[data-rack]");
  const { device, size, face, deep, low } = source.dataset;
  drop();
  carried = {
    source, sticky, svg,
    device: Number(device), size: Number(size), face: face || "front", deep: Boolean(deep),
    rack: svg ? Number(svg.dataset.rack) : Number(source.dataset.rack) || null,
    low: low === undefined ? null : Number(low),
    name: source.dataset.name || nameOf(source),
    target: null, grip: Number(size) / 2,
    read: send("GET", api(device)),
  };
  carried.read.catch(() => {});
  source.classList.add("is-carried");
  home.classList.add("is-moving");
  document.dispatchEvent(new CustomEvent("elevations:changed"));
}

function drop() {
  if (!carried) return;
  carried.source.classList.remove("is-carried");
  home.classList.remove("is-moving");
  clear();
  carried = null;
}

function clear() {
  home.querySelectorAll(".drop").forEach((shape) => shape.remove());
  tray()?.classList.remove("is-target");
}

function leave(text = "Not moved.") {
  const { source } = carried;
  drop();
  source.focus();
  say(text);
}

// Where it would go

function clamp(place, low) {
  return Math.max(place.first, Math.min(place.end - carried.size, low));
}

function onto(svg, low) {
  const place = grid(svg);
  // On the drawing it came from, a device seen from behind stays mounted as it is.
  const face = carried.svg && carried.svg.dataset.side === place.side ? carried.face : place.side;
  carried.target = { svg, rack: place.rack, face, low: carried.size ? clamp(place, low) : null };
  show(place);
}

function ontoTray() {
  clear();
  carried.target = { rack: null, face: null, low: null };
  tray().classList.add("is-target");
  say(`${carried.name}: out of the rack. Enter to put it there.`);
}

function blocks(rack) {
  const found = new Map();
  for (const svg of sheets()) {
    if (Number(svg.dataset.rack) !== rack) continue;
    for (const shape of svg.querySelectorAll("[data-low]")) {
      const { device, low, size, face, deep } = shape.dataset;
      found.set(device || `${low}-${face}`, {
        device: Number(device) || 0, low: Number(low), end: Number(low) + Number(size),
        face, deep: Boolean(deep), name: nameOf(shape),
      });
    }
  }
  return [...found.values()];
}

function inTheWay({ rack, low, face }) {
  if (low === null) return null;
  return blocks(rack).find((other) => other.device !== carried.device
    && other.low < low + carried.size && other.end > low
    && (carried.deep || other.deep || other.face === face)) || null;
}

function show(place) {
  const { svg, low, face } = carried.target;
  const taken = inTheWay(carried.target);
  const offset = place.down ? low - place.first : place.end - low - carried.size;
  const top = carried.size ? place.top + offset * place.step : place.top;
  const height = carried.size ? carried.size * place.step : (place.end - place.first) * place.step;
  clear();
  const group = document.createElementNS(SVG, "g");
  group.setAttribute("class", taken ? "drop is-taken" : "drop");
  const box = document.createElementNS(SVG, "rect");
  for (const [key, value] of Object.entries({
    x: place.left, y: top, width: place.width, height, rx: 1.5,
  })) box.setAttribute(key, value);
  const label = document.createElementNS(SVG, "text");
  label.setAttribute("x", place.left + place.width / 2);
  label.setAttribute("y", top + height / 2 + 4);
  label.textContent = carried.size ? `${named(low)}${taken ? " taken" : ""}` : "Beside the units";
  group.append(box, label);
  svg.append(group);
  const where = carried.size ? `${named(low)}, ${face}` : "beside the units";
  say(`${place.name}, ${where}${taken ? `, taken by ${taken.name || "another device"}` : ", free"}`);
}

function lowAt(svg, event, fine) {
  const place = grid(svg);
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(
    svg.getScreenCTM().inverse(),
  );
  const fromTop = (point.y - place.top) / place.step - carried.grip;
  const exact = place.down ? place.first + fromTop : place.end - fromTop - carried.size;
  return fine ? Math.round(exact) : 2 * Math.round(exact / 2);
}

function follow(event) {
  const under = document.elementFromPoint(event.clientX, event.clientY);
  const svg = under?.closest("svg[data-rack]");
  if (svg && home.contains(svg)) onto(svg, lowAt(svg, event, event.shiftKey));
  else if (under?.closest("[data-tray]")) ontoTray();
  else { clear(); carried.target = null; }
  const edge = 48;
  if (event.clientY < edge) scrollBy(0, -16);
  else if (event.clientY > innerHeight - edge) scrollBy(0, 16);
}

// Storing it

async function send(method, url, body, etag) {
  const headers = { Accept: "application/json" };
  if (body) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": token });
  if (etag) headers["If-Match"] = etag;
  const response = await fetch(url, {
    method, headers, body: body && JSON.stringify(body), credentials: "same-origin",
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(reason(answer) || `The server answered ${response.status}.`);
  return { row: answer, etag: response.headers.get("ETag") };
}

function reason(answer) {
  if (answer.detail) return answer.detail;
  return Object.values(answer).flat(2).filter((text) => typeof text === "string").join(" ");
}

const placeOf = (row) => ({
  rack: row.rack?.id ?? null, position: row.position ?? null, face: row.face?.value ?? null,
});

async function place() {
  const { device, name, source, target, rack, low, read } = carried;
  if (!target) { leave(); return; }
  if (target.rack === rack && target.low === low && (!rack || target.face === carried.face)) {
    leave();
    return;
  }
  const ghost = home.querySelector(".drop")?.getBoundingClientRect();
  drop();
  source.classList.add("is-stored");
  try {
    const { row, etag } = await read;
    const now = placeOf(row);
    if (now.rack !== rack || (now.position === null ? null : now.position * 2) !== low) {
      await refresh([rack, target.rack, now.rack], device);
      throw new Error(`${name} has been moved since this page was read.`);
    }
    const wanted = {
      rack: target.rack, face: target.face,
      position: target.low === null ? null : target.low / 2,
    };
    const stored = await send("PATCH", api(device), wanted, etag);
    await refresh([rack, target.rack], device);
    const done = `${name}: ${told(stored.row)}`;
    say(done);
    toast(done, "success", {
      label: "Undo",
      run: () => undo(device, name, { ...now, location: row.location?.id ?? null }, stored, rack),
    });
  } catch (error) {
    if (source.isConnected && ghost) fly(ghost, source);
    source.classList.remove("is-stored");
    source.focus?.({ preventScroll: true });
    say(`Refused. ${error.message}`);
    toast(`${name} stays where it is. ${error.message}`, "error");
  }
}

function told(row) {
  if (!row.rack) return "out of the rack";
  if (row.position === null) return `in rack ${row.rack.name}, without units`;
  return `at ${named(row.position * 2)}, ${row.face?.label.toLowerCase()}, in rack ${row.rack.name}`;
}

async function undo(device, name, before, stored, rack) {
  try {
    await send("PATCH", api(device), before, stored.etag);
    await refresh([rack, stored.row.rack?.id ?? null], device);
    say(`${name} is back.`);
  } catch (error) {
    toast(`${name} was not moved back. ${error.message}`, "error");
  }
}

function fly(from, source) {
  const to = source.getBoundingClientRect();
  if (calm.matches) return;
  const box = document.createElement("div");
  box.className = "elevation-flyer";
  document.body.append(box);
  const frame = (rect) => ({
    left: `${rect.left}px`, top: `${rect.top}px`, width: `${rect.width}px`, height: `${rect.height}px`,
  });
  box.animate([frame(from), frame(to)], { duration: 220, easing: "ease-out" }).finished
    .finally(() => box.remove());
}

// The page again, only the racks that have changed

async function refresh(racks, device) {
  const url = new URL(location.href);
  if (home.dataset.elevations === "many") {
    for (const name of [...url.searchParams.keys()]) {
      if (!["face", "color"].includes(name)) url.searchParams.delete(name);
    }
    for (const rack of new Set(racks.filter(Boolean))) url.searchParams.append("id", rack);
    if (home.dataset.site) url.searchParams.set("tray", home.dataset.site);
  }
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) { location.reload(); return; }
  const text = await response.text();
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const old of home.querySelectorAll("[data-fragment]")) {
    const made = fresh.querySelector(`[data-fragment="${old.dataset.fragment}"]`);
    if (made) old.replaceWith(document.adoptNode(made));
  }
  document.dispatchEvent(new CustomEvent("elevations:changed"));
  home.querySelector(`[data-device="${device}"]`)?.focus({ preventScroll: true });
}

// By pointer

function press(event) {
  const source = event.target.closest("[data-device]");
  if (!source || event.button || carried || !home.contains(source)) return;
  pressed = { source, x: event.clientX, y: event.clientY, timer: 0 };
  if (event.pointerType === "mouse") return;
  pressed.timer = setTimeout(() => {
    pickUp(source, true);
    swallow = true;
    pressed = null;
    say(`${carried.name} taken up. Tap where it goes.`);
  }, LONG_PRESS);
}

function drag(event) {
  if (pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > START) {
    clearTimeout(pressed.timer);
    if (event.pointerType === "mouse") {
      const { source, x, y } = pressed;
      pickUp(source, false);
      carried.grip = grip(source, x, y);
    }
    pressed = null;
  }
  if (carried && (!carried.sticky || event.pointerType === "mouse")) {
    event.preventDefault();
    follow(event);
  }
}

function grip(source, x, y) {
  const svg = source.closest("svg[data-rack]");
  const size = Number(source.dataset.size);
  if (!svg || source.dataset.low === undefined) return size / 2;
  const box = source.querySelector(".body").getBoundingClientRect();
  return ((y - box.top) / box.height) * size;
}

function release(event) {
  clearTimeout(pressed?.timer);
  pressed = null;
  if (!carried || carried.sticky) return;
  swallow = true;
  setTimeout(() => { swallow = false; });
  follow(event);
  place();
}

function click(event) {
  if (swallow) {
    swallow = false;
    event.preventDefault();
    event.stopPropagation();
  } else if (carried?.sticky) {
    event.preventDefault();
    event.stopPropagation();
    carried.grip = carried.size / 2;
    follow(event);
    place();
  }
}

// By keyboard

function keys(event) {
  if (carried) {
    if (event.key === "Escape") { event.preventDefault(); leave(); }
    else if (event.key === "Enter") { event.preventDefault(); place(); }
    else if (event.key.startsWith("Arrow")) { event.preventDefault(); step(event); }
    else if (event.key === "Tab") leave();
    return;
  }
  const source = event.target.closest?.("[data-device]");
  if (!source || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "m" || event.key === " ") {
    event.preventDefault();
    event.stopPropagation();
    pickUp(source, true);
    begin();
  }
}

function begin() {
  const svg = carried.svg || sheets().find((each) => Number(each.dataset.rack) === carried.rack)
    || sheets()[0];
  if (!svg) { leave(); return; }
  if (carried.low !== null) { onto(svg, carried.low); return; }
  const place = grid(svg);
  onto(svg, place.first);
  for (let low = place.first; low + carried.size <= place.end && inTheWay(carried.target); low += 2) {
    onto(svg, low);
  }
}

function step(event) {
  const stops = [...sheets(), ...(tray() ? [null] : [])];
  const at = stops.indexOf(carried.target?.svg ?? null);
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const next = stops[(at + (event.key === "ArrowRight" ? 1 : -1) + stops.length) % stops.length];
    if (!next) { ontoTray(); return; }
    onto(next, carried.target?.low ?? carried.low ?? grid(next).first);
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
    return;
  }
  if (!carried.target?.svg || !carried.size) return;
  const { svg, low } = carried.target;
  const up = (event.key === "ArrowUp") !== grid(svg).down;
  const whole = up ? 2 * Math.floor(low / 2) + 2 : 2 * Math.ceil(low / 2) - 2;
  onto(svg, event.shiftKey ? low + (up ? 1 : -1) : whole);
}

if (home?.dataset.movable) {
  home.addEventListener("pointerdown", press);
  addEventListener("pointermove", drag);
  addEventListener("pointerup", release);
  addEventListener("pointercancel", () => {
    clearTimeout(pressed?.timer);
    pressed = null;
    if (carried && !carried.sticky) leave();
  });
  addEventListener("click", click, true);
  addEventListener("keydown", keys, true);
  home.addEventListener("dragstart", (event) => {
    if (event.target.closest("[data-device]")) event.preventDefault();
  });
  home.addEventListener("contextmenu", (event) => {
    if (carried || (pressed && pressed.timer)) event.preventDefault();
  });
}
