// A figure of Plotly's. Streamlit's own element would put a changed chart on the page anew and draw it three times.

const CONFIG = { displayModeBar: false, displaylogo: false, showTips: false };

export default ahead(receive);

function receive({ parentElement, data }) {
  const view = stateOf(parentElement, () => createView(parentElement.querySelector(".root")));
  view.data = data;
  view.place.setAttribute("aria-label", data.alt);
  view.place.style.height = `${data.figure.layout.height}px`; // its room is there before it is
  if (window.Plotly) draw(view);
  else loadPlotly(data.path).then(() => draw(view), () => tellMissing(view));
  return view.stop;
}

function createView(root) {
  const view = { root, place: make("div", "place") };
  view.place.setAttribute("role", "img");
  root.append(view.place);
  const stopWatching = onWidth(root, () => draw(view));
  view.stop = () => {
    stopWatching();
    window.Plotly?.purge(view.place);
  };
  return view;
}

// Plotly's script, once for the page: 1.4 MB, which the browser keeps.
function loadPlotly(path) {
  return (window.explorerPlotly ??= new Promise((loaded, failed) => {
    const script = make("script");
    Object.assign(script, { src: path, onload: loaded, onerror: failed });
    document.head.append(script);
  }));
}

function tellMissing({ place }) {
  window.explorerPlotly = undefined; // the next picture tries again
  place.textContent = "The chart needs a script that did not come from the server: load the page anew.";
}

function draw({ root, place, data }) {
  if (!data || !window.Plotly || !root.clientWidth) return;
  if (!place.classList.contains("js-plotly-plot")) place.replaceChildren(styleOf());
  const font = { ...data.figure.layout.font, family: getComputedStyle(root).fontFamily };
  const layout = { ...data.figure.layout, width: root.clientWidth, font };
  window.Plotly.react(place, data.figure.data, layout, CONFIG);
}

// Plotly writes its style into the page's head, which a component in a shadow tree does not see.
function styleOf() {
  const rules = [...document.querySelectorAll('style[id^="plotly.js-style"]')].flatMap(({ sheet }) => [...sheet.cssRules]);
  return make("style", "", rules.map(({ cssText }) => cssText).join("\n"));
}
