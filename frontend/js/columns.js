// Widths of a list's columns: dragged, or set with the arrow keys; kept in this browser for each
// list. A list that nobody has touched keeps the widths its content asks for.
const LEAST = 48;
const MOST = 900;
const STEP = 16;

const keyOf = (list) => `widths:${list.dataset.list}`;
const headsOf = (table) => [...table.tHead.rows[0].cells];

function kept(list) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(list)) || "{}");
  } catch {
    return {};
  }
}

function keep(list, name, width) {
  try {
    localStorage.setItem(keyOf(list), JSON.stringify({ ...kept(list), [name]: width }));
  } catch { /* they last for this page then */ }
}

// What the columns do not fill, the last one takes, which holds the actions.
function stretch(table) {
  const widths = headsOf(table).map((head) => parseFloat(head.style.width) || head.offsetWidth);
  const sum = widths.slice(0, -1).reduce((all, width) => all + width, 0);
  table.style.width = `max(100%, ${Math.ceil(sum) + Number(table.dataset.rest)}px)`;
}

function fix(table, given = {}) {
  if (table.classList.contains("is-sized")) return;
  const heads = headsOf(table);
  const widths = heads.map((head) => head.getBoundingClientRect().width);
  table.dataset.rest = Math.ceil(widths.at(-1));
  heads.slice(0, -1).forEach((head, place) => {
    head.style.width = `${given[head.dataset.column] ?? widths[place]}px`;
  });
  table.classList.add("is-sized");
  stretch(table);
}

function set(head, width) {
  const table = head.closest("table");
  fix(table);
  const wanted = Math.round(Math.min(Math.max(width, LEAST), MOST));
  head.style.width = `${wanted}px`;
  head.querySelector(".column-grip").setAttribute("aria-valuenow", wanted);
  stretch(table);
  return wanted;
}

// As wide as the widest of the column's cells.
function fit(head) {
  const table = head.closest("table");
  set(head, LEAST);
  const cells = [...table.rows].map((row) => row.cells[head.cellIndex]);
  return set(head, Math.max(...cells.map((cell) => cell?.scrollWidth ?? 0)) + 1);
}

function drag(event) {
  const grip = event.target.closest(".column-grip");
  if (!grip || event.button) return;
  event.preventDefault();
  const head = grip.parentElement;
  const list = head.closest("[data-list]");
  const from = event.clientX - head.getBoundingClientRect().width;
  let width = null;
  grip.setPointerCapture(event.pointerId);
  const move = (moved) => { width = set(head, moved.clientX - from); };
  const end = new AbortController();
  const stop = () => {
    end.abort();
    if (width !== null) keep(list, head.dataset.column, width);
  };
  grip.addEventListener("pointermove", move, end);
  grip.addEventListener("pointerup", stop, end);
  grip.addEventListener("pointercancel", stop, end);
}

function press(event) {
  const grip = event.target.closest?.(".column-grip");
  if (!grip) return;
  const head = grip.parentElement;
  const now = head.getBoundingClientRect().width;
  const steps = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
  if (!steps && event.key !== "Enter") return;
  event.preventDefault();
  const width = steps ? set(head, now + steps) : fit(head);
  keep(head.closest("[data-list]"), head.dataset.column, width);
}

function addGrips(table) {
  if (!table.isConnected || table.querySelector(".column-grip")) return;
  const heads = headsOf(table).filter((head) => head.dataset.column);
  const widths = heads.map((head) => Math.round(head.getBoundingClientRect().width));
  heads.forEach((head, place) => {
    const grip = document.createElement("span");
    const attributes = { role: "separator", tabindex: 0, "aria-orientation": "vertical",
      "aria-label": `Width of ${head.textContent.trim()}`, "aria-valuenow": widths[place],
      "aria-valuemin": LEAST, "aria-valuemax": MOST };
    grip.className = "column-grip";
    for (const [name, value] of Object.entries(attributes)) grip.setAttribute(name, value);
    head.append(grip);
  });
}

// Widths that somebody chose are there at once; what to change them with, when nothing waits.
const whenIdle = window.requestIdleCallback ?? ((run) => setTimeout(run, 100));

export function sizeColumns(list) {
  const table = list.querySelector("table");
  if (!table) return;
  const given = kept(list);
  if (Object.keys(given).length) fix(table, given);
  whenIdle(() => addGrips(table), { timeout: 500 });
}

export function startColumns() {
  document.addEventListener("pointerdown", drag);
  document.addEventListener("keydown", press);
  document.addEventListener("dblclick", (event) => {
    const grip = event.target.closest(".column-grip");
    if (!grip) return;
    const head = grip.parentElement;
    keep(head.closest("[data-list]"), head.dataset.column, fit(head));
  });
  // "As at first" is for widths too.
  document.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "reset" || !event.target.closest("[data-columns]")) return;
    try {
      localStorage.removeItem(keyOf(event.target.closest("[data-list]")));
    } catch { /* nothing was kept */ }
  });
}
