// Figure 1 of Vaswani et al. (2017). Everything is laid out from the bottom up, y growing upwards; `draw` turns it over.

const SVG = "http://www.w3.org/2000/svg";
const ARROW = 7; // length of an arrow's head
const FORK = 37; // height of the three arrows q, k, v below an attention box
const SPREAD = 44; // distance between two of them
const LOOP = 16; // how far the residual arrow keeps from the boxes
const PAD = 11; // from there, or from the boxes, to the frame around a layer

export default ahead(receive);

function receive({ data, parentElement, setTriggerValue }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  view.data = data;
  view.open = (door) => setTriggerValue("open", door);
  redraw(view);
  return view.stop;
}

function createView(root) {
  const view = { root };
  view.stop = redrawing(view, redraw);
  return view;
}

function redraw(view) {
  const { root, data } = view;
  const colours = palette(root);
  for (const name of ["q", "k", "v", "muted"]) root.style.setProperty(`--${name}`, colours[name]);
  root.style.setProperty("--attention", colours.weight);
  const wanted = `${root.clientWidth} ${JSON.stringify(data)}`;
  if (!root.clientWidth || wanted === view.drawn) return; // what is drawn keeps the keyboard's focus
  view.drawn = wanted;
  drawFigure(root, data, (door) => view.open(door));
}

function drawFigure(root, data, open) {
  const two = data.stacks.length === 2;
  const narrow = root.clientWidth < 440;
  const channel = narrow ? 2 * PAD + 14 : 2 * PAD + 40; // between the two columns
  const margin = LOOP + PAD;
  const wanted = two ? (root.clientWidth - channel - 2 * margin) / 2 : 226;
  const boxWidth = Math.min(Math.max(wanted, 128), 226);
  const figure = { shapes: [], boxWidth };
  let x = (two ? margin : PAD) + boxWidth / 2;
  let memory = null;
  for (const [i, stack] of data.stacks.entries()) {
    memory = layoutStack(figure, stack, x, two && i === 0 ? -1 : 1, memory && { ...memory, channel: x - (boxWidth + channel) / 2 });
    x += boxWidth + channel;
  }
  const width = x - channel - boxWidth / 2 + margin;
  const height = Math.max(...figure.shapes.map((shape) => shape.top)) + 2;

  const detail = make("div", "detail", data.hint);
  detail.setAttribute("aria-live", "polite");
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": data.label });
  svg.style.width = `${Math.min(width, root.clientWidth)}px`;
  const say = (text) => (detail.textContent = text ?? data.hint);
  for (const shape of figure.shapes) svg.append(draw(shape, height, open, say));
  if (!narrow) {
    // The words stand where the figure leaves room: above the shorter encoder, or beside a single stack.
    const scale = Math.min(1, root.clientWidth / width);
    detail.classList.add("floating");
    if (two) detail.style.width = `${(margin + boxWidth) * scale}px`;
    else {
      svg.style.margin = "0";
      detail.style.left = `${width * scale + 16}px`;
    }
  }
  root.replaceChildren(svg, detail);
}

// Lays out one stack around x = cx, its residual arrows on `side`; returns where its output leaves it.
function layoutStack(figure, stack, cx, side, memory) {
  const pen = { figure, cx, side, y: 0 };
  put(pen, { type: "text", className: "small", text: stack.input, x: cx, y: 4, top: 18 }, 20);
  rise(pen, 14, true);
  putBox(pen, stack.embedding);
  if (stack.position) {
    rise(pen, 12, true);
    putPlus(pen, stack.position.detail, stack.position.title);
  }
  if (stack.segment) {
    rise(pen, 8, true);
    putPlus(pen, stack.segment.detail, stack.segment.title);
  }
  if (stack.embedding_norm) {
    rise(pen, 12, true);
    putBox(pen, stack.embedding_norm);
  }
  rise(pen, 10);
  const bottom = pen.y;
  for (const sublayer of stack.sublayers) layoutSublayer(pen, sublayer, memory);
  rise(pen, 8);
  const left = cx - figure.boxWidth / 2 - PAD - (side < 0 ? LOOP : 0);
  const width = figure.boxWidth + 2 * PAD + LOOP;
  const frame = { type: "frame", x: left, y: bottom, width, top: pen.y, side, text: `${stack.repeat} ×`, detail: stack.repeated };
  figure.shapes.unshift(frame);
  if (stack.final_norm) {
    rise(pen, 12, true);
    putBox(pen, stack.final_norm);
  }
  for (const box of stack.output) {
    rise(pen, 11, true);
    putBox(pen, box);
  }
  if (stack.answer) {
    rise(pen, 14, true);
    put(pen, { type: "text", className: "small", text: stack.answer, x: cx, y: pen.y + 6, top: pen.y + 20 }, 20);
  }
  return { x: cx, y: pen.y };
}

