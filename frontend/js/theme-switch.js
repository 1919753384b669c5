// Cycles system, light, dark; what is chosen is kept with the person's preferences.
const ORDER = ["system", "light", "dark"];
const WORDS = { system: "as the system", light: "light", dark: "dark" };

function current() {
  return document.documentElement.dataset.theme ?? "system";
}

function apply(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function show(button) {
  const theme = current();
  button.title = `Theme: ${WORDS[theme]}`;
  button.querySelector(".visually-hidden").textContent = `Theme: ${WORDS[theme]}`;
}

export function startTheme() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  show(button);
  button.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const theme = ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length];
    apply(theme);
    show(button);
    const body = new FormData(button.form);
    body.set("theme", theme);
    // Where it cannot be kept the choice lasts for this page.
    fetch(button.form.action, { method: "POST", body }).catch(() => {});
  });
}
