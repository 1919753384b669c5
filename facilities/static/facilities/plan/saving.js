// Saving in one request: what is refused is marked, what somebody else has stored is not overwritten.
import { toast } from "../../js/toasts.js";
import { nameOf } from "./check.js";
import { change, read } from "./server.js";
import { countChanges } from "./store.js";

export function startSaving(planner) {
  const { home, store } = planner;
  const save = document.querySelector("[data-save]");
  const discard = document.querySelector("[data-discard]");
  const told = document.querySelector("[data-changes]");
  const conflict = home.querySelector("[data-conflict]");
  let busy = false;

  function show(reason) {
    if (reason === "preview") return;
    const count = countChanges(store.changes());
    told.textContent = busy ? "Saving …" : count ? `${count} ${count === 1 ? "change" : "changes"} not saved` : "All saved";
    told.classList.toggle("is-unsaved", count > 0);
    // Not disabled: that would throw the focus away.
    save.setAttribute("aria-disabled", String(busy || !count));
    discard.hidden = !count;
    home.querySelector("[data-undo]").setAttribute("aria-disabled", String(!store.past.length));
    home.querySelector("[data-redo]").setAttribute("aria-disabled", String(!store.future.length));
  }

  async function send() {
    if (busy || !store.changed) return;
    store.cancel();
    const sent = store.state;
    busy = true;
    show();
    try {
      const answer = await change(planner.urls.document, store.changes());
      const chosen = [...planner.chosen].map((key) => answer.made?.[key] ?? key);
      const focused = answer.made?.[planner.focused] ?? planner.focused;
      busy = false;
      conflict.hidden = true;
      planner.refuse({});
      store.keep(answer, sent);
      if (planner.editing) {
        planner.select(chosen.filter((key) => planner.item(key)), { say: false });
        if (home.querySelector("[data-sheet]").contains(document.activeElement)) planner.focus(focused, { say: false, reveal: false });
      }
      planner.say("Saved.");
      toast("The plan is saved.");
    } catch (error) {
      busy = false;
      if (error.status === 412) clash();
      else refused(error);
    }
    show();
  }

  function refused(error) {
    const errors = error.errors ?? {};
    planner.refusedPlan = planner.plan;
    planner.refuse(error.errors ? errors : { __all__: [error.message] });
    const keys = Object.keys(errors).filter((key) => planner.item(key));
    const first = keys[0] ? `${nameOf(planner.item(keys[0]))}: ${[errors[keys[0]]].flat().join(" ")}` : error.message;
    const text = `Nothing was saved. ${first}`;
    planner.say(text);
    toast(text, "error");
    if (keys.length) {
      planner.select(keys, { say: false });
      planner.lookAt(keys);
      planner.focus(keys[0], { say: false });
    }
  }

  function clash() {
    conflict.hidden = false;
    planner.say("Nothing was saved: somebody else has changed this plan. Your changes are kept here.");
    conflict.querySelector("button").focus();
  }

  async function merge() {
    busy = true;
    try {
      const both = store.rebase(await read(planner.urls.document));
      conflict.hidden = true;
      const names = both.map((key) => planner.item(key)).filter(Boolean).map(nameOf);
      planner.select(both.filter((key) => planner.item(key)), { say: false });
      planner.say(names.length
        ? `Their plan is shown with your changes upon it. Both of you have changed ${names.join(", ")}: yours is shown.`
        : "Their plan is shown with your changes upon it. Nothing was changed by both.");
      toast(names.length ? `Changed by both, yours is shown: ${names.join(", ")}. Look, then save.` : "Your changes are upon the stored plan now. Look, then save.", "info");
      save.focus();
    } catch (error) {
      toast(`The plan could not be read. ${error.message}`, "error");
    }
    busy = false;
    show();
  }

  async function reload() {
    try {
      const answer = await read(planner.urls.document);
      conflict.hidden = true;
      planner.refuse({});
      store.load(answer);
      planner.say("The stored plan is shown.");
    } catch (error) {
      toast(`The plan could not be read. ${error.message}`, "error");
    }
  }

  save.addEventListener("click", send);
  discard.addEventListener("click", () => {
    const count = countChanges(store.changes());
    store.commit(`${count} changes`, store.saved);
    planner.refuse({});
    toast(`${count} ${count === 1 ? "change" : "changes"} discarded.`, "info", { label: "Undo", run: () => store.undo() });
    save.focus();
  });
  conflict.addEventListener("click", (event) => {
    const what = event.target.closest("[data-solve]")?.dataset.solve;
    if (what === "merge") merge();
    else if (what === "reload") reload();
  });
  addEventListener("beforeunload", (event) => { if (store.changed) event.preventDefault(); });
  planner.on("plan", show);
  show();
}
