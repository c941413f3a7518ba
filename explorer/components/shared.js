// Shared by all components: it stands before each component's own script, after the constant PALETTES.

// The message of explorer/components/base.py:pack, as {meta, arrays: {name: {data, shape}}}.
function unpack(message) {
  const bytes = message instanceof Uint8Array ? message : new Uint8Array(message);
  const buffer = bytes.slice().buffer; // aligned to 8, whatever the transport's offset was
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const types = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
  const arrays = {};
  for (const [name, { dtype, shape, offset }] of Object.entries(header.arrays)) {
    const size = shape.reduce((product, n) => product * n, 1);
    arrays[name] = { data: new types[dtype](buffer, 4 + length + offset, size), shape };
  }
  return { meta: header.meta, arrays };
}

function parseColour(text) {
  const hex = /^#([0-9a-f]{6})$/i.exec(text.trim());
  if (hex) return [0, 2, 4].map((i) => parseInt(hex[1].slice(i, i + 2), 16));
  const rgb = /rgba?\(([^)]+)\)/.exec(text);
  return rgb ? rgb[1].split(/[ ,/]+/).slice(0, 3).map(Number) : [255, 255, 255];
}

// The palette of the theme that the page is in, told by how light its background is.
function palette(element) {
  const background = getComputedStyle(element).getPropertyValue("--st-background-color");
  const [r, g, b] = parseColour(background || "#ffffff");
  const dark = 0.2126 * r + 0.7152 * g + 0.0722 * b < 128;
  return { ...(dark ? PALETTES.dark : PALETTES.light), dark };
}

function mix(from, to, share) {
  const a = parseColour(from);
  const b = parseColour(to);
  return `rgb(${a.map((value, i) => Math.round(value + (b[i] - value) * share)).join(",")})`;
}

// A colour without transparency as one number, in the order of an ImageData's bytes.
function pixel(colour) {
  return new Uint32Array(Uint8Array.of(...parseColour(colour), 255).buffer)[0];
}

// 256 colours from the background up: for weights, which lie between 0 and 1.
const scales = {}; // a theme's scale is made once
function weightColours({ background, weight }) {
  return (scales[background + weight] ??= Array.from({ length: 256 }, (_, i) => mix(background, weight, i / 255)));
}

// The colour of a signed number, symmetric about 0: `limit` is the absolute value at the ends of the scale.
function signedColour(colours, value, limit) {
  const share = limit > 0 ? Math.min(Math.abs(value) / limit, 1) : 0;
  return mix(colours.background, value < 0 ? colours.negative : colours.positive, share);
}

// Black or white, whichever stands out more from a colour: by at least 4.58 to 1, since the two meet at the luminance
// where (L + 0.05)² = 1.05 · 0.05 (relative luminance and contrast as in WCAG 2.2).
const inks = {};
function readable(fill) {
  return (inks[fill] ??= (luminance(fill) + 0.05) ** 2 > 1.05 * 0.05 ? "#000000" : "#ffffff");
}

function luminance(colour) {
  const [r, g, b] = parseColour(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// Numbers as explorer/figures/style.py:significant writes them.
function significant(value, digits = 3) {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < digits + 2) {
    return Number(value.toExponential(digits - 1)).toFixed(Math.max(digits - 1 - power, 0)).replace("-", "−");
  }
  const raised = Array.from(String(power), (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("");
  return `${mantissa}·10${raised}`.replaceAll("-", "−");
}

// An element with text (never HTML: a token is always shown as itself).
function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

const kept = new WeakMap();

// What a component keeps from one call to the next: `create()` is called at the first, when it is put on the page.
function stateOf(parentElement, create) {
  if (!kept.has(parentElement)) kept.set(parentElement, create());
  return kept.get(parentElement);
}

// Calls `draw` whenever the element's width changes; returns what stops that.
function onWidth(element, draw) {
  let width = element.clientWidth;
  const observer = new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    draw();
  });
  observer.observe(element);
  return () => observer.disconnect();
}

// Tab reaches a frame only where there is something to scroll in it by the arrow keys.
function reachIfScrolled(frame) {
  const scrolls = frame.scrollHeight > frame.clientHeight || frame.scrollWidth > frame.clientWidth;
  if (frame.tabIndex !== (scrolls ? 0 : -1)) frame.tabIndex = scrolls ? 0 : -1;
}

// Sizes a canvas in CSS pixels, sharp on every screen, and returns its empty context.
function fitCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  const context = canvas.getContext("2d");
  if (canvas.width === across && canvas.height === down) {
    context.reset(); // much cheaper than a new bitmap and a new layout
  } else {
    Object.assign(canvas, { width: across, height: down });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  context.scale(across / width, down / height);
  return context;
}

// All digits of a float32: the shortest number that is read back as the same float32, as NumPy prints it.
function exact(value) {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text)).replaceAll("-", "−");
  }
  return String(Number(value.toPrecision(9))).replaceAll("-", "−");
}

// The label of a token, cut to `width` pixels with an ellipsis; the whole label must be reachable elsewhere.
function fitText(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  const characters = Array.from(text);
  while (characters.length > 1 && context.measureText(`${characters.join("")}…`).width > width) characters.pop();
  return `${characters.join("")}…`;
}

