// Sentences whose numbers change: a paragraph is set anew only where it says something else than before.

export default ahead(receive);

function receive({ parentElement, data: { paragraphs } }) {
  const root = parentElement.querySelector(".root");
  const view = stateOf(parentElement, () => ({ said: [] }));
  while (root.childNodes.length > paragraphs.length) root.lastChild.remove();
  paragraphs.forEach((paragraph, n) => {
    const line = root.childNodes[n] ?? root.appendChild(make("p"));
    if (view.said[n] !== paragraph) line.replaceChildren(...paragraph.split(/(\$[^$]+\$|\*\*[^*]+\*\*|~[^~]+~)/).map(run));
  });
  view.said = paragraphs;
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
