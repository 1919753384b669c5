// Reads codes from the camera or a picture: by the browser's own detector, else by a vendored one.
const WANTED = ["qr_code", "code_128", "code_39", "data_matrix", "ean_13"];
const WASM_FORMATS = [
  "QRCode", "MicroQRCode", "DataMatrix", "Code128", "Code39", "Code93", "EAN13", "EAN8", "UPCA", "UPCE",
];
const MATRIX = /qr|matrix/i;
const LONGEST_SIDE = { video: 1280, picture: 2200 };
const PAUSE = 120;
// The same code is not told again until it was out of sight for so long.
const AGAIN = 2500;
const KEPT = "scan-camera";

const FAULTS = {
  NotAllowedError: "The browser may not use the camera. Allow it for this site in the browser's address bar or settings, then start again.",
  NotFoundError: "This device has no camera. Type the code, use a hand-held scanner, or choose a picture.",
  OverconstrainedError: "This camera is not there any more. Choose another, or a picture.",
  NotReadableError: "Another program holds the camera. Close it, then start again.",
};
const INSECURE = "Browsers give the camera to pages over HTTPS only. Open this page with https://, or type the code, use a hand-held scanner, or choose a picture.";
const NO_READER = "What reads codes could not be loaded. Check the network, then start again; codes can be typed meanwhile.";

async function nativeReader() {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await window.BarcodeDetector.getSupportedFormats();
  if (!WANTED.every((format) => formats.includes(format))) return null;
  const detector = new window.BarcodeDetector({ formats });
  return async (image) => (await detector.detect(image)).map((found) => ({
    text: found.rawValue, format: found.format,
    x: found.boundingBox.x + found.boundingBox.width / 2,
    y: found.boundingBox.y + found.boundingBox.height / 2,
  }));
}

async function wasmReader({ reader, wasm }) {
  const { prepareZXingModule, readBarcodes } = await import(reader);
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  const options = { formats: WASM_FORMATS, tryHarder: true, maxNumberOfSymbols: 8 };
  return async (image) => (await readBarcodes(image, options)).filter((each) => each.isValid).map(
    ({ text, format, position: { topLeft: a, bottomRight: b } }) => (
      { text, format, x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }),
  );
}

