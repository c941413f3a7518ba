// explorer/model/changed_attention.py:edited_row once more, for what is drawn before the server has answered.

// `own` is a Float32Array and `allowed` has 0 where a key is masked; `given` is a list of [key, weight]. Returns a
// Float32Array, or null where every weight would be 0.
function editedRow(own, allowed, given) {
  const wanted = new Map(given.map(([key, weight]) => [key, Math.fround(weight)]));
  if ([...wanted].every(([key, weight]) => own[key] === weight)) return Float32Array.from(own);
  const keys = Array.from(own, (_, key) => key);
  const left = Math.max(0, 1 - [...wanted.values()].reduce((sum, weight) => sum + weight, 0));
  const rest = keys.reduce((sum, key) => sum + (wanted.has(key) ? 0 : own[key]), 0);
  const free = keys.filter((key) => allowed[key] && !wanted.has(key)).length;
  const row = keys.map((key) => {
    if (wanted.has(key)) return wanted.get(key);
    if (rest > 0) return (own[key] / rest) * left;
    return allowed[key] ? left / free : 0; // others that had nothing share alike
  });
  const total = row.reduce((sum, weight) => sum + weight, 0);
  return total > 0 ? Float32Array.from(row, (weight) => weight / total) : null;
}
