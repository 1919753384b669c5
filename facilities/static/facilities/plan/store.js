// The plan as it is edited: immutable states, so that undo is going back to an older one.
const TOGETHER = 900; // Steps of one kind within this many milliseconds are undone at once.

// State of a document: what the plan is, its items by key, and what is not placed.
export function stateOf(document) {
  return {
    plan: document.plan,
    items: new Map(document.items.map((item) => [item.key, item])),
    tray: new Map(document.unplaced.map((item) => [item.key, item])),
  };
}

export const isRecord = (key) => /^(rack|equipment):/.test(key);

// With `items` put on the sheet, in place of those of the same keys; they leave the tray.
export function withItems(state, items) {
  const next = new Map(state.items);
  const tray = new Map(state.tray);
  for (const item of items) {
    next.set(item.key, item);
    tray.delete(item.key);
  }
  return { ...state, items: next, tray };
}

// Without the items of `keys`; records go back to the tray.
export function withoutItems(state, keys) {
  const next = new Map(state.items);
  const tray = new Map(state.tray);
  for (const key of keys) {
    const item = next.get(key);
    next.delete(key);
    if (item && isRecord(key)) tray.set(key, item);
  }
  return { ...state, items: next, tray };
}

export function withPlan(state, fields) {
  return { ...state, plan: { ...state.plan, ...fields } };
}

export class Store {
  constructor(document) {
    this.listeners = new Set();
    this.load(document);
  }

  // Takes a document as it is stored, and forgets what was done before.
  load(document) {
    this.document = document;
    this.saved = stateOf(document);
    this.state = this.saved;
    this.past = [];
    this.future = [];
    this.last = {};
    this.tell("load");
  }

  listen(listener) {
    this.listeners.add(listener);
  }

  tell(reason) {
    for (const listener of this.listeners) listener(reason);
  }

  // The state of the last step, whatever a drag shows meanwhile.
  get settled() {
    return this.shown ?? this.state;
  }

  // Shows a state that is not decided yet, such as that of a drag.
  preview(state) {
    this.shown ??= this.state;
    this.state = state;
    this.tell("preview");
  }

  cancel() {
    if (!this.shown) return;
    this.state = this.shown;
    this.shown = undefined;
    this.tell("preview");
  }

  // Makes a state the present one. Steps of the same `kind` soon after one another are one.
  commit(label, state, kind = "") {
    const before = this.settled;
    this.shown = undefined;
    if (state === before) return this.tell("preview");
    const now = performance.now();
    const joined = kind && this.last.kind === kind && now - this.last.at < TOGETHER;
    if (!joined) this.past.push({ label, state: before });
    this.last = { kind, at: now };
    this.future = [];
    this.state = state;
    this.tell("commit");
  }

  undo() {
    return this.step(this.past, this.future, "undo");
  }

  redo() {
    return this.step(this.future, this.past, "redo");
  }

  step(from, to, reason) {
    this.cancel();
    const found = from.pop();
    if (!found) return "";
    to.push({ label: found.label, state: this.state });
    this.state = found.state;
    this.last = {};
    this.tell(reason);
    return found.label;
  }

  // After saving: the new document is what is stored, upon it comes what was done since `sent`, the
  // state that was saved. What was done before can still be undone.
  keep(document, sent) {
    const made = {};
    for (const [from, to] of Object.entries(document.made ?? {})) {
      made[from] = to;
      made[from.replace(/^new:(?=item:)/, "")] = to;
    }
    for (const step of [...this.past, ...this.future]) step.state = rekeyed(step.state, made);
    const now = this.settled;
    const since = now === sent ? null : difference(rekeyed(sent, made), rekeyed(now, made), "");
    this.document = document;
    this.saved = stateOf(document);
    this.shown = undefined;
    this.state = since ? applied(this.saved, since, rekeyed(now, made)).state : this.saved;
    this.last = {};
    this.tell("save");
  }

  get changed() {
    return hasChanges(this.changes());
  }

  changes() {
    return difference(this.saved, this.settled, this.document.version);
  }

