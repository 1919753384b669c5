// Rows of positions: one more, with the next number.
import { enhancePickers } from "../js/picker.js";

for (const button of document.querySelectorAll("[data-add-mapping]")) {
  const table = button.closest("fieldset").querySelector("[data-mapping]");
  const name = table.dataset.mapping;
  button.hidden = false;
  button.addEventListener("click", () => {
    const rows = table.tBodies[0].rows;
    const source = rows[rows.length - 1];
    const number = rows.length;
    const row = document.createElement("tr");
    for (const cell of source.cells) {
      const control = cell.querySelector("select, input[type=number]");
      const made = control.cloneNode(true);
      made.name = control.name.replace(/-\d+-/, `-${number}-`);
      made.hidden = false;
      if (made.tagName === "SELECT") made.replaceChildren(new Option("", ""));
      else made.value = made.name.endsWith("-position") ? Number(control.value) + 1 : 1;
      row.insertCell().append(made);
    }
    table.tBodies[0].append(row);
    enhancePickers(row);
    row.querySelector(`[name="${name}-${number}-position"]`).focus();
  });
}
