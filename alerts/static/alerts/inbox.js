// Keys of the inbox, and what is chosen kept while its list renews itself.
const TYPING = "input:not([type=checkbox]), textarea, select";
const ACTIONS = { a: "acknowledge", i: "assign", s: "silence" };
const form = document.querySelector("[data-inbox]");
const rows = () => [...form.querySelectorAll("tr[data-alert]")];
const current = () => document.activeElement.closest?.("tr[data-alert]");
const box = (row) => row?.querySelector("input[name=pk]");
let kept = { chosen: [], focus: null };

function focusRow(row) {
  row?.querySelector(".row-link")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

function submit(what) {
  const row = current();
  const boxes = rows().map(box).filter(Boolean);
  if (!boxes.some((each) => each.checked)) {
    if (!box(row)) return;
    box(row).checked = true;
  }
  const button = form.querySelector(`button[name=what][value=${what}]`);
  if (button) form.requestSubmit(button);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches(TYPING)) return;
  if (document.querySelector("dialog[open]")) return;
  const all = rows();
  const now = all.indexOf(current());
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") {
    const next = now < 0 ? 0 : Math.min(Math.max(now + (key === "j" ? 1 : -1), 0), all.length - 1);
    focusRow(all[next]);
  } else if (key === "x" && now >= 0) {
    const each = box(all[now]);
    if (each) each.checked = !each.checked;
  } else if (key === "o" && now >= 0) {
    all[now].querySelector("[data-object]")?.click();
  } else if (ACTIONS[key] && (now >= 0 || rows().some((row) => box(row)?.checked))) {
    submit(ACTIONS[key]);
  } else {
    return;
  }
  event.preventDefault();
});

form?.addEventListener("htmx:beforeSwap", () => {
  kept = {
    chosen: rows().filter((row) => box(row)?.checked).map((row) => row.dataset.alert),
    focus: current()?.dataset.alert ?? null,
  };
});
form?.addEventListener("htmx:afterSwap", () => {
  for (const row of rows()) {
    if (kept.chosen.includes(row.dataset.alert) && box(row)) box(row).checked = true;
  }
  if (kept.focus) focusRow(rows().find((row) => row.dataset.alert === kept.focus));
});
