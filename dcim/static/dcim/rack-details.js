// What the shapes of an elevation tell on hover and focus, filters its tray, and saves PNG files.
const home = document.querySelector("[data-elevations]");
const card = document.querySelector("[data-card]");

// The browser would show a title as a tooltip of its own beside the card.
function label(shape) {
  const title = shape.querySelector(":scope > title");
  if (!title) return;
  shape.setAttribute("aria-label", title.textContent);
  title.remove();
}

function show(shape) {
  label(shape);
  const [name, ...lines] = (shape.getAttribute("aria-label") || "").split("\n");
  if (!name || shape.classList.contains("vacant")) return;
  const head = document.createElement("strong");
  head.textContent = name;
  card.replaceChildren(head, ...lines.map((line) => {
    const made = document.createElement("span");
    made.textContent = line;
    return made;
  }));
  card.hidden = false;
  const box = shape.getBoundingClientRect();
  const right = box.right + 10 + card.offsetWidth < innerWidth;
  card.style.left = `${Math.max(4, right ? box.right + 10 : box.left - card.offsetWidth - 10)}px`;
  card.style.top = `${Math.max(4, Math.min(box.top, innerHeight - card.offsetHeight - 4))}px`;
}

const hide = () => { card.hidden = true; };

function find(event) {
  const search = event.target.closest("[data-tray-search]");
  if (!search) return;
  const wanted = search.value.trim().toLowerCase();
  for (const item of home.querySelectorAll("[data-tray] li")) {
    item.hidden = !item.textContent.toLowerCase().includes(wanted);
  }
}

async function png(event) {
  const link = event.target.closest("a[data-png]");
  if (!link) return;
  event.preventDefault();
  const text = await (await fetch(link.href, { credentials: "same-origin" })).text();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * 2;
  canvas.height = image.naturalHeight * 2;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => {
    const made = document.createElement("a");
    made.href = URL.createObjectURL(blob);
    made.download = link.dataset.png;
    made.click();
    URL.revokeObjectURL(made.href);
  });
}

if (home && card) {
  document.addEventListener("elevations:changed", hide);
  home.addEventListener("pointerover", (event) => {
    const shape = event.target.closest(".elevation-drawing a");
    if (shape && !home.classList.contains("is-moving")) show(shape);
    else hide();
  });
  home.addEventListener("pointerleave", hide);
  home.addEventListener("focusin", (event) => {
    if (event.target.matches(".elevation-drawing a:focus-visible")) show(event.target);
  });
  home.addEventListener("focusout", hide);
  home.addEventListener("input", find);
  addEventListener("scroll", hide, { passive: true });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}
document.addEventListener("click", png);
