// Records opened lately, kept in this browser for each user and forgotten on signing out.
const MOST = 8;

const key = () => `recent:${document.querySelector(".user-name")?.textContent || ""}`;

export function recent() {
  try {
    return JSON.parse(localStorage.getItem(key()) || "[]");
  } catch {
    return [];
  }
}

function keep(found) {
  try {
    localStorage.setItem(key(), JSON.stringify(found.slice(0, MOST)));
  } catch { /* private windows may keep nothing */ }
}

export function recentGroup() {
  const here = document.querySelector("[data-recent]")?.dataset.url;
  const found = recent().filter((each) => each.url !== here);
  if (!found.length) return null;
  const group = document.createElement("div");
  group.setAttribute("role", "group");
  group.ariaLabel = "Recent";
  const head = document.createElement("h2");
  head.setAttribute("role", "presentation");
  head.textContent = "Recent";
  const list = document.createElement("ul");
  list.setAttribute("role", "presentation");
  for (const { url, name, kind } of found) {
    const link = document.createElement("a");
    Object.assign(link, { className: "hit", href: url, tabIndex: -1 });
    link.setAttribute("role", "option");
    link.dataset.hit = "";
    const strong = document.createElement("strong");
    strong.textContent = name;
    const what = document.createElement("span");
    what.textContent = kind;
    link.append(strong, what);
    const item = document.createElement("li");
    item.setAttribute("role", "presentation");
    item.append(link);
    list.append(item);
  }
  group.append(head, list);
  return group;
}

export function startRecent() {
  const shown = document.querySelector("[data-recent]");
  if (shown) {
    // Its own address on each of its tabs.
    const { recent: name, kind, url } = shown.dataset;
    keep([{ url, name, kind }, ...recent().filter((each) => each.url !== url)]);
  }
  document.querySelector('form[action$="/logout/"]')?.addEventListener("submit", () => {
    try {
      localStorage.removeItem(key());
    } catch { /* nothing was kept */ }
  });
}
