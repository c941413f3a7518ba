// What a component is given comes twice, ahead of the page and with it: ahead.py sends it. Stands after shared.js in every
// component's script.

const FOLLOWS = 2000; // milliseconds after which the page has brought whatever came ahead, or never will
const slots = new WeakMap();

// What a component's script exports. `receive` is called with what Streamlit brings, and before it with what came ahead on
// the line of parts/picture_line.js: the same then comes with the page, and is not drawn twice. What the page brings late, after
// something newer has come ahead, is not drawn at all.
function ahead(receive) {
  return (component) => {
    const { parentElement, data: message } = component;
    if (!slots.has(parentElement)) slots.set(parentElement, slotOf(component, receive));
    const slot = slots.get(parentElement);
    slot.component = component;
    const { data, digest } = opened(message);
    const isNewest = slot.came.length > 0 && digest === slot.came.at(-1);
    if (!isNewest && slot.came.includes(digest) && performance.now() - slot.cameAt < FOLLOWS) return slot.leave;
    slot.came = [];
    if (!isNewest) slot.show(data, digest);
    return slot.leave;
  };
}

// `came` holds the digests of what came ahead and has not come with the page yet, after that of what was there before.
function slotOf({ parentElement, name }, receive) {
  const slot = { shown: null, came: [], cameAt: 0, isInView: false };
  const tell = (how) => (...values) => slot.component[how](...values);
  const ways = { setTriggerValue: tell("setTriggerValue"), setStateValue: tell("setStateValue") };
  slot.show = (data, digest) => {
    slot.shown = digest;
    standBy(hostOf(parentElement), data.absent);
    if (!data.absent) slot.stop = receive({ ...slot.component, ...ways, data });
  };
  const place = `${name} ${keyOf(parentElement)}`;
  const hearing = new AbortController();
  const hear = (event, isWaitedFor) => window.addEventListener(`${event} ${place}`, (letter) => {
    const { data, digest } = letter.detail;
    if (!isWaitedFor() || digest === slot.shown) return;
    if (!data.absent) letter.preventDefault(); // tells that something is drawn
    if (slot.came.length === 0) slot.came.push(slot.shown);
    slot.came.push(digest);
    slot.cameAt = performance.now();
    slot.show(data, digest);
  }, { signal: hearing.signal });
  hear("explorer-picture", () => slot.isInView);
  hear("explorer-picture-out-of-view", () => true);
  const observer = new IntersectionObserver((seen) => (slot.isInView = seen.at(-1).isIntersecting));
  observer.observe(hostOf(parentElement));
  slot.leave = () => {
    hearing.abort();
    observer.disconnect();
    slots.delete(parentElement);
    slot.stop?.();
  };
  return slot;
}

// Takes a component out of the page, as wide as it was so that it need not be drawn anew when it comes back; or lets it in.
function standBy(host, isAbsent) {
  const { style, offsetWidth } = host.closest('[class*="st-key-"]') ?? host;
  if (Boolean(isAbsent) === (style.visibility === "hidden")) return;
  const out = { position: "fixed", top: 0, visibility: "hidden", width: `${offsetWidth}px` };
  for (const name in out) style[name] = isAbsent ? out[name] : "";
}

// The key that the component has in Python: Streamlit makes it a class of the element around it.
function keyOf(parentElement) {
  const classes = hostOf(parentElement).closest('[class*="st-key-"]')?.classList ?? [];
  return [...classes].find((each) => each.startsWith("st-key-"))?.slice("st-key-".length);
}

// The element in Streamlit's page: the component itself stands in a shadow tree.
function hostOf(parentElement) {
  return parentElement.getRootNode().host ?? parentElement;
}

// The data and their digest, as explorer/components/ahead.py:mark wrote it.
function opened(message) {
  if (!ArrayBuffer.isView(message)) {
    const { digest, ...data } = message;
    return { data, digest };
  }
  const end = message.byteLength - 8;
  const digits = [...message.subarray(end)].map((byte) => byte.toString(16).padStart(2, "0"));
  return { data: message.subarray(0, end), digest: digits.join("") };
}
