// Making SVG elements.
const SVG = "http://www.w3.org/2000/svg";

export function make(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function html(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// An icon of the page's sprite, whose address the page tells.
export function icon(name) {
  const sprite = document.querySelector("[data-planner]").dataset.icons;
  return make("svg", { class: "icon", "aria-hidden": "true" }, make("use", { href: `${sprite}#${name}` }));
}