function layoutSublayer(pen, sublayer, memory) {
  rise(pen, 10);
  const branch = pen.y;
  if (sublayer.norm) {
    rise(pen, 14, true);
    putBox(pen, sublayer.norm);
  }
  if (sublayer.fork) putFork(pen, sublayer.fork, memory);
  else rise(pen, 16, true);
  putBox(pen, sublayer.body);
  const { cx, side, figure } = pen;
  const far = cx + side * (figure.boxWidth / 2 + LOOP);
  rise(pen, sublayer.join ? 8 : 10, true);
  const low = pen.y;
  if (sublayer.join) putBox(pen, sublayer.join);
  else putPlus(pen, sublayer.joined);
  const middle = (low + pen.y) / 2;
  const edge = cx + side * (sublayer.join ? figure.boxWidth / 2 : 9);
  line(figure, "residual", [[cx, branch], [far, branch], [far, middle], [edge, middle]], true);
}

// The three arrows into an attention box: v, k and q, in the order of the paper's figure.
function putFork(pen, fork, memory) {
  const { figure, cx, y } = pen;
  const bend = y + 10;
  const crossed = fork.kind === "cross" && memory;
  const xs = { v: cx - SPREAD, k: cx, q: cx + SPREAD };
  const group = { type: "fork", fork, arrows: [], x: cx - 1.4 * SPREAD, y: bend - 3, width: 2.8 * SPREAD, top: y + FORK };
  if (crossed) {
    const over = memory.y + 14;
    const low = bend + 7;
    line(figure, "flow", [[memory.x, memory.y], [memory.x, over], [memory.channel, over], [memory.channel, low], [xs.k, low]]);
    line(figure, "flow", [[cx, y], [cx, y + 3], [xs.q, y + 3], [xs.q, bend + 2]]);
  } else {
    line(figure, "flow", [[cx, y], [cx, bend]]);
    line(figure, "flow", [[xs.v, bend], [xs.q, bend]]);
  }
  for (const [name, x] of Object.entries(xs)) {
    group.arrows.push({ name, x, from: crossed && name !== "q" ? bend + 7 : bend, to: y + FORK });
  }
  figure.shapes.push(group);
  pen.y += FORK;
}

function putBox(pen, box) {
  const { figure, cx } = pen;
  const room = figure.boxWidth - 16;
  const titles = wrap(box.title.split(" "), " ", room, 14, 600);
  const lines = wrap(box.lines, " · ", room, 12, 400);
  const height = (box.style === "norm" ? 8 : 12) + 18 * titles.length + 16 * lines.length;
  put(pen, { type: "box", box, titles, lines, x: cx - figure.boxWidth / 2, y: pen.y, width: figure.boxWidth, top: pen.y + height }, height);
}

function putPlus(pen, detail, label) {
  const words = label ? wrap(label.split(" "), " ", pen.figure.boxWidth / 2 - 14, 12, 400) : [];
  put(pen, { type: "plus", x: pen.cx, y: pen.y + 9, top: pen.y + 18, side: pen.side, detail, words }, 18);
}

function rise(pen, gap, arrow = false) {
  line(pen.figure, "flow", [[pen.cx, pen.y], [pen.cx, pen.y + gap]], arrow);
  pen.y += gap;
}

function put(pen, shape, height) {
  pen.figure.shapes.push(shape);
  pen.y += height;
}

function line(figure, className, points, arrow = false) {
  figure.shapes.push({ type: "line", className, points, arrow, top: Math.max(...points.map((point) => point[1])) });
}

