// Sliders with number boxes: the picture follows while a slider is dragged, and the server hears once it is let go.

const STOPS = 1000; // of a slider whose steps are factors, not differences

// `numbers`: {name, label, low, high, step, ratio}; `changed(name, value, done)` is called for whatever is a valid value.
function makeSliders(numbers, changed) {
  const element = make("div", "sliders");
  const problem = make("p", "problem");
  problem.setAttribute("role", "alert");
  const rows = {};
  for (const number of numbers) {
    const row = (rows[number.name] = { number, range: make("input"), box: make("input") });
    const label = make("div", "slider");
    Object.assign(row.range, { type: "range", min: 0, step: 1 });
    row.range.setAttribute("aria-label", number.label);
    Object.assign(row.box, { type: "text", inputMode: "numeric", autocomplete: "off", spellcheck: false });
    row.box.setAttribute("aria-label", `${number.label} as a number`);
    const slide = (done) => {
      row.dragged = !done;
      row.wrong = false;
      problem.textContent = "";
      const value = valueAtStop(row.number, Number(row.range.value));
      row.box.value = value;
      speak(row, value);
      changed(number.name, value, done);
    };
    row.range.addEventListener("input", () => slide(false));
    row.range.addEventListener("change", () => slide(true));
    row.box.addEventListener("change", () => {
      const wrong = whyNot(row.number, row.box.value);
      problem.textContent = wrong;
      row.wrong = wrong !== ""; // what was typed stays, to be corrected
      if (!wrong) changed(number.name, Number(row.box.value), true);
    });
    label.append(make("span", "name", number.label), row.range, row.box);
    element.append(label);
  }
  element.append(problem);
  // The sliders and boxes at these values, with these upper ends; one that is being dragged stays in the hand.
  const show = (values, highs) => {
    for (const [name, row] of Object.entries(rows)) {
      row.number = { ...row.number, high: highs[name] ?? row.number.high };
      row.range.max = row.number.ratio ? STOPS : (row.number.high - row.number.low) / row.number.step;
      if (!row.dragged) row.range.value = stopOf(row.number, values[name]);
      if (!row.dragged) speak(row, values[name]);
      if (!row.dragged && !row.wrong) row.box.value = values[name];
    }
  };
  return { element, show };
}

// What the slider stands for: its own value is only a stop among others.
function speak({ range }, value) {
  range.setAttribute("aria-valuetext", value.toLocaleString("en"));
}

function valueAtStop({ low, high, step, ratio }, stop) {
  if (!ratio) return low + stop * step;
  const value = low * Math.pow(high / low, stop / STOPS);
  return Math.min(high, Math.max(low, Number(value.toPrecision(2)))); // round numbers: 10,000 is one of them
}

function stopOf({ low, high, step, ratio }, value) {
  return ratio ? Math.round((STOPS * Math.log(value / low)) / Math.log(high / low)) : (value - low) / step;
}

// One sentence, or nothing where the text is a value that the slider could have too.
function whyNot({ label, low, high, step }, text) {
  const value = Number(text);
  const between = `${low.toLocaleString("en")} and ${high.toLocaleString("en")}`;
  if (!/^\d+$/.test(text.trim()) || value < low || value > high) {
    return `${label} must be a whole number between ${between}.`;
  }
  return (value - low) % step ? `${label} must be even: every sine needs its cosine.` : "";
}
