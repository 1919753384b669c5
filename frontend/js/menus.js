// Menus are <details>: one open at a time, closed by Escape or a click elsewhere. Groups of the
// navigation remember whether they are open.
const openMenus = () => document.querySelectorAll("details.menu[open]");

function closeMenus(except) {
  for (const menu of openMenus()) if (!menu.contains(except)) menu.open = false;
}

function keepGroups() {
  for (const group of document.querySelectorAll("details[data-keep]")) {
    const key = group.dataset.keep;
    const holdsCurrent = group.querySelector("[aria-current]");
    try {
      const kept = localStorage.getItem(key);
      if (kept && !holdsCurrent) group.open = kept === "open";
      group.addEventListener("toggle", () => localStorage.setItem(key, group.open ? "open" : "closed"));
    } catch { return; }
  }
}

function startNavigation() {
  const nav = document.querySelector(".nav");
  const toggle = document.querySelector("[data-toggle]");
  // With the next frame, which lays the page out anyway.
  requestAnimationFrame(() => nav?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" }));
  if (!toggle) return;
  toggle.setAttribute("role", "button");
  toggle.setAttribute("aria-expanded", "false");
  const set = (open) => {
    nav.classList.toggle("is-open", open);
    toggle.setAttribute("aria-expanded", String(open));
  };
  toggle.addEventListener("click", (event) => {
    event.preventDefault();
    set(!nav.classList.contains("is-open"));
    if (nav.classList.contains("is-open")) nav.querySelector("a").focus();
  });
  document.addEventListener("click", (event) => {
    if (!nav.contains(event.target) && !toggle.contains(event.target)) set(false);
  });
  nav.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && nav.classList.contains("is-open")) {
      set(false);
      toggle.focus();
    }
  });
}

export function startMenus() {
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("focusin", (event) => {
    // A click on the text of a label puts the focus on what is around the menu, for a moment.
    if (!event.target.querySelector("details.menu[open]")) closeMenus(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const last = [...openMenus()].pop();
    if (!last) return;
    last.open = false;
    last.querySelector("summary").focus();
  });
  keepGroups();
  startNavigation();
}
