// What part of the sheet is looked at, and how it is moved by wheel, drag, pinch and keys.
//
// The sheet is a drawing of its own that is moved as one picture, so that a thousand racks follow the
// hand; it is drawn anew at another scale once that is settled.
const MOST = 1.2; // Pixels a millimetre.
const MARGIN = 44;
const RULER = 20;
const SETTLED = 140; // Milliseconds.

export class View {
  constructor(frame, world) {
    this.frame = frame;
    this.world = world;
    [this.x, this.y, this.scale, this.drawnAt] = [0, 0, 0.05, 0];
    this.sheet = { left: 0, top: 0, right: 10000, bottom: 10000 };
    this.listeners = new Set();
    this.fingers = new Map();
    this.wait = 0;
    frame.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    new ResizeObserver(() => this.resized()).observe(frame);
  }

  listen(listener) {
    this.listeners.add(listener);
  }

  get size() {
    this.box ??= this.frame.getBoundingClientRect();
    return this.box;
  }

  resized() {
    this.box = undefined;
    if (this.fitted) this.fit();
    else this.draw();
  }

  // The place on the sheet under a place on the screen, and back within the drawing.
  place(event) {
    const box = this.frame.getBoundingClientRect();
    return [(event.clientX - box.left - this.x) / this.scale, (event.clientY - box.top - this.y) / this.scale];
  }

  onScreen([x, y]) {
    return [x * this.scale + this.x, y * this.scale + this.y];
  }

  get least() {
    const { width, height } = this.size;
    const wide = Math.max(1, this.sheet.right - this.sheet.left);
    const high = Math.max(1, this.sheet.bottom - this.sheet.top);
    return 0.5 * Math.min(width / wide, height / high);
  }

  look(x, y, scale) {
    this.fitted = false;
    [this.x, this.y, this.scale] = [x, y, scale];
    this.draw();
  }

  draw() {
    this.wait ||= requestAnimationFrame(() => {
      this.wait = 0;
      clearTimeout(this.settling);
      if (!this.drawnAt) this.settle();
      else if (this.drawnAt !== this.scale) this.settling = setTimeout(() => this.settle(), SETTLED);
      this.carry();
      for (const listener of this.listeners) listener(this);
    });
  }

  // Draws the sheet at the present scale.
  settle() {
    this.drawnAt = this.scale;
    const { right, bottom } = this.sheet;
    this.world.setAttribute("viewBox", `0 0 ${right} ${bottom}`);
    this.world.setAttribute("width", right * this.scale);
    this.world.setAttribute("height", bottom * this.scale);
    this.carry();
  }

  carry() {
    const by = this.scale / this.drawnAt;
    // At rest on whole pixels, so that words are sharp.
    const [x, y] = by === 1 ? [Math.round(this.x), Math.round(this.y)] : [this.x, this.y];
    this.world.parentNode.style.transform = `translate(${x}px, ${y}px) scale(${by})`;
  }

  show(box, margin = MARGIN, most = MOST) {
    const width = this.size.width - RULER;
    const height = this.size.height - RULER;
    const wide = Math.max(1, box.right - box.left);
    const high = Math.max(1, box.bottom - box.top);
    const scale = Math.max(Math.min((width - 2 * margin) / wide, (height - 2 * margin) / high, most), 0.001);
    this.look(
      RULER + (width - wide * scale) / 2 - box.left * scale, RULER + (height - high * scale) / 2 - box.top * scale, scale,
    );
  }

  fit() {
    this.show(this.sheet, 20);
    this.fitted = true;
  }

  pan(dx, dy) {
    this.look(this.x + dx, this.y + dy, this.scale);
  }

  zoom(factor, px = this.size.width / 2, py = this.size.height / 2) {
    const scale = Math.min(Math.max(this.scale * factor, this.least), MOST);
    const by = scale / this.scale;
    this.look(px - (px - this.x) * by, py - (py - this.y) * by, scale);
  }

  // Brings a box of the sheet into sight, with as little movement as will do.
  reveal(box) {
    const { width, height } = this.size;
    const [left, top] = this.onScreen([box.left, box.top]);
    const [right, bottom] = this.onScreen([box.right, box.bottom]);
    const shift = (low, high, most) => {
      if (low >= MARGIN && high <= most - MARGIN) return 0;
      return high - low > most - 2 * MARGIN || low < MARGIN ? MARGIN - low : most - MARGIN - high;
    };
    const [dx, dy] = [shift(left, right, width), shift(top, bottom, height)];
    if (dx || dy) this.pan(dx, dy);
  }

  wheel(event) {
    event.preventDefault();
    const box = this.frame.getBoundingClientRect();
    // A pinch on a trackpad comes as a wheel with Ctrl, in smaller steps.
    const step = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    const factor = Math.exp(-Math.max(-120, Math.min(120, step)) * (event.ctrlKey ? 0.01 : 0.0022));
    this.zoom(factor, event.clientX - box.left, event.clientY - box.top);
  }

  // Pans or, with two fingers, pinches from here on; the caller feeds the events.
  grab(event) {
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
  }

  get pinching() {
    return this.fingers.size > 1;
  }

  drag(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    if (this.fingers.size === 2) {
      const other = [...this.fingers].find(([id]) => id !== event.pointerId)[1];
      const far = (a, b) => Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1]));
      const box = this.frame.getBoundingClientRect();
      const centre = [(now[0] + other[0]) / 2 - box.left, (now[1] + other[1]) / 2 - box.top];
      this.zoom(far(now, other) / far(before, other), ...centre);
      this.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    } else this.pan(now[0] - before[0], now[1] - before[1]);
    this.fingers.set(event.pointerId, now);
  }

  release(event) {
    this.fingers.delete(event.pointerId);
  }
}
