// The sheet of labels: another size shows at once, and a button prints.
const print = document.querySelector("[data-print]");
const sheet = document.querySelector("[data-sheet]");
const apply = document.querySelector("[data-apply]");

if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
if (sheet) {
  apply.hidden = true;
  sheet.addEventListener("change", () => {
    const labels = document.querySelector(".labels");
    if (labels) labels.className = `labels labels-${sheet.value}`;
  });
}
