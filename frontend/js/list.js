// Lists: selection, keyboard, column order. Works by delegation, so swapped lists need no set-up
// but their first state.
import { sizeColumns, startColumns } from "./columns.js";
import { openRowMenu, prepareRowMenu, startRowMenu } from "./row-menu.js";

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, summary";

let last = null;

const list = () => document.querySelector("[data-list]");
const boxes = () => [...(list()?.querySelectorAll("tbody input[name=pk]") ?? [])];
const rows = () => [...(list()?.querySelectorAll("tbody tr") ?? [])];

function showSelection() {
  const bar = list()?.querySelector("[data-bulk]");
  if (!bar) return;
  const all = boxes();
  const chosen = all.filter((box) => box.checked);
  for (const box of all) box.closest("tr").classList.toggle("is-selected", box.checked);
  const whole = bar.querySelector("[data-bulk-all]");
  if (whole) {
    const full = chosen.length === all.length;
    whole.closest("label").hidden = !full;
    if (!full) whole.checked = false;
  }
  bar.classList.toggle("is-open", chosen.length > 0);
  bar.querySelector("[data-bulk-count]").textContent = whole?.checked
    ? "All that match"
    : `${chosen.length} selected`;
  const head = list().querySelector("[data-select-all]");
  head.checked = all.length > 0 && chosen.length === all.length;
  head.indeterminate = chosen.length > 0 && chosen.length < all.length;
}

function toggle(box, checked, range) {
  const all = boxes();
  if (range && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const other of all.slice(from, to + 1)) other.checked = checked;
  }
  box.checked = checked;
  last = box;
  showSelection();
}

function onClick(event) {
  const box = event.target.closest("tbody input[name=pk]");
  if (box && list()?.contains(box)) toggle(box, box.checked, event.shiftKey);
  if (event.target.matches("[data-select-all]")) {
    for (const other of boxes()) other.checked = event.target.checked;
    showSelection();
  }
  if (event.target.matches("[data-bulk-all]")) showSelection();
  const raise = event.target.closest("[data-raise]");
  if (raise) {
    const item = raise.closest("li");
    item.previousElementSibling?.before(item);
    raise.focus();
  }
}

function focusRow(row) {
  row?.querySelector(".row-link")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  if (!list() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches(TYPING) || document.querySelector("dialog[open]")) return;
  const all = rows();
  const now = all.indexOf(document.activeElement.closest("tbody tr"));
  const key = event.key.toLowerCase();
  const step = { j: 1, k: -1 }[key] ?? (now < 0 ? 0 : { arrowdown: 1, arrowup: -1 }[key]);
  if (step) {
    focusRow(all[now < 0 ? 0 : Math.min(Math.max(now + step, 0), all.length - 1)]);
    event.preventDefault();
  } else if (now >= 0 && (key === "." || key === "contextmenu")) {
    event.preventDefault();
    openRowMenu(all[now]);
  } else if (now >= 0 && key === "x") {
    const box = all[now].querySelector("input[name=pk]");
    if (box) toggle(box, !box.checked, event.shiftKey);
  } else if (now >= 0 && key === "e") {
    all[now].querySelector("[data-edit]")?.click();
  } else if (now >= 0 && event.key === "Enter" && event.target.matches("input[type=checkbox]")) {
    event.preventDefault();
    all[now].querySelector(".row-link")?.click();
  }
}

// Empty controls are left out of the address.
function onSubmit(event) {
  if (event.target.id !== "filters") return;
  for (const control of event.target.elements) {
    if (control.name && !control.value) control.disabled = true;
  }
  setTimeout(() => {
    for (const control of event.target.elements) control.disabled = false;
  });
}

function prepare() {
  for (const hidden of list()?.querySelectorAll("[data-select-all], [data-raise]") ?? []) {
    hidden.hidden = false;
  }
  if (list()) {
    sizeColumns(list());
    prepareRowMenu(list());
  }
  last = null;
  showSelection();
}

export function startLists() {
  startColumns();
  startRowMenu();
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id !== "filters") return;
    const given = event.detail.parameters;
    for (const name of [...new Set(given.keys?.() ?? Object.keys(given))]) {
      if (given[name] === "") delete given[name];
    }
  });
  document.addEventListener("htmx:afterSettle", prepare);
  window.addEventListener("pageshow", prepare);
  prepare();
}
