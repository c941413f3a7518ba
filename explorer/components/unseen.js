// What acts on the whole page, and is not seen: its parts stand before this.

export default function ({ parentElement, data, setTriggerValue }) {
  const page = (parentElement.page ??= begin());
  page.again = (why) => setTriggerValue("why", `${why} ${Date.now()}`);
  if (page.path !== data.path) {
    page.leave?.();
    page.path = data.path;
    page.leave = afterFrame(() => listenTo(`${location.origin.replace(/^http/, "ws")}${data.path}`));
  }
  return () => {
    [page.stopTelling, page.stopWatching, page.leave].forEach((stop) => stop());
    parentElement.page = undefined;
  };
}

function begin() {
  const page = { stopTelling: tellChoices() };
  page.stopWatching = watchPage((why) => page.again(why));
  return page;
}

// Begins once what the page has now is on the screen: until then the server keeps back the rest of a first visit
// (explorer/server/first_picture.py). A page in the background draws no frames. Returns what ends that.
function afterFrame(begin) {
  let end;
  const start = () => (end = begin());
  let waiting = document.hidden ? setTimeout(start) : requestAnimationFrame(() => (waiting = setTimeout(start)));
  return () => {
    clearTimeout(waiting);
    cancelAnimationFrame(waiting);
    end?.();
  };
}