function pixels(source, width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

class Scanner {
  constructor(section, onCode) {
    this.section = section;
    this.onCode = onCode;
    this.part = (name) => section.querySelector(`[data-${name}]`);
    this.seen = new Map();
    this.before = new Set();
    this.stream = null;
    this.part("start").addEventListener("click", () => (this.stream ? this.stop(true) : this.start()));
    this.part("torch").addEventListener("click", () => this.toggleTorch());
    this.part("cameras").addEventListener("change", () => this.start(this.part("cameras").value));
    this.part("picture").addEventListener("change", (event) => this.readPicture(event.target));
    document.addEventListener("visibilitychange", () => this.onVisibility());
    section.hidden = false;
    if (localStorage.getItem(KEPT) === "on") this.resume();
  }

  // Starts by itself where it ran last time and the browser need not ask.
  async resume() {
    const state = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
    if (state?.state === "granted") this.start();
  }

  onVisibility() {
    if (document.hidden && this.stream) {
      this.stop();
      this.paused = true;
    } else if (!document.hidden && this.paused) {
      this.paused = false;
      this.start();
    }
  }

  tell(fault) {
    this.part("fault").textContent = fault;
    this.part("fault").hidden = !fault;
  }

  async reader() {
    this.made ??= nativeReader().catch(() => null).then((made) => made || wasmReader(this.section.dataset));
    try {
      return await this.made;
    } catch (error) {
      this.made = null;
      throw Object.assign(new Error(NO_READER), { told: true, cause: error });
    }
  }

  async start(deviceId = "") {
    this.stop();
    this.tell("");
    if (!navigator.mediaDevices?.getUserMedia) {
      this.tell(window.isSecureContext ? FAULTS.NotFoundError : INSECURE);
      return;
    }
    const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "environment" };
    const video = { ...which, width: { ideal: 1920 }, height: { ideal: 1080 } };
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      await this.showCamera();
      const read = await this.reader();
      if (this.stream) this.watch(read, this.stream);
    } catch (error) {
      this.stop();
      this.tell(error.told ? error.message : FAULTS[error.name] || `The camera cannot be used: ${error.message}`);
    }
  }

  async showCamera() {
    const video = this.part("video");
    video.srcObject = this.stream;
    this.part("view").hidden = false;
    this.part("start-label").textContent = "Stop camera";
    await video.play();
    localStorage.setItem(KEPT, "on");
    const [track] = this.stream.getVideoTracks();
    this.part("torch").hidden = !track.getCapabilities?.().torch;
    const all = await navigator.mediaDevices.enumerateDevices();
    const cameras = all.filter((device) => device.kind === "videoinput");
    const select = this.part("cameras");
    select.replaceChildren(...cameras.map((device, n) => (
      new Option(device.label || `Camera ${n + 1}`, device.deviceId))));
    select.value = track.getSettings().deviceId;
    select.hidden = cameras.length < 2;
  }

  stop(forGood = false) {
    if (forGood) localStorage.removeItem(KEPT);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.part("view").hidden = true;
    this.part("torch").hidden = true;
    this.part("torch").setAttribute("aria-pressed", "false");
    this.part("start-label").textContent = "Start camera";
  }

  async toggleTorch() {
    const [track] = this.stream?.getVideoTracks() || [];
    const button = this.part("torch");
    const on = button.getAttribute("aria-pressed") !== "true";
    try {
      await track?.applyConstraints({ advanced: [{ torch: on }] });
      button.setAttribute("aria-pressed", String(on));
    } catch {
      this.tell("This camera's light cannot be switched.");
    }
  }

  async watch(read, stream) {
    const video = this.part("video");
    while (this.stream === stream) {
      if (video.readyState >= 2 && video.videoWidth) {
        const image = pixels(video, video.videoWidth, video.videoHeight, LONGEST_SIDE.video);
        this.consider(await read(image), image.width, image.height);
      }
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  // The code nearest to the middle; bars are believed when two pictures in a row show them.
  consider(codes, width, height) {
    const now = Date.now();
    const distance = ({ x, y }) => Math.hypot(x - width / 2, y - height / 2);
    const sure = codes.filter(({ text, format }) => text && (MATRIX.test(format) || this.before.has(text)));
    this.before = new Set(codes.map(({ text }) => text));
    const [best] = sure.sort((a, b) => distance(a) - distance(b));
    if (!best) return;
    const fresh = now - (this.seen.get(best.text) || 0) > AGAIN;
    this.seen.set(best.text, now);
    if (fresh) this.give(best.text);
  }

  give(text) {
    navigator.vibrate?.(60);
    this.part("view").classList.add("is-read");
    setTimeout(() => this.part("view").classList.remove("is-read"), 350);
    this.onCode(text);
  }

  async readPicture(input) {
    const [file] = input.files;
    input.value = "";
    this.part("several").hidden = true;
    this.tell("");
    if (!file) return;
    try {
      const bitmap = await createImageBitmap(file);
      const read = await this.reader();
      const codes = await read(pixels(bitmap, bitmap.width, bitmap.height, LONGEST_SIDE.picture));
      const texts = [...new Set(codes.map(({ text }) => text).filter(Boolean))];
      if (texts.length > 1) this.choose(texts);
      else if (texts.length) this.onCode(texts[0]);
      else this.tell("No code was found in the picture. Go closer, hold it straight, and avoid glare.");
    } catch (error) {
      this.tell(error.told ? error.message : "This file is no picture that the browser can read.");
    }
  }

  choose(texts) {
    const box = this.part("several");
    box.replaceChildren(...texts.map((text) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button mono";
      button.textContent = text;
      button.addEventListener("click", () => this.onCode(text));
      return button;
    }));
    box.hidden = false;
  }
}

// Gives `onCode` each code that is read.
export function startScanner(section, onCode) {
  return new Scanner(section, onCode);
}

// A hand-held scanner types: what is typed outside of any field goes into this one.
export function catchTyping(field) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, dialog");
    const plain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (typing || !plain) return;
    event.stopPropagation();
    field.focus();
  }, true);
}
