// The position code of the paper (Vaswani et al. 2017, section 3.5), in float64: the pictures follow a slider with it.

// What pos is divided by in pair i: base^(2i/d).
function divisors(d, base) {
  return Float64Array.from({ length: d / 2 }, (_, i) => Math.pow(base, (2 * i) / d));
}

// PE for positions 0 to n - 1, row by row: dimension 2i is sin(pos / base^(2i/d)), dimension 2i + 1 its cosine.
function codeMatrix(n, d, base) {
  const by = divisors(d, base);
  const code = new Float64Array(n * d);
  for (let pos = 0, at = 0; pos < n; pos++) {
    for (let i = 0; i < by.length; i++) {
      code[at++] = Math.sin(pos / by[i]);
      code[at++] = Math.cos(pos / by[i]);
    }
  }
  return code;
}
