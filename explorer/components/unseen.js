// What acts on the whole page, and is not seen: its parts stand before this.

export default function ({ parentElement, data, setTriggerValue }) {
  const page = (parentElement.page ??= begin());
  page.again = (why) => setTriggerValue("why", `${why} ${Date.now()}`);
  if (page.path !== data.path) {
    page.leave?.();
    page.path = data.path;
    page.leave = listenTo(`${location.origin.replace(/^http/, "ws")}${data.path}`);
  }
  return () => {
    [page.stopTelling, page.stopWatching, page.leave].forEach((stop) => stop());
    parentElement.page = undefined;
  };
}

function begin() {
  comeBack();
  const page = { stopTelling: tellChoices() };
  page.stopWatching = watchPage((why) => page.again(why));
  return page;
}
