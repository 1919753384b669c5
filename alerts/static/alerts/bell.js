// The number of open alerts before the page's title, kept up to date.
const plain = document.title;

function show(holder) {
  const number = Number(holder?.querySelector("[data-open]")?.dataset.open ?? 0);
  document.title = number ? `(${number}) ${plain}` : plain;
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.matches("[data-alert-count]")) show(event.target);
});
