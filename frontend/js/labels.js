// The sheet of labels: another size shows at once, and a button prints.
import "./print.js";

const sheet = document.querySelector("[data-sheet]");
const apply = document.querySelector("[data-apply]");

if (sheet) {
  apply.hidden = true;
  sheet.addEventListener("change", () => {
    const labels = document.querySelector(".labels");
    if (labels) labels.className = `labels labels-${sheet.value}`;
  });
}
