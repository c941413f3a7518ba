// Signed numbers in buttons: as a colour behind the number, or as a bar from the middle.

function paintColour(element, value, limit, colours) {
  const colour = signedColour(colours, value, limit);
  element.style.background = colour;
  element.style.color = readable(colour);
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