// The look of a masked cell: quiet hatching, which no weight has.
const patterns = {};
function hatching(context, colours, step = 6) {
  return (patterns[[colours.background, colours.grid, colours.muted, step]] ??= makeHatching(context, colours, step));
}

function makeHatching(context, colours, step) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = step;
  const pen = tile.getContext("2d");
  pen.fillStyle = mix(colours.background, colours.grid, 0.35);
  pen.fillRect(0, 0, step, step);
  pen.strokeStyle = mix(colours.background, colours.muted, 0.35);
  for (const shift of [-step, 0, step]) {
    pen.moveTo(shift - 1, step + 1);
    pen.lineTo(shift + step + 1, -1);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

// The scale of weights from 0 to 1, or of what else has a name and an end, and what a masked cell looks like:
// `maskedFill` makes it for a context, if there is one.
function weightLegend(colours, maskedFill, name = "weight", end = "1") {
  const legend = make("div", "legend");
  legend.append(make("span", "", `${name} 0`), make("span", "scale"), make("span", "", end));
  legend.children[1].style.background = `linear-gradient(to right, ${colours.background}, ${colours.weight})`;
  if (maskedFill) legend.append(maskedSwatch(maskedFill));
  return legend;
}

// What the hatching means; the two stay on one line.
function maskedSwatch(maskedFill) {
  const swatch = make("canvas", "swatch");
  const context = fitCanvas(swatch, 22, 14);
  context.fillStyle = maskedFill(context);
  context.fillRect(0, 0, 22, 14);
  const together = make("span", "together");
  together.append(swatch, make("span", "", "masked"));
  return together;
}

// Calls `action` whenever the page's theme changes: Streamlit then writes its CSS variables anew. Returns what stops that.
function onTheme(element, action) {
  let { dark } = palette(element);
  const observer = new MutationObserver(() => {
    // Streamlit touches the classes and styles of its elements at every run.
    if (palette(element).dark === dark) return;
    dark = !dark;
    action();
  });
  for (let node = element.getRootNode().host ?? element; node; node = node.parentElement) {
    observer.observe(node, { attributes: true, attributeFilter: ["class", "style"] });
  }
  return () => observer.disconnect();
}

// Calls `action` when a font has come that was asked for: what was written on a canvas before has another. Returns what
// stops that.
function onFonts(action) {
  document.fonts.addEventListener("loadingdone", action);
  return () => document.fonts.removeEventListener("loadingdone", action);
}

// Draws a view anew when its width or the theme has changed. Returns what stops that, and calls what `more` has to stop.
function redrawing(view, draw, ...more) {
  const stops = [onWidth(view.root, () => draw(view)), onTheme(view.root, () => draw(view)), ...more];
  return () => stops.forEach((stop) => stop());
}

// Keys may come faster than answers: the server hears of a change at once if none came just before it, and of the last of
// several quick ones as soon as they pause (times in milliseconds).
function sendSoon(view, send, pause = 35, quiet = 400) {
  clearTimeout(view.sending);
  const now = performance.now();
  const alone = now - (view.changedAt ?? -quiet) >= quiet;
  view.changedAt = now;
  view.sending = setTimeout(send, alone ? 0 : pause);
}

// The state of a component that `draw(view)` draws from `view.data`: when another came, see drawIfNew, or another theme.
function themed(parentElement, draw) {
  return stateOf(parentElement, () => {
    const view = { draw };
    view.stop = onTheme(parentElement.querySelector(".root"), () => draw(view));
    return view;
  });
}

function drawIfNew(view, data) {
  const shown = JSON.stringify(data);
  if (shown === view.shown) return;
  Object.assign(view, { data, shown });
  view.draw(view);
}

// Components tell each other at once what a visitor chose, long before the server has answered: the answer then brings
// the exact numbers. Returns what stops listening.
function announce(name, detail) {
  window.dispatchEvent(new CustomEvent(`explorer-${name}`, { detail }));
}

function onAnnounced(name, action) {
  const listener = (event) => action(event.detail);
  window.addEventListener(`explorer-${name}`, listener);
  return () => window.removeEventListener(`explorer-${name}`, listener);
}

// Two select boxes name a place, counted from 1: calls `action` with the place, counted from 0, once one of them is chosen.
function onPlaceChosen(view, place, action) {
  return onAnnounced("choice", ({ key, words }) => {
    const axis = view.meta?.follows?.indexOf(key) ?? -1;
    if (axis >= 0) action(place().map((n, each) => (each === axis ? Number.parseInt(words, 10) - 1 : n)));
  });
}

// Whether two messages hold the same arrays; of what stays, only the marks on it need to be drawn again.
function sameArrays(one, other) {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name in other && sameArray(one[name], other[name]));
}

function sameArray(one, other) {
  if (one.shape.join() !== other.shape.join()) return false;
  for (let i = 0; i < one.data.length; i++) if (one.data[i] !== other.data[i]) return false; // NaN equals nothing
  return true;
}
