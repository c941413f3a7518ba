// Pictures that come ahead of the page: from the server to a thread of their own, from there to the components.

// Listens to the line with this address once what the page has now is on the screen: so long the server keeps back the
// rest of a first visit (explorer/server/first_picture.py). Returns what ends that.
function listenTo(address) {
  let end;
  let isOver = false;
  afterFrame(() => (end = isOver ? undefined : connectTo(address)));
  return () => {
    isOver = true;
    end?.();
  };
}

function connectTo(address) {
  const script = new Blob([`(${stayConnected})(${JSON.stringify(address)})`], { type: "text/javascript" });
  try {
    const worker = new Worker(URL.createObjectURL(script));
    worker.addEventListener("message", ({ data }) => take(data, (number) => worker.postMessage(number)));
    return () => worker.terminate();
  } catch {
    return undefined; // no workers are allowed here: the pictures come with the page
  }
}

// Runs in the worker. A line that breaks is taken up again; one that nobody knows any more is asked for ever more rarely
// (times in milliseconds), until the page has another. The page numbers the pictures that it has done with, and the server
// hears of it: so long it keeps back what Streamlit says.
function stayConnected(address) {
  let pause = 500;
  let socket;
  const connect = () => {
    socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    let number = 0;
    socket.addEventListener("open", () => (pause = 500));
    socket.addEventListener("message", ({ data }) => postMessage({ letter: data, number: ++number }, [data]));
    socket.addEventListener("close", () => {
      setTimeout(connect, pause);
      pause = Math.min(2 * pause, 60_000);
    });
  };
  addEventListener("message", ({ data }) => socket.readyState === WebSocket.OPEN && socket.send(String(data)));
  connect();
}

// What waits to be drawn, by its place: of several for one place only the newest.
const letters = new Map();
const outOfView = new Map(); // of them, those for which nobody waits
let isBusy = false;
let tellSeen; // that all is done with

// The message of explorer/components/ahead.py: the length of its address, the address, and the content.
function take({ letter, number }, answer) {
  tellSeen = () => answer(number);
  const length = new DataView(letter).getUint32(0, true);
  const text = new TextDecoder();
  const { place, digest, binary } = JSON.parse(text.decode(new Uint8Array(letter, 4, length)));
  const body = new Uint8Array(letter, 4 + length);
  outOfView.delete(place);
  letters.set(place, { data: binary ? body : JSON.parse(text.decode(body)), digest });
  if (!isBusy) tellNext();
}

// What has been drawn is to be seen before the next is: else all would appear at once, when the last of them is finished.
// What is out of view comes last, and together.
function tellNext() {
  isBusy = false;
  for (const [place, detail] of letters) {
    letters.delete(place);
    if (!tell("explorer-picture", place, detail)) {
      outOfView.set(place, detail);
      continue;
    }
    isBusy = true;
    afterFrame(tellNext);
    return;
  }
  outOfView.forEach((detail, place) => tell("explorer-picture-out-of-view", place, detail));
  outOfView.clear();
  tellSeen();
}

// Returns whether something was drawn.
function tell(name, place, detail) {
  return !window.dispatchEvent(new CustomEvent(`${name} ${place}`, { detail, cancelable: true }));
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
