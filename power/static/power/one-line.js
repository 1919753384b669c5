// Draws the one-line diagram from the page's JSON, lets nodes be failed and shows what follows.
import * as dagre from "../vendor/dagre.js";

const SVG = "http://www.w3.org/2000/svg";
const SIZES = { link: [16, 16] };
const BOX = [122, 44];
const STEPS = [50, 70, 85, 100];

const home = document.querySelector("[data-one-line]");
const source = document.getElementById("one-line-graph");
if (home && source) start(JSON.parse(source.textContent));

function make(name, attributes = {}, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function level(percent, live) {
  if (!live) return "dead";
  if (percent === null || percent === undefined) return "unknown";
  return String(1 + STEPS.filter((bound) => percent > bound).length);
}

function short(text, most) {
  return text.length > most ? `${text.slice(0, Math.ceil(most / 2) - 1)}…${text.slice(-Math.floor(most / 2))}` : text;
}

function kilo(value, unit) {
  if (value === null || value === undefined) return "unknown";
  return Math.abs(value) >= 10000
    ? `${(value / 1000).toFixed(1)} k${unit}`
    : `${Math.round(value)} ${unit}`;
}

function percent(value) {
  return value === null || value === undefined ? "?" : `${Math.round(value)} %`;
}

function start(graph) {
  const svg = home.querySelector(".one-line-svg");
  const side = home.querySelector("[data-side]");
  const told = document.getElementById("consequences");
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const failed = new Set(new URLSearchParams(location.search).getAll("fail"));
  const drawn = new Map();
  let lines = [];
  let chosen = "";
  let view = { x: 0, y: 0, width: 100, height: 100 };
  let all = view;
  let asked = 0;
  let changed = new Map();

  // What all names begin with, the site as a rule, is left out of the boxes.
  const names = graph.nodes.filter((node) => node.kind !== "link").map((node) => node.display);
  let prefix = names.reduce((a, b) => {
    let same = 0;
    while (same < a.length && a[same] === b[same]) same += 1;
    return a.slice(0, same);
  }, names[0] || "");
  prefix = prefix.slice(0, prefix.lastIndexOf("-") + 1);
  const bare = (name) => (name.length > prefix.length ? name.slice(prefix.length) : name);

  home.hidden = false;
  const feeds = home.querySelector("[data-feeds]");
  feeds.checked = graph.nodes.filter((node) => node.kind === "feed").length <= 24;
  feeds.addEventListener("change", draw);
  draw();
  read();

  function shown(node) {
    return feeds.checked || (node.kind !== "feed" && node.kind !== "pdu");
  }

  // Places every node once; failing recolours and never moves anything.
  function draw() {
    const plan = new dagre.graphlib.Graph();
    plan.setGraph({ rankdir: "TB", nodesep: 10, ranksep: 34, marginx: 12, marginy: 44, ranker: "tight-tree" });
    plan.setDefaultEdgeLabel(() => ({}));
    for (const node of graph.nodes.filter(shown)) {
      const [width, height] = SIZES[node.kind] || BOX;
      plan.setNode(node.id, { width, height });
    }
    const edges = graph.edges.filter((edge) => plan.hasNode(edge.from) && plan.hasNode(edge.to));
    for (const edge of edges) plan.setEdge(edge.from, edge.to);
    dagre.layout(plan);

    svg.replaceChildren();
    drawn.clear();
    const wires = svg.appendChild(make("g"));
    lines = edges.map((edge) => {
      const points = plan.edge(edge.from, edge.to).points;
      const path = make("path", { d: `M${points.map((p) => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join("L")}` });
      wires.append(path);
      return [edge, path];
    });
    for (const id of plan.nodes()) {
      const place = plan.node(id);
      const group = symbol(nodes.get(id), place);
      drawn.set(id, { group, place });
      svg.append(group);
    }
    const { width, height } = plan.graph();
    all = { x: 0, y: 0, width: Math.max(width || 100, 300), height: Math.max(height || 100, 200) };
    fit();
    paint();
    const first = drawn.get(chosen) || drawn.values().next().value;
    if (first) first.group.setAttribute("tabindex", "0");
  }

  function symbol(node, { x, y, width, height }) {
    const group = make("g", {
      transform: `translate(${(x - width / 2).toFixed(1)} ${(y - height / 2).toFixed(1)})`,
      tabindex: "-1",
      role: "button",
      "data-id": node.id,
    });
    if (node.kind === "link") {
      group.append(make("rect", { class: "dot", width, height, rx: 2 }));
    } else {
      group.append(make("rect", { class: "box", width, height, rx: 5 }));
      group.append(make("rect", { class: "bar", width: 4, height: height - 10, x: 4, y: 5, rx: 2 }));
      group.append(make("text", { class: "name", x: 13, y: 18 }, short(bare(node.display), 16)));
      group.append(make("text", { class: "what", x: 13, y: height - 8 }, node.kind));
      group.append(make("text", { class: "figure", x: width - 7, y: height - 8 }));
    }
    if (node.mark) {
      const mark = group.appendChild(make("g", { class: `alarm tone-${node.mark.tone}`, transform: `translate(${width - 3} 3)` }));
      mark.append(make("title", {}, node.mark.text), make("circle", { r: node.kind === "link" ? 4 : 8 }));
      if (node.kind !== "link") mark.append(make("text", { y: 4 }, node.mark.short));
    }
    group.append(make("path", { class: "cross", d: `M3 3L${width - 3} ${height - 3}M${width - 3} 3L3 ${height - 3}` }));
    return group;
  }

  // Colours by the worst case, or while something has failed by the load that follows.
  function paint() {
    for (const [id, { group }] of drawn) {
      const node = nodes.get(id);
      const now = state(node);
      group.setAttribute("class", `level-${level(now.percent, now.live)}${failed.has(node.node) ? " failed" : ""}${id === chosen ? " chosen" : ""}`);
      let words = `${node.display}, ${node.kind}: ${now.live ? percent(now.percent) : "without power"}${failed.size ? "" : " in the worst case"}`;
      if (node.mark) words += `, ${node.mark.text}`;
      group.setAttribute("aria-label", failed.has(node.node) ? `${words}, failed` : words);
      const figure = group.querySelector(".figure");
      if (figure) figure.textContent = now.live ? (now.stored ? `⌁ ${percent(now.percent)}` : percent(now.percent)) : "off";
    }
    for (const [edge, path] of lines) {
      const up = state(nodes.get(edge.from));
      const down = state(nodes.get(edge.to));
      const carries = failed.size ? down.va > 0 : edge.share > 0;
      path.setAttribute("class", !up.live ? "dead" : carries ? "" : "idle");
    }
  }

  function state(node) {
    const after = changed.get(node.id);
    if (after) return after;
    return { live: node.live, va: node.va, percent: failed.size ? node.percent : node.worst_percent };
  }

  function choose(id, focus = true) {
    const before = drawn.get(chosen);
    if (before) before.group.setAttribute("tabindex", "-1");
    chosen = id;
    const here = drawn.get(id);
    if (!here) return;
    here.group.setAttribute("tabindex", "0");
    if (focus) here.group.focus({ preventScroll: true });
    reveal(here.place);
    paint();
    tell(nodes.get(id));
  }

  function tell(node) {
    const now = changed.get(node.id);
    const byWatts = node.usable_va === null && node.usable_w !== null;
    const unit = byWatts ? "W" : "VA";
    const facts = [
      ["Kind", node.kind],
      ["Load now", `${kilo(byWatts ? node.w : node.va, unit)}${node.percent === null ? "" : ` · ${percent(node.percent)}`}`],
      ["Worst case", `${kilo(node.worst_va, "VA")}${node.worst_percent === null ? "" : ` · ${percent(node.worst_percent)}`}`],
      ["when this fails", node.cause || "nothing"],
      ["Usable", kilo(byWatts ? node.usable_w : node.usable_va, unit)],
      ["Headroom", kilo(node.headroom_va, unit)],
    ];
    if (node.mark) facts.push(["Alerts", node.mark.text]);
    if (failed.size) facts.push(["After the failure", now ? (now.live ? `${kilo(now.va, "VA")} · ${percent(now.percent)}` : "without power") : "as now"]);
    const head = document.createElement("div");
    head.className = "panel-head";
    head.append(Object.assign(document.createElement("h2"), { textContent: node.display }));
    const list = document.createElement("dl");
    list.className = "facts";
    for (const [name, value] of facts) {
      const row = document.createElement("div");
      row.append(Object.assign(document.createElement("dt"), { textContent: name }));
      row.append(Object.assign(document.createElement("dd"), { textContent: value, className: "figures" }));
      list.append(row);
    }
    const actions = document.createElement("div");
    actions.className = "actions";
    const fails = failed.has(node.node);
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: fails ? "button" : "button button-danger",
      textContent: fails ? "Restore" : "Fail it",
    });
    button.addEventListener("click", () => toggle(node));
    actions.append(button);
    if (node.url) {
      const page = new URL(node.url, location.href);
      actions.append(Object.assign(document.createElement("a"), { className: "button", href: page.pathname.replace("/api/", "/"), textContent: "Open" }));
    }
    if (failed.size) {
      const none = Object.assign(document.createElement("button"), { type: "button", className: "button button-quiet", textContent: "Restore all" });
      none.addEventListener("click", () => { failed.clear(); ask(); });
      actions.append(none);
    }
    side.replaceChildren(head, list, actions);
  }

  function toggle(node) {
    if (failed.has(node.node)) failed.delete(node.node);
    else failed.add(node.node);
    ask();
  }

  async function ask() {
    const query = new URLSearchParams(location.search);
    query.delete("fail");
    for (const each of failed) query.append("fail", each);
    history.replaceState(null, "", `${location.pathname}?${query}`);
    for (const box of document.querySelectorAll('#nodes input[name="fail"]')) box.checked = failed.has(box.value);
    const mine = ++asked;
    home.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${home.dataset.consequences}?${query}`, { headers: { Accept: "text/html" } });
      const text = await answer.text();
      if (mine !== asked) return;
      if (answer.redirected) return location.reload();
      told.innerHTML = answer.ok ? text : '<div class="notice notice-fault" role="alert"><p>The simulation failed. Try again.</p></div>';
    } catch {
      if (mine === asked) told.innerHTML = '<div class="notice notice-fault" role="alert"><p>The server does not answer.</p></div>';
    } finally {
      if (mine === asked) home.removeAttribute("aria-busy");
    }
    if (mine === asked) read();
  }

  function read() {
    const found = document.getElementById("one-line-changed");
    changed = new Map((found ? JSON.parse(found.textContent) : []).map((each) => [each.id, each]));
    paint();
    const node = nodes.get(chosen);
    if (node) tell(node);
    home.dispatchEvent(new CustomEvent("one-line:painted"));
  }

  // Seeing: the view box is what is looked at.
  function look(next) {
    view = next;
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  }

  function fit() {
    look({ ...all });
  }

  function zoom(factor, x = view.x + view.width / 2, y = view.y + view.height / 2) {
    const width = Math.min(Math.max(view.width * factor, 200), all.width * 4);
    const by = width / view.width;
    look({ x: x - (x - view.x) * by, y: y - (y - view.y) * by, width, height: view.height * by });
  }

  function scale() {
    const { width, height } = svg.getBoundingClientRect();
    return Math.max(view.width / width, view.height / height);
  }

  function reveal({ x, y }) {
    const { width, height } = svg.getBoundingClientRect();
    const by = scale();
    const half = [(width * by) / 2, (height * by) / 2];
    const middle = [view.x + view.width / 2, view.y + view.height / 2];
    const away = Math.abs(x - middle[0]) > half[0] - 40 || Math.abs(y - middle[1]) > half[1] - 30;
    if (away) look({ ...view, x: x - view.width / 2, y: y - view.height / 2 });
  }

  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = svg.getBoundingClientRect();
    const by = scale();
    const x = view.x + view.width / 2 + (event.clientX - box.left - box.width / 2) * by;
    const y = view.y + view.height / 2 + (event.clientY - box.top - box.height / 2) * by;
    zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, x, y);
  }, { passive: false });

  let drag = null;
  svg.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY, view, moved: false };
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drag || !(event.buttons & 1)) return;
    const by = scale();
    const dx = (event.clientX - drag.x) * by;
    const dy = (event.clientY - drag.y) * by;
    if (Math.abs(dx) + Math.abs(dy) > 4 * by) drag.moved = true;
    if (drag.moved) look({ ...view, x: drag.view.x - dx, y: drag.view.y - dy });
  });
  svg.addEventListener("click", (event) => {
    const group = event.target.closest("g[data-id]");
    if (group && !(drag && drag.moved)) choose(group.dataset.id);
  });

  home.querySelectorAll("[data-zoom]").forEach((button) => {
    button.addEventListener("click", () => {
      if (button.dataset.zoom === "fit") fit();
      else zoom(button.dataset.zoom === "in" ? 0.7 : 1 / 0.7);
    });
  });

  svg.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const group = event.target.closest("g[data-id]");
    const id = group ? group.dataset.id : chosen;
    const node = nodes.get(id);
    const moves = { ArrowUp: () => near(id, "up"), ArrowDown: () => near(id, "down"), ArrowLeft: () => beside(id, -1), ArrowRight: () => beside(id, 1) };
    if (moves[event.key]) {
      const next = moves[event.key]();
      if (next) choose(next);
    } else if (event.key === "Enter" || event.key === " ") choose(id);
    else if (event.key === "f" || event.key === "F") { choose(id); toggle(node); }
    else if (event.key === "+") zoom(0.7);
    else if (event.key === "-") zoom(1 / 0.7);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
  });

  function near(id, way) {
    const [here, there] = way === "up" ? ["to", "from"] : ["from", "to"];
    const reached = lines.map(([edge]) => edge).filter((edge) => edge[here] === id).sort((a, b) => b.share - a.share);
    return reached.length ? reached[0][there] : "";
  }

  function beside(id, way) {
    const { place } = drawn.get(id);
    let best = "";
    let least = Infinity;
    for (const [other, { place: there }] of drawn) {
      const dx = (there.x - place.x) * way;
      if (dx > 1 && Math.abs(there.y - place.y) < 30 && dx < least) {
        least = dx;
        best = other;
      }
    }
    return best;
  }

  const print = document.querySelector("[data-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => { fit(); window.print(); });
  }
}
