// The ends of a cable: the ports offered follow the place, the kind and the other end.
import { enhancePickers } from "../js/picker.js";

const serials = {};

function chosen(end) {
  return [...document.querySelectorAll(`[name="${end}_terminations"] option:checked`)].map((o) => o.value);
}

async function refresh(end) {
  const box = document.querySelector(`[data-end="${end}"]`);
  const query = new URLSearchParams({ end, cable: box.dataset.cable });
  for (const control of box.querySelectorAll("select[name]:not([multiple])")) {
    if (control.value) query.set(control.name, control.value);
  }
  for (const each of ["a", "b"]) {
    for (const value of chosen(each)) query.append(`${each}_terminations`, value);
  }
  const serial = (serials[end] = (serials[end] ?? 0) + 1);
  const root = document.body.dataset.root ?? "";
  const answer = await fetch(`${root}/dcim/cables/ports/?${query}`);
  if (!answer.ok || serial !== serials[end]) return;
  const old = box.querySelector("[data-plug]");
  const focused = old.contains(document.activeElement) && document.activeElement.id;
  old.outerHTML = await answer.text();
  enhancePickers(box);
  if (focused) document.getElementById(focused)?.focus();
}

document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-end]");
  if (!box || !event.target.name) return;
  const end = box.dataset.end;
  const other = end === "a" ? "b" : "a";
  if (event.target.name !== `${end}_terminations`) refresh(end);
  if (!chosen(other).length) refresh(other);
});
