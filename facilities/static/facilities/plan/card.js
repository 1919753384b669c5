// What an item tells on hover and focus, and where the pointer is on the sheet.
import { nameOf } from "./check.js";
import { tileOf } from "./geometry.js";
import { html } from "./svg.js";
import { BARS, far } from "./units.js";

export function startCard(planner) {
  const { home, sheet, view, drawing } = planner;
  const card = home.querySelector("[data-card]");
  const place = home.querySelector("[data-place]");
  const scale = home.querySelector("[data-scale]");

  // Beside the pointer, or else beside the item.
  function show(key, node, pointer = null) {
    const item = planner.item(key);
    if (!item) return hide();
    const shade = drawing.shades.get(key);
    const lines = [(item.title || "").startsWith(item.label) ? item.title.slice(item.label.length).replace(/^[\s·,]+/, "") : item.title];
    if (shade && planner.colouring) lines.push(`${planner.colouring.label}: ${shade.text}`);
    lines.push(...planner.findings.filter((finding) => finding.keys.includes(key)).slice(0, 3).map((finding) => finding.text));
    card.replaceChildren(html("strong", {}, nameOf(item)), ...lines.filter(Boolean).map((line) => html("span", {}, line)));
    card.hidden = false;
    const box = pointer ? new DOMRect(pointer.clientX - 4, pointer.clientY, 8, 8) : node.querySelector(".shape").getBoundingClientRect();
    const frame = sheet.getBoundingClientRect();
    const right = box.right + 10 + card.offsetWidth < frame.right;
    const inside = (value, low, high) => Math.max(low, Math.min(value, high));
    const left = right ? box.right + 10 : box.left - card.offsetWidth - 10;
    card.style.left = `${inside(left, frame.left + 4, frame.right - card.offsetWidth - 4)}px`;
    card.style.top = `${inside(box.top, frame.top + 4, frame.bottom - card.offsetHeight - 4)}px`;
  }

  const hide = () => { card.hidden = true; };

  sheet.addEventListener("pointerover", (event) => {
    const node = event.target.closest("[data-key]");
    if (node && !planner.chosen.has(node.dataset.key) && !home.classList.contains("is-dragging") && event.pointerType !== "touch") show(node.dataset.key, node, event);
    else hide();
  });
  sheet.addEventListener("pointerleave", () => { hide(); place.textContent = ""; });
  sheet.addEventListener("focusin", (event) => {
    const node = event.target.closest("[data-key]");
    if (node?.matches(":focus-visible") && !planner.editing) requestAnimationFrame(() => show(node.dataset.key, node));
  });
  sheet.addEventListener("focusout", hide);
  sheet.addEventListener("pointerdown", hide);
  view.listen(hide);
  view.listen(() => {
    // A bar of a round length, between 50 and 160 pixels.
    const [length, name] = BARS.find(([each]) => each * view.scale >= 50) ?? BARS.at(-1);
    scale.style.setProperty("--long", `${length * view.scale}px`);
    scale.textContent = name;
  });
  planner.on("pointer", (event) => {
    const [x, y] = view.place(event);
    const tile = tileOf(planner.plan, x, y);
    place.textContent = tile ? `${tile} · ${far(x)}, ${far(y)}` : "";
  });
}
