// The list of what is wrong; each entry leads to its items.
import { nameOf } from "./check.js";
import { html, icon } from "./svg.js";

const SHOWN = 60;

export function startFindings(planner) {
  const { home } = planner;
  const list = home.querySelector("[data-findings]");
  const count = home.querySelector("[data-findings-count]");
  const none = home.querySelector("[data-findings-none]");

  function entries() {
    const refused = [...planner.refused].flatMap(([key, { texts }]) => texts.map((text) => {
      const item = planner.item(key);
      return { level: "error", text: item ? `${nameOf(item)} was refused: ${text}` : `Refused: ${text}`, keys: item ? [key] : [] };
    }));
    const order = (finding) => (finding.level === "error" ? 0 : 1);
    return [...refused, ...[...planner.findings].sort((a, b) => order(a) - order(b))];
  }

  function show() {
    const all = entries();
    list.replaceChildren(...all.slice(0, SHOWN).map((finding) => html("li", {}, html("button", {
      type: "button", class: `planner-finding is-${finding.level}`, "data-keys": finding.keys.join(" "),
    }, icon(finding.level === "error" ? "circle-x" : "triangle-alert"), html("span", {},
      html("span", { class: "visually-hidden" }, finding.level === "error" ? "Error: " : "Warning: "), finding.text)))));
    if (all.length > SHOWN) list.append(html("li", { class: "quiet" }, `${all.length - SHOWN} more`));
    count.textContent = String(all.length);
    none.hidden = all.length > 0;
  }

  list.addEventListener("click", (event) => {
    const keys = event.target.closest("[data-keys]")?.dataset.keys.split(" ").filter((key) => planner.item(key)) ?? [];
    if (!keys.length) return;
    if (planner.editing) {
      planner.use("select");
      planner.select(keys, { say: false });
    }
    planner.drawing.mark("is-found", new Set(keys));
    planner.lookAt(keys);
    planner.focus(keys[0]);
  });
  planner.on("findings", show);
  planner.on("plan", (reason) => { if (reason === "save" || reason === "load") show(); });
  show();
}
