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

// 256 colours from the background up: for weights, which lie between 0 and 1.
function weightColours(colours) {
  return Array.from({ length: 256 }, (_, i) => mix(colours.background, colours.weight, i / 255));
}

// The colour of a signed number, symmetric about 0: `limit` is the absolute value at the ends of the scale.
function signedColour(colours, value, limit) {
  const share = limit > 0 ? Math.min(Math.abs(value) / limit, 1) : 0;
  return mix(colours.background, value < 0 ? colours.negative : colours.positive, share);
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
  return `${mantissa}·10^${power}`.replaceAll("-", "−");
}

// An element with text (never HTML: a token is always shown as itself).
function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
