// Marks on their way to the server: kept on this device until the server has them, sent one by one.
const FIRST_WAIT = 2000;
const LONGEST_WAIT = 30000;

export class Queue {
  // `changed()` is called when what waits changes; `answered(mark, status, data)` with each answer;
  // `stopped(text)` when no answer can come until somebody does something.
  constructor(name, address, { changed, answered, stopped }) {
    Object.assign(this, { key: `audit:${name}`, address, changed, answered, stopped });
    this.wait = FIRST_WAIT;
    this.sending = null;
    window.addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.flush(); });
  }

  get marks() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) || [];
    } catch {
      return [];
    }
  }

  keep(marks) {
    if (marks.length) localStorage.setItem(this.key, JSON.stringify(marks));
    else localStorage.removeItem(this.key);
    this.changed(marks);
  }

  // A later mark of the same row takes the place of one that is not yet on its way; what that one
  // said of position and note and this one does not is kept.
  add(key, fields) {
    const marks = this.marks;
    const old = marks.findIndex((mark) => mark.key === key && mark.id !== this.sending && key !== "new");
    const [before] = old >= 0 ? marks.splice(old, 1) : [];
    marks.push({ id: crypto.randomUUID?.() || `${Date.now()}-${Math.random()}`, key, fields: { ...before?.fields, ...fields } });
    this.keep(marks);
    this.flush();
  }

  retry() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  async flush() {
    if (this.sending) return;
    clearTimeout(this.timer);
    for (let [mark] = this.marks; mark; [mark] = this.marks) {
      this.sending = mark.id;
      const done = await this.send(mark);
      this.sending = null;
      if (!done) return;
    }
  }

  // Whether the next one may follow.
  async send(mark) {
    const answer = await fetch(this.address, {
      method: "POST",
      headers: {
        Accept: "application/json",
        "HX-Request": "true",
        "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"],
      },
      body: new URLSearchParams(mark.fields),
    }).catch(() => null);
    if (!answer || answer.status >= 500 || answer.status === 429) {
      this.retry();
      this.changed(this.marks, !answer);
      return false;
    }
    const login = answer.headers.get("HX-Redirect");
    if (login || !answer.headers.get("Content-Type")?.includes("json")) {
      this.stopped(login || "", answer.status);
      return false;
    }
    this.wait = FIRST_WAIT;
    const data = await answer.json();
    this.keep(this.marks.filter(({ id }) => id !== mark.id));
    this.answered(mark, answer.status, data);
    return true;
  }
}