  // The changes of this page upon a document that somebody else has stored meanwhile. Returns the
  // keys of what both have changed.
  rebase(document) {
    const mine = this.changes();
    const [old, theirs] = [this.saved, stateOf(document)];
    const { state, gone } = applied(theirs, mine, this.settled);
    const differs = (key) => changedFields(old.items.get(key), theirs.items.get(key));
    const touched = [...mine.put.map(({ key }) => key), ...mine.remove].filter((key) => old.items.has(key));
    this.past = hasChanges(mine) ? [{ label: "your changes upon the stored plan", state: theirs }] : [];
    this.future = [];
    this.document = document;
    this.saved = theirs;
    this.shown = undefined;
    this.state = state;
    this.tell("load");
    return [...touched.filter(differs), ...gone];
  }
}

// A state with the changes of another, whose items they are of; `gone` are records that are no longer
// there to be placed.
function applied(state, changes, shown) {
  const put = [];
  const gone = [];
  for (const change of changes.put) {
    const there = state.items.get(change.key) ?? state.tray.get(change.key);
    if (isRecord(change.key) && !there) gone.push(change.key);
    else put.push({ ...shown.items.get(change.key), ...(there ?? {}), ...change });
  }
  const sheet = withPlan(state, planFields(state.plan, changes.plan ?? {}));
  return { state: withoutItems(withItems(sheet, put), changes.remove), gone };
}

function planFields(plan, changes) {
  const fields = {};
  for (const [name, value] of Object.entries(changes)) {
    if (!name.startsWith("drawing_")) fields[name] = value;
    else if (plan.drawing) fields.drawing = { ...plan.drawing, ...fields.drawing, [name.slice(8)]: value };
  }
  return fields;
}

function rekeyed(state, made) {
  const items = new Map();
  for (const [key, item] of state.items) items.set(made[key] ?? key, made[key] ? { ...item, key: made[key] } : item);
  return { ...state, items };
}

const PLACE = ["x", "y", "rotation"];
const FIELDS = {
  rack: [...PLACE, "front_clearance", "rear_clearance"],
  equipment: [...PLACE, "width", "depth"],
  item: [...PLACE, "width", "depth", "kind", "label"],
};
const PLAN = [
  "width", "depth", "tile_width", "tile_depth", "outline", "front_clearance", "rear_clearance",
];
const DRAWING = ["x", "y", "width", "opacity"];

function fieldsOf(key) {
  return FIELDS[key.split(":")[0]] ?? FIELDS.item;
}

function changedFields(before, after) {
  if (!before || !after) return before !== after;
  return before !== after && fieldsOf(after.key).some((name) => before[name] !== after[name]);
}

// What must be sent so that what is saved becomes what is shown.
export function difference(saved, shown, version) {
  const put = [];
  for (const [key, item] of shown.items) {
    const before = saved.items.get(key);
    if (before && !changedFields(before, item)) continue;
    const change = { key };
    for (const name of fieldsOf(key)) {
      const same = before && before[name] === item[name] && !PLACE.includes(name);
      if (item[name] !== undefined && !same) change[name] = item[name];
    }
    if (!before && !isRecord(key)) {
      // What was taken off and stored so, and brought back by undo, is made anew.
      Object.assign(change, { key: key.startsWith("new:") ? key : `new:${key}`, kind: item.kind });
    }
    put.push(change);
  }
  const remove = [...saved.items.keys()].filter((key) => !shown.items.has(key));
  const plan = {};
  for (const name of PLAN) {
    if (JSON.stringify(saved.plan[name]) !== JSON.stringify(shown.plan[name])) plan[name] = shown.plan[name];
  }
  for (const name of shown.plan.drawing && saved.plan.drawing ? DRAWING : []) {
    const value = shown.plan.drawing[name];
    if (saved.plan.drawing[name] !== value) plan[`drawing_${name}`] = value;
  }
  const body = { version, put, remove };
  if (Object.keys(plan).length) body.plan = plan;
  return body;
}

export function hasChanges(body) {
  return Boolean(body.plan || body.put.length || body.remove.length);
}

// How many things the change is of, for the words beside the button.
export function countChanges(body) {
  return body.put.length + body.remove.length + (body.plan ? 1 : 0);
}
