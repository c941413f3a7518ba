// Where the page has found a server again after it had lost one, or has other colours, all of it is run once more.

export default function ({ parentElement, setTriggerValue }) {
  parentElement.runAgain = (why) => setTriggerValue("why", `${why} ${Date.now()}`);
  if (parentElement.watching) return parentElement.stop;
  parentElement.watching = true;
  const app = document.querySelector('[data-testid="stApp"]');
  const background = () => getComputedStyle(app).backgroundColor;
  let away = false;
  let colour = background();
  const observer = new MutationObserver(() => {
    const connected = app.dataset.testConnectionState === "CONNECTED";
    if (connected && away) parentElement.runAgain("server");
    away = !connected;
    if (!connected || background() === colour) return;
    colour = background();
    parentElement.runAgain("theme");
  });
  observer.observe(app, { attributes: true, attributeFilter: ["data-test-connection-state", "class"] });
  parentElement.stop = () => {
    observer.disconnect();
    parentElement.watching = false;
  };
  return parentElement.stop;
}
