// Runs before the first paint, so that a chosen theme never flashes.
(function () {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch { /* storage may be forbidden; the system's theme is fine then */ }
  document.documentElement.classList.add("scripted");
})();
