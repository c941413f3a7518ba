// The learned arrays of a model, as [path, name, shape, count]: sent are those of the first layer of each stack, and the
// others are like them.
function arraysOf({ data, dragged, symbols, layers }) {
  const made = [];
  for (const [path, name, sentShape, sentCount, dims] of data.arrays) {
    const shape = dragged ? shapeOf(dims, symbols) : sentShape;
    const count = dragged ? sizeOf(shape) : sentCount;
    const [, stack, rest] = name.match(/^(\w+)\.blocks\.0\.(.+)$/) ?? [];
    if (stack === undefined) made.push([path, name, shape, count]);
    else {
      for (let n = 0; n < layers[stack]; n++) {
        made.push([[path[0], `layer ${n + 1}`, ...path.slice(2)], `${stack}.blocks.${n}.${rest}`, shape, count]);
      }
    }
  }
  return made;
}
