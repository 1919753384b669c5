// Messages at the corner: they go by themselves unless they tell of a fault, or are pointed at.
const STAY = 6000;
const STAY_WITH_ACTION = 20000;

function watch(toast) {
  if (toast.dataset.watched || toast.classList.contains("toast-error")) return;
  toast.dataset.watched = "1";
  const stay = toast.querySelector(".button") ? STAY_WITH_ACTION : STAY;
  let timer = setTimeout(() => toast.remove(), stay);
  const hold = () => clearTimeout(timer);
  const release = () => { timer = setTimeout(() => toast.remove(), stay); };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", release);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", release);
}

// `action` is {label, run}: a button of its own, such as Undo.
export function toast(text, kind = "success", action = null) {
  const box = document.createElement("div");
  box.className = `toast toast-${kind}`;
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  const button = document.createElement("button");
  button.className = "chip-remove";
  button.type = "button";
  button.dataset.dismiss = "";
  button.ariaLabel = "Dismiss";
  button.textContent = "×";
  box.append(paragraph);
  if (action) {
    const act = document.createElement("button");
    act.className = "button button-quiet";
    act.type = "button";
    act.textContent = action.label;
    act.addEventListener("click", () => { box.remove(); action.run(); });
    box.append(act);
  }
  box.append(button);
  document.querySelector(".toasts").append(box);
  watch(box);
}

export function startToasts() {
  document.querySelectorAll(".toasts .toast").forEach(watch);
  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest(".toast")?.remove();
  });
  document.addEventListener("htmx:responseError", (event) => {
    toast(`The server answered ${event.detail.xhr.status}. Nothing was changed.`, "error");
  });
  document.addEventListener("htmx:sendError", () => toast("The server cannot be reached.", "error"));
}
