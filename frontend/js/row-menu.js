// The menu of a row: all that can be done with it, at the button beside the row's other actions.
// One menu serves all rows of a list.
let row = null;

const menu = () => document.getElementById("row-menu");
const items = () => [...menu().querySelectorAll('[role="menuitem"]')];

// What apps have added to this row, such as a port's trace.
function bring(template) {
  const own = new Set(items().map((item) => item.href));
  for (const action of row.querySelectorAll(".row-actions a")) {
    if (own.has(action.href)) continue;
    const item = template.cloneNode(false);
    item.href = action.href;
    item.dataset.added = "";
    item.append(action.firstElementChild.cloneNode(true), action.title);
    menu().querySelector("[data-further]").before(item);
  }
}

function fill() {
  const shown = menu();
  shown.querySelectorAll("[data-added]").forEach((item) => item.remove());
  const link = row.querySelector(".row-link");
  shown.setAttribute("aria-label", `Actions of ${link.textContent.trim()}`);
  for (const item of shown.querySelectorAll("[data-to]")) {
    item.href = item.dataset.pk === undefined
      ? `${link.getAttribute("href")}${item.dataset.to}`
      : `${item.dataset.to}${row.querySelector("[name=pk]")?.value ?? ""}`;
  }
  bring(shown.querySelector("[data-to]"));
}

function place(button) {
  const shown = menu();
  const at = button.getBoundingClientRect();
  const below = at.bottom + 4 + shown.offsetHeight < innerHeight;
  shown.style.top = `${below ? at.bottom + 4 : Math.max(4, at.top - 4 - shown.offsetHeight)}px`;
  shown.style.left = `${Math.max(4, at.right - shown.offsetWidth)}px`;
}

export function openRowMenu(chosen) {
  const button = chosen.querySelector("[data-row-more]");
  if (!button || !menu()?.showPopover) return;
  row = chosen;
  fill();
  row.classList.add("is-open");
  menu().showPopover();
  place(button);
  items()[0]?.focus();
}

function press(event) {
  const shown = menu();
  if (!shown?.contains(event.target)) return;
  const all = items();
  const now = all.indexOf(event.target);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    all.at(next % all.length).focus();
  } else if (event.key === "Tab") {
    event.preventDefault();
    shown.hidePopover();
  }
}

export function prepareRowMenu(list) {
  const shown = list.querySelector("#row-menu");
  if (!shown || shown.dataset.ready) return;
  shown.dataset.ready = "1";
  shown.addEventListener("toggle", (event) => {
    if (event.newState !== "closed" || !row) return;
    row.classList.remove("is-open");
    if (shown.contains(document.activeElement) || document.activeElement === document.body) {
      row.querySelector(".row-link").focus({ preventScroll: true });
    }
    row = null;
  });
}

export function startRowMenu() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-more]");
    if (button) openRowMenu(button.closest("tr"));
  });
  document.addEventListener("keydown", press);
  document.addEventListener("scroll", () => row && menu()?.hidePopover(), true);
}
