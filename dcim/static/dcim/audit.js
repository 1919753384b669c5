// A walk past a rack: marks show at once and are saved line by line, scanned labels tick devices.
import { catchTyping, startScanner } from "../js/scanner.js";
import { toast } from "../js/toasts.js";
import { Queue } from "./audit-queue.js";

const page = document.querySelector("[data-audit]");
const field = page.querySelector("[data-code]");
const unsaved = page.querySelector("[data-unsaved]");
const notices = page.querySelector("[data-notices]");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const rowOf = (key) => page.querySelector(`.audit-row[data-key="${CSS.escape(key)}"]`);
const rows = () => [...page.querySelectorAll(".audit-row")];

const queue = new Queue(page.dataset.audit, page.dataset.action, { changed, answered, stopped });

function changed(marks, offline = false) {
  const waiting = new Set(marks.map(({ key }) => key));
  rows().forEach((row) => row.classList.toggle("is-unsaved", waiting.has(row.dataset.key)));
  const count = marks.length;
  unsaved.hidden = !count;
  unsaved.classList.toggle("is-late", offline);
  const what = `${count} mark${count === 1 ? "" : "s"} not saved yet`;
  unsaved.textContent = !count ? "" : offline
    ? `${what}: the server cannot be reached. Kept on this device and sent by itself later.` : `${what} …`;
}

function stopped(login, status) {
  unsaved.hidden = false;
  unsaved.classList.add("is-late");
  const count = queue.marks.length;
  const link = document.createElement("a");
  link.href = login || location.href;
  link.textContent = login ? "Sign in again" : "Load the page again";
  unsaved.replaceChildren(
    login ? "You are signed out. " : `The server answered ${status}. `,
    `${count} mark${count === 1 ? " is" : "s are"} kept on this device. `, link,
  );
}

function swap(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.firstElementChild;
}

function answered(mark, status, data) {
  const held = document.activeElement?.closest(".audit-row")?.dataset.key === data.key
    ? document.activeElement.dataset.is : "";
  page.querySelector("[data-progress]").innerHTML = data.progress;
  const row = data.key && rowOf(data.key);
  const fresh = data.row ? swap(data.row) : null;
  if (row && fresh) {
    fresh.querySelector("details").open = status >= 400 && row.querySelector("details").open;
    row.replaceWith(fresh);
  } else if (row) row.remove();
  else if (fresh) page.querySelector("[data-others]").append(fresh);
  const later = queue.marks.findLast(({ key, fields }) => key === data.key && "result" in fields);
  if (later && fresh) preview(fresh, later.fields.result);
  if (held) fresh?.querySelector(`[data-is="${held}"]`)?.focus();
  changed(queue.marks);
  if (data.error) {
    if (fresh) fresh.querySelector("[data-fault]").textContent = data.error;
    else toast(data.error, "error");
    return;
  }
  if (mark.key === "new") page.querySelector(".audit > .panel [data-key=new]")?.reset();
  if (mark.fields.code && !mark.fields.result && data.key) point(data.key);
  if (data.notice) {
    const notice = swap(data.notice);
    notices.prepend(notice);
    notice.querySelector("input:not([type=hidden]), button")?.focus();
  }
}

// Marking

function preview(row, result) {
  row.dataset.result = result;
  row.querySelector("[data-fault]").textContent = "";
  row.querySelectorAll("[data-is]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.is === result));
  });
}

function send(form, submitter) {
  const { key } = form.dataset;
  const fields = Object.fromEntries(new FormData(form, submitter));
  delete fields.csrfmiddlewaretoken;
  const row = rowOf(key);
  // What the button shows now counts, whatever the server last said.
  if (submitter?.dataset.is && submitter.hasAttribute("aria-pressed")) {
    fields.result = submitter.getAttribute("aria-pressed") === "true" ? "" : submitter.dataset.is;
  }
  if (row && fields.result !== undefined) preview(row, fields.result);
  queue.add(key, fields);
}

page.addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  if (form.matches("[data-look]")) {
    const code = field.value.trim();
    field.value = "";
    if (code) scanned(code);
    else field.focus();
    return;
  }
  if (!form.reportValidity()) return;
  send(form, event.submitter);
  form.closest(".audit-notice")?.remove();
  if (form.closest(".audit-notice, [data-notices]")) field.focus();
});

page.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]");
  if (close) {
    event.preventDefault();
    close.closest(".audit-notice").remove();
    field.focus();
  }
  if (event.target.closest("[data-finish]") && queue.marks.length) {
    event.preventDefault();
    toast("Some marks are not saved yet. They are sent as soon as the server can be reached.", "error");
    queue.flush();
  }
});

// Labels

function point(key) {
  const row = rowOf(key);
  row?.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  row?.classList.add("is-pointed");
  setTimeout(() => rowOf(key)?.classList.remove("is-pointed"), 1500);
}

// What a label says as the rows know it: the path of an address of this server, else the text.
function known(code) {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(code)) return code.toLowerCase();
  try {
    const { origin, pathname } = new URL(code);
    return origin === location.origin ? pathname.toLowerCase() : "";
  } catch {
    return "";
  }
}

function scanned(code) {
  const wanted = known(code);
  const fitting = wanted ? rows().filter((row) => (row.dataset.codes || "").toLowerCase().split("\n").includes(wanted)) : [];
  if (fitting.length !== 1) {
    queue.add("new", { code });
    return;
  }
  const [row] = fitting;
  if (row.dataset.result !== "found") {
    const tick = row.querySelector("[data-is=found]");
    if (tick) send(tick.form, tick);
  }
  point(row.dataset.key);
}

// Keys: up and down go from tick to tick.

page.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const button = event.target.closest(".audit-buttons .button");
  if (!step || !button) return;
  event.preventDefault();
  const all = rows();
  const next = all[all.indexOf(button.closest(".audit-row")) + step];
  next?.querySelector(".audit-buttons .button")?.focus();
});

catchTyping(field);
startScanner(page.querySelector("[data-scanner]"), scanned);
queue.marks.forEach(({ key, fields }) => {
  if (rowOf(key) && "result" in fields) preview(rowOf(key), fields.result);
});
changed(queue.marks);
queue.flush();
