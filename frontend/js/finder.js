// The dialog for search and actions, and the page's shortcuts.
import { recentGroup } from "./recent.js";

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

let dialog, input, results;

const hits = () => [...results.querySelectorAll("[data-hit]")];

function choose(index) {
  const all = hits();
  all.forEach((hit, position) => {
    const active = position === index;
    hit.classList.toggle("is-active", active);
    hit.setAttribute("aria-selected", String(active));
    if (active) {
      hit.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", hit.id);
    }
  });
  if (index < 0) input.removeAttribute("aria-activedescendant");
}

function move(step) {
  const all = hits();
  if (!all.length) return;
  const now = all.findIndex((hit) => hit.classList.contains("is-active"));
  choose(now < 0 && step < 0 ? all.length - 1 : (now + step + all.length) % all.length);
}

function open() {
  if (!dialog.open) dialog.showModal();
  input.select();
  if (!input.value.trim()) input.dispatchEvent(new Event("finder"));
}

function startDialog() {
  results.addEventListener("htmx:afterSwap", () => {
    if (!input.value.trim()) {
      const group = recentGroup();
      if (group) results.querySelector(".hits")?.prepend(group);
    }
    hits().forEach((hit, index) => {
      hit.id = `finder-hit-${index}`;
    });
    choose(hits().length ? 0 : -1);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      const active = results.querySelector(".is-active");
      if (active && !event.ctrlKey) {
        event.preventDefault();
        active.click();
      }
    }
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}

function shortcut(event) {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches(TYPING)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "/") {
    event.preventDefault();
    document.querySelector("[data-search] input").focus();
  } else if (event.key === "?") {
    document.getElementById("shortcuts")?.showModal();
  } else if (event.key === "f") {
    const filters = document.querySelector("[data-filters]");
    if (!filters) return;
    event.preventDefault();
    filters.open = true;
    filters.querySelector("input, select, .picker-input")?.focus();
  } else if (event.key === "e" && !document.querySelector("[data-list]")) {
    document.querySelector("a[data-edit]")?.click();
  }
}

export function startFinder() {
  dialog = document.getElementById("finder");
  if (!dialog) return;
  input = dialog.querySelector("input");
  results = dialog.querySelector(".finder-results");
  startDialog();
  document.addEventListener("keydown", shortcut);
  const help = document.querySelector("[data-shortcuts]");
  if (help) {
    help.hidden = false;
    help.addEventListener("click", () => document.getElementById("shortcuts").showModal());
  }
}
