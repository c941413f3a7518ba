// Signed numbers in buttons: as a colour behind the number, or as a bar from the middle.

// Black or white on a colour, whichever is easier to read.
function textOn(colour, colours) {
  const light = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const far = (other) => Math.abs(light(parseColour(colour)) - light(parseColour(other)));
  return far(colours.text) >= far(colours.background) ? colours.text : colours.background;
}

function paintColour(element, value, limit, colours) {
  const colour = signedColour(colours, value, limit);
  element.style.background = colour;
  element.style.color = textOn(colour, colours);
}

// A bar from the middle: to the right where the number is positive.
function signedTrack(value, limit, colours) {
  const track = make("span", "track");
  const bar = make("span", value < 0 ? "bar negative" : "bar");
  bar.style.width = `${limit > 0 ? Math.min(50, (50 * Math.abs(value)) / limit) : 0}%`;
  bar.style.background = value < 0 ? colours.negative : colours.positive;
  track.append(bar);
  return track;
}

function allDigits(value) {
  return String(value).replaceAll("-", "−");
}
