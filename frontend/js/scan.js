// The page to scan with: looks each code up and opens what it leads to, or lists it.
import { catchTyping, startScanner } from "./scanner.js";
import { toast } from "./toasts.js";

const KEPT = 50;
const form = document.querySelector("[data-scan]");
const field = form.querySelector("[data-code]");
const results = document.querySelector("[data-results]");

const mode = () => form.querySelector("[name=mode]:checked").value;

async function lookUp(code) {
  const query = new URLSearchParams({ code, mode: mode(), live: "1" });
  const answer = await fetch(`?${query}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  const login = answer?.headers.get("HX-Redirect");
  if (login) {
    location.assign(login);
    return;
  }
  if (!answer?.ok) {
    toast(answer ? `The server answered ${answer.status}.` : "The server cannot be reached. Try again.", "error");
    field.value = code;
    return;
  }
  const found = document.createElement("div");
  found.innerHTML = await answer.text();
  const outcome = found.firstElementChild;
  if (!outcome) return;
  const { open } = outcome.dataset;
  if (open && mode() !== "stay") {
    location.assign(open);
    return;
  }
  field.value = "";
  if (mode() === "stay") results.prepend(outcome);
  else results.replaceChildren(outcome);
  while (results.children.length > KEPT) results.lastElementChild.remove();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const code = field.value.trim();
  if (code) lookUp(code);
  else field.focus();
});
catchTyping(field);
startScanner(document.querySelector("[data-scanner]"), lookUp);
