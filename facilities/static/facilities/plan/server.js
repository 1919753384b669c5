// The plan over REST.
const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";

export class Refusal extends Error {
  constructor(status, body) {
    super(sentence(body) || `The server answered ${status}.`);
    this.status = status;
    this.errors = body.errors ?? null;
  }
}

function sentence(body) {
  if (body.detail) return body.detail;
  const found = Object.values(body.errors ?? body).flat(3).filter((text) => typeof text === "string");
  return found.join(" ");
}

async function ask(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch {
    throw new Refusal(0, { detail: "The server cannot be reached." });
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, body);
  return body;
}

export const read = (url) => ask(url);

export function change(url, body, method = "PATCH") {
  return ask(url, {
    method, body: JSON.stringify(body), headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
  });
}

export function upload(url, field, file) {
  const body = new FormData();
  body.append(field, file);
  return ask(url, { method: "PATCH", body, headers: { "X-CSRFToken": token() } });
}
