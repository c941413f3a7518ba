// Clicks so often on any of the page's controls, as one seed gives it, with no more than a moment between two clicks.
async ({ seed, clicks }) => {
  const PAUSES = [0, 0, 20, 60, 150]; // milliseconds
  const USABLE = 'button:not([disabled])';
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    return state / 2 ** 32;
  };
  const one = (list) => list[Math.floor(random() * list.length)];
  const controls = (main) => {
    const inside = [...main.querySelectorAll('*')].filter((element) => element.shadowRoot);
    const pictures = `${USABLE}, canvas, [role="row"], [tabindex="0"]`;
    const share = random();
    if (share < 0.06) return [...document.querySelectorAll('[data-testid="stTopNavLink"]')];
    if (share < 0.45) return inside.flatMap((host) => [...host.shadowRoot.querySelectorAll(pictures)]);
    return [...main.querySelectorAll(`${USABLE}, [role="radio"], input[type="checkbox"], summary`)];
  };
  const click = (element) => {
    const box = element.getBoundingClientRect();
    const where = { clientX: box.left + random() * box.width, clientY: box.top + random() * box.height };
    const event = { bubbles: true, composed: true, cancelable: true, button: 0, pointerId: 1, isPrimary: true, ...where };
    for (const name of ['pointermove', 'pointerdown', 'pointerup']) element.dispatchEvent(new PointerEvent(name, event));
    element.dispatchEvent(new MouseEvent('click', event));
  };
  let made = 0;
  while (made < clicks) {
    const main = document.querySelector('[data-testid="stMain"]');
    const element = main && one(controls(main).filter((each) => each.checkVisibility()));
    if (element) {
      click(element);
      made += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, one(PAUSES)));
  }
};
