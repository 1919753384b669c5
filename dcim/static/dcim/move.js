// Moving a device: a chosen rack shows its free places at once.
const form = document.querySelector("[data-move]");
form?.addEventListener("change", () => form.requestSubmit());
