// Where the nodes of a tree stand: one column per step, in an order in which no two edges cross.

const KEPT = { height: 42, font: 15, gap: 8 };
const DROPPED = { height: 17, font: 12, gap: 2 };
const WIDEST = 150; // a longer token is cut with an ellipsis; it is whole in the words above
const BETWEEN = 56; // from one column to the next: room for the edges
const MARGIN = 14;

// Gives the nodes that are shown x, y (their middle on the left), width and height; returns the columns and their size.
function layOutTree(nodes, isShown, measure) {
  const columns = columnsOf(nodes, isShown);
  const heights = columns.map((column) => stackHeight(column));
  const height = Math.max(0, ...heights);
  let x = MARGIN;
  for (const column of columns) {
    for (const node of column.nodes) sizeNode(node, measure);
    placeColumn(column.nodes, height);
    column.x = x;
    column.width = Math.max(...column.nodes.map((node) => node.width));
    for (const node of column.nodes) Object.assign(node, { x, y: node.y + MARGIN });
    x += column.width + BETWEEN;
  }
  return { columns, width: x - BETWEEN + MARGIN, height: height + 2 * MARGIN };
}

// The children in the order of their parents, and of one parent the most probable first: so no two edges cross.
function columnsOf(nodes, isShown) {
  const columns = [];
  for (const node of nodes) {
    if (isShown(node)) (columns[node.step] ??= { nodes: [] }).nodes.push(node);
  }
  for (const column of columns) {
    column.nodes.sort((a, b) => (a.parent?.place ?? 0) - (b.parent?.place ?? 0) || b.logProbability - a.logProbability);
    column.nodes.forEach((node, i) => (node.place = i));
  }
  return columns;
}

function sizeNode(node, measure) {
  const look = node.fate === "dropped" ? DROPPED : KEPT;
  const words = Math.max(measure(node.label, look.font), node.fate === "dropped" ? 0 : measure(node.number, 12));
  node.font = look.font;
  node.height = look.height;
  node.width = Math.min(Math.ceil(words), WIDEST) + (node.fate === "dropped" ? 10 : 18);
}

function lookOf(node) {
  return node.fate === "dropped" ? DROPPED : KEPT;
}

// How far the middles of two neighbours in a column are apart at least.
function distance(upper, lower) {
  const [a, b] = [lookOf(upper), lookOf(lower)];
  return (a.height + b.height) / 2 + Math.max(a.gap, b.gap);
}

function stackHeight({ nodes }) {
  const between = nodes.slice(1).reduce((sum, node, i) => sum + distance(nodes[i], node), 0);
  return between + lookOf(nodes[0]).height / 2 + lookOf(nodes.at(-1)).height / 2;
}

// Each node as near to its wanted height (its parent's; siblings spread around it) as its neighbours allow: the closest
// such heights, by pooling neighbours that would overlap (isotonic regression), then moved inside the picture.
function placeColumn(nodes, height) {
  const offsets = [0]; // of each node below the first, if all touch
  for (let i = 1; i < nodes.length; i++) offsets.push(offsets[i - 1] + distance(nodes[i - 1], nodes[i]));
  const wanted = wantedHeights(nodes, offsets, height);
  const pools = [];
  nodes.forEach((_, i) => {
    let pool = { sum: wanted[i] - offsets[i], count: 1 };
    while (pools.length && pools.at(-1).sum / pools.at(-1).count >= pool.sum / pool.count) {
      const before = pools.pop();
      pool = { sum: before.sum + pool.sum, count: before.count + pool.count };
    }
    pools.push(pool);
  });
  const starts = pools.flatMap(({ sum, count }) => Array(count).fill(sum / count));
  const top = lookOf(nodes[0]).height / 2;
  const lowest = height - lookOf(nodes.at(-1)).height / 2 - offsets.at(-1);
  nodes.forEach((node, i) => (node.y = Math.max(top, Math.min(lowest, starts[i])) + offsets[i]));
}

function wantedHeights(nodes, offsets, height) {
  return nodes.map((node, i) => {
    if (!node.parent) return height / 2;
    const first = nodes.findIndex((each) => each.parent === node.parent);
    const last = nodes.findLastIndex((each) => each.parent === node.parent);
    return node.parent.y - MARGIN + offsets[i] - (offsets[first] + offsets[last]) / 2;
  });
}
