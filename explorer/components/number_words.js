// Sentences whose numbers change: a paragraph is set anew only where it says something else than before.

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".root");
  const view = stateOf(parentElement, () => ({ said: [] }));
  while (root.childNodes.length > data.length) root.lastChild.remove();
  data.forEach((paragraph, n) => {
    const line = root.childNodes[n] ?? root.appendChild(make("p"));
    if (view.said[n] !== paragraph) line.replaceChildren(...paragraph.split(/(\$[^$]+\$|\*\*[^*]+\*\*|~[^~]+~)/).map(run));
  });
  view.said = data;
}

// Every second run is marked.
function run(text, i) {
  if (i % 2 === 0) return text;
  if (text.startsWith("**")) return make("b", "", text.slice(2, -2));
  if (text.startsWith("~")) return make("small", "", text.slice(1, -1));
  const formula = make("span");
  setMaths(formula, text.slice(1, -1));
  return formula;
}
