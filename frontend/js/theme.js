// Runs before the first paint. The theme itself comes with the page, from the person's preferences.
document.documentElement.classList.add("scripted");
