// Cycles automatic, light, dark; what is chosen stays on this device.
const ORDER = ["auto", "light", "dark"];
const WORDS = { auto: "automatic", light: "light", dark: "dark" };

function current() {
  return document.documentElement.dataset.theme ?? "auto";
}

function apply(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "auto") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch { /* the choice lasts for this page then */ }
}

function show(button) {
  const theme = current();
  button.dataset.now = theme;
  button.title = `Theme: ${WORDS[theme]}`;
  button.querySelector(".visually-hidden").textContent = `Theme: ${WORDS[theme]}`;
}

export function startTheme() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  button.hidden = false;
  show(button);
  button.addEventListener("click", () => {
    apply(ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length]);
    show(button);
  });
}
