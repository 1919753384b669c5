// Connect many ports: the lists and the pairs follow what is chosen.
import { enhancePickers } from "../js/picker.js";

const form = document.querySelector("[data-connect]");
// What changes the lists; anything else changes only the pairs.
const PLACES = /^[ab]_(site|rack|device|module|kind|name)$/;
let serial = 0;
let timer = 0;
let lists = false;

async function refresh() {
  const parts = lists ? ["a", "b", "preview"] : ["preview"];
  lists = false;
  const mine = ++serial;
  form.querySelector('[data-part="preview"]').setAttribute("aria-busy", "true");
  const answer = await fetch(location.pathname, { method: "POST", body: new FormData(form) });
  if (mine !== serial) {
    lists ||= parts.length > 1;
    return;
  }
  if (answer.status !== 200 && answer.status !== 422) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts) {
    const old = form.querySelector(`[data-part="${part}"]`);
    const made = page.querySelector(`[data-part="${part}"]`);
    if (!old || !made) continue;
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    const { id, selectionStart } = active ?? {};
    const scroll = old.querySelector(".connect-scroll")?.scrollTop ?? 0;
    old.replaceWith(document.adoptNode(made));
    enhancePickers(made);
    if (scroll && made.querySelector(".connect-scroll")) made.querySelector(".connect-scroll").scrollTop = scroll;
    const next = id && document.getElementById(id);
    if (!next) continue;
    next.value = active.value;
    next.focus({ preventScroll: true });
    if (selectionStart !== undefined && selectionStart !== null) next.setSelectionRange?.(selectionStart, selectionStart);
  }
}

function later(event, wait) {
  const { name } = event.target;
  if (!name) return;
  lists ||= PLACES.test(name);
  clearTimeout(timer);
  timer = setTimeout(refresh, wait);
}

form.addEventListener("change", (event) => later(event, 60));
form.addEventListener("input", (event) => {
  if (event.target.matches("input[type=text], input:not([type]), input[type=number], textarea")) later(event, 400);
});