// Joins the parts to as few lines as fit the width.
function wrap(parts, joint, width, size, weight) {
  const lines = [];
  for (const part of parts) {
    const longer = lines.length ? `${lines.at(-1)}${joint}${part}` : part;
    if (lines.length && textWidth(longer, size, weight) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

function textWidth(text, size, weight) {
  textWidth.context ??= document.createElement("canvas").getContext("2d");
  textWidth.context.font = `${weight} ${size}px "Source Sans", sans-serif`;
  return textWidth.context.measureText(text).width;
}

function draw(shape, height, open, say) {
  const flip = (y) => height - y;
  const group = element("g", {});
  if (shape.type === "text") group.append(label(shape.text, shape.className, shape.x, flip(shape.y)));
  if (shape.type === "line") drawLine(group, shape.points.map(([x, y]) => [x, flip(y)]), shape.className, shape.arrow);
  if (shape.type === "plus") drawPlus(group, shape, flip(shape.y));
  if (shape.type === "frame") drawFrame(group, shape, flip);
  if (shape.type === "box") drawBox(group, shape, flip(shape.top));
  if (shape.type === "fork") drawFork(group, shape, flip);
  explain(group, shape.box?.detail ?? shape.fork?.detail ?? shape.detail, say);
  const door = shape.box?.opens ?? shape.fork?.opens;
  if (door) makeDoor(group, door, shape.box?.title ?? "Queries, keys and values", open);
  return group;
}

function drawBox(group, { box, titles, lines, x, width, y, top }, upper) {
  const middle = x + width / 2;
  group.append(element("rect", { class: `box ${box.style}`, x, y: upper, width, height: top - y, rx: 6 }));
  let base = upper + (box.style === "norm" ? 0 : 2) + 17;
  for (const title of titles) {
    group.append(label(title, "title", middle, base));
    base += 18;
  }
  for (const text of lines) {
    group.append(label(text, "small", middle, base - 1));
    base += 16;
  }
}

function drawFork(group, { arrows, x, y, width, top }, flip) {
  group.append(element("rect", { class: "target", x, y: flip(top) + 1, width, height: top - y - 2, rx: 4 }));
  for (const { name, x: at, from, to } of arrows) {
    drawLine(group, [[at, flip(from)], [at, flip(to)]], name, true);
    const letter = label(name, `letter ${name}`, at + 10, flip((from + to) / 2) + 3);
    group.append(letter);
  }
}

function drawFrame(group, { x, y, width, top, side, text, detail }, flip) {
  group.append(element("rect", { class: "frame", x, y: flip(top), width, height: top - y, rx: 10 }));
  const at = side < 0 ? x + 40 : x + width - 40;
  group.append(element("rect", { class: "behind", x: at - 20, y: flip(top) - 12, width: 40, height: 24 }));
  group.append(label(text, "repeat", at, flip(top) + 5));
}

function drawPlus(group, { x, side, words }, y) {
  group.append(element("circle", { class: "plus", cx: x, cy: y, r: 9 }));
  group.append(element("path", { class: "flow", d: `M${x - 5} ${y}h10M${x} ${y - 5}v10` }));
  words.forEach((word, i) => {
    const text = label(word, "small", x + side * 18, y + 4 + (i - (words.length - 1) / 2) * 14);
    text.style.textAnchor = side < 0 ? "end" : "start";
    group.append(text);
  });
}

function drawLine(group, points, className, arrow) {
  const [before, end] = points.slice(-2);
  const length = Math.hypot(end[0] - before[0], end[1] - before[1]) || 1;
  const [dx, dy] = [(end[0] - before[0]) / length, (end[1] - before[1]) / length];
  const stop = arrow ? [end[0] - dx * (ARROW - 1), end[1] - dy * (ARROW - 1)] : end;
  const path = [...points.slice(0, -1), stop].map((point) => point.join(" ")).join("L");
  group.append(element("path", { class: className, d: `M${path}` }));
  if (!arrow) return;
  const [bx, by] = [end[0] - dx * ARROW, end[1] - dy * ARROW];
  const head = `M${end.join(" ")}L${bx - dy * 4} ${by + dx * 4}L${bx + dy * 4} ${by - dx * 4}Z`;
  const colour = element("g", { class: className });
  colour.append(element("path", { class: "head", d: head }));
  group.append(colour);
}

function explain(group, detail, say) {
  if (!detail) return;
  const title = element("title", {});
  title.textContent = detail;
  group.append(title);
  for (const event of ["pointerenter", "focus"]) group.addEventListener(event, () => say(detail));
  for (const event of ["pointerleave", "blur"]) group.addEventListener(event, () => say());
}

function makeDoor(group, door, title, open) {
  group.setAttribute("class", "door");
  group.setAttribute("role", "button");
  group.setAttribute("tabindex", "0");
  group.setAttribute("aria-label", `${title}: open the page ${door.page.replace("_", " ")} (${door.kind})`);
  group.dataset.page = door.page;
  group.dataset.kind = door.kind;
  group.addEventListener("click", () => open(door));
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    open(door);
  });
}

// Text in which d_model is written with its index below the line.
function label(text, className, x, y) {
  const node = element("text", { class: className, x, y });
  for (const [i, part] of text.split(/_(\w+)/).entries()) {
    const span = element("tspan", i % 2 ? { dy: 3, "font-size": "80%" } : i ? { dy: -3 } : {});
    span.textContent = part;
    node.append(span);
  }
  return node;
}

function element(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
