// Pictures that come ahead of the page: from the server to a thread of their own, from there to the components.

// Listens to the line with this address; returns what ends that.
function listenTo(address) {
  const script = new Blob([`(${stayConnected})(${JSON.stringify(address)})`], { type: "text/javascript" });
  try {
    const worker = new Worker(URL.createObjectURL(script));
    worker.addEventListener("message", ({ data }) => take(data));
    return () => worker.terminate();
  } catch {
    return () => {}; // no workers are allowed here: the pictures come with the page
  }
}

// Runs in the worker. A line that breaks is taken up again; one that nobody knows any more is asked for ever more rarely
// (times in milliseconds), until the page has another.
function stayConnected(address) {
  let pause = 500;
  const connect = () => {
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => (pause = 500));
    socket.addEventListener("message", ({ data }) => postMessage(data, [data]));
    socket.addEventListener("close", () => {
      setTimeout(connect, pause);
      pause = Math.min(2 * pause, 60_000);
    });
  };
  connect();
}

// What waits to be drawn, by its place: of several for one place only the newest.
const letters = new Map();
let isBusy = false;

// The message of explorer/components/ahead.py: the length of its address, the address, and the body.
function take(letter) {
  const length = new DataView(letter).getUint32(0, true);
  const text = new TextDecoder();
  const { place, binary } = JSON.parse(text.decode(new Uint8Array(letter, 4, length)));
  const body = new Uint8Array(letter, 4 + length);
  letters.set(place, binary ? body : JSON.parse(text.decode(body)));
  if (!isBusy) tellNext();
}

// What has been drawn is to be seen before the next is: else all would appear at once, when the last of them is finished.
function tellNext() {
  isBusy = false;
  for (const [place, detail] of letters) {
    letters.delete(place);
    const isDrawn = !window.dispatchEvent(new CustomEvent(`explorer-picture ${place}`, { detail, cancelable: true }));
    if (!isDrawn) continue;
    isBusy = true;
    afterFrame(tellNext);
    return;
  }
}

// Calls back once: when the next frame is on the screen, or soon where none comes, in a window that nobody sees.
function afterFrame(act) {
  const late = setTimeout(() => {
    cancelAnimationFrame(frame);
    act();
  }, 200); // milliseconds
  const frame = requestAnimationFrame(() => {
    clearTimeout(late);
    setTimeout(act);
  });
}
