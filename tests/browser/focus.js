// Watches a page for tests/browser/focus.py: what listens to the pointer, where Tab has been, what showed it.
(() => {
  const heard = new Map(); // what each element of our components listens to
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (this instanceof Element) heard.set(this, (heard.get(this) ?? new Set()).add(type));
    return listen.call(this, type, ...rest);
  };
  const ours = (element) => element.getRootNode() instanceof ShadowRoot;
  const keyed = (element) => heard.get(element)?.has("keydown") || element.onkeydown;
  const clicked = (element) => ["click", "pointerdown"].some((type) => heard.get(element)?.has(type));
  const above = (element) => element.parentElement ?? element.getRootNode().host ?? null;
  const withAncestors = (element) => (element ? [element, ...withAncestors(above(element))] : []);
  const shown = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };
  const everything = (root) =>
    [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? everything(one.shadowRoot) : [])]);
  const name = (element) => {
    const component = ours(element) ? withAncestors(element).find((one) => /st-key-/.test(one.className))?.className : "";
    const key = component?.match(/st-key-(\S+)/)?.[1] ?? "";
    const text = element.getAttribute("aria-label") ?? element.textContent.trim();
    return `${key} <${element.localName} class="${element.getAttribute("class") ?? ""}"> ${text.slice(0, 60)}`.trim();
  };

  // How an element looks, and what is around it: Streamlit shows the focus of an input on a box beside or above it.
  const look = (element) => {
    const beside = element.localName === "input" ? element.parentElement?.children ?? [] : [];
    return [...new Set([...withAncestors(element).slice(0, 5), ...beside])].map((one) => {
      const { outline, outlineOffset, boxShadow, borderColor, backgroundColor, textDecoration } = getComputedStyle(one);
      return [one, [outline, outlineOffset, boxShadow, borderColor, backgroundColor, textDecoration].join("; ")];
    });
  };

  const walk = { reached: new Set(), unseen: new Set(), last: null };
  const focused = () => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
  };

  // After each Tab: whether the one before looked different while it had the focus; and where the focus is now: "" where
  // it is nowhere, null outside of the region.
  window.step = (region) => {
    const element = focused();
    if (walk.last) {
      const now = new Map(look(walk.last.element).filter(([one]) => one !== element));
      const same = walk.last.look.every(([one, style]) => !now.has(one) || now.get(one) === style);
      if (same && walk.last.element.isConnected) walk.unseen.add(name(walk.last.element));
    }
    const inside = element !== document.body && withAncestors(element).includes(document.querySelector(region));
    walk.last = inside ? { element, look: look(element) } : null;
    if (inside) walk.reached.add(element);
    return inside ? name(element) : element === document.body ? "" : null;
  };

  // What the pointer can use and Tab did not come to, nor to a group of it in which keys go on.
  window.missed = (region) => {
    const within = (element) => element && [...walk.reached].some((one) => withAncestors(one).includes(element));
    const usable = (element) =>
      !element.disabled && !element.closest("[inert], [aria-hidden=true]") && shown(element) &&
      (element.matches("a[href], button, input, select, textarea, summary, [role=button], [role=slider]") ||
        (ours(element) && clicked(element)));
    const covered = (element) =>
      within(element) ||
      withAncestors(element).some((one) => walk.reached.has(one) && (keyed(one) || one === element)) ||
      (element.tabIndex < 0 && withAncestors(element).some((one) => keyed(one) && within(one))) ||
      (element.matches("[role=radio], [type=radio]") && within(element.closest("[role=radiogroup]"))); // arrows go on
    return everything(document.querySelector(region)).filter((one) => usable(one) && !covered(one)).map(name);
  };
  window.unseen = () => [...walk.unseen];

  // Sliders that do not say their value in words.
  window.mute = () =>
    everything(document.body)
      .filter((one) => ours(one) && one.matches("[role=slider], input[type=range]") && shown(one))
      .filter((one) => !one.getAttribute("aria-valuetext") || !one.getAttribute("aria-label") ||
        (one.localName !== "input" && !one.getAttribute("aria-valuenow")))
      .map(name);

  // What moves by itself or glides, from now on.
  window.moving = () => everything(document.body).flatMap((one) => one.getAnimations())
    .map((each) => each.animationName ?? each.transitionProperty ?? "animation");
})();
