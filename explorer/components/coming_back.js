// Where the page had lost its server and has found one again, all of it is run once more.

export default function ({ parentElement, setTriggerValue }) {
  parentElement.runAgain = () => setTriggerValue("back", Date.now());
  if (parentElement.watching) return parentElement.stop;
  parentElement.watching = true;
  const app = document.querySelector('[data-testid="stApp"]');
  let away = false;
  const observer = new MutationObserver(() => {
    const connected = app.dataset.testConnectionState === "CONNECTED";
    if (connected && away) parentElement.runAgain();
    away = !connected;
  });
  observer.observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] });
  parentElement.stop = () => {
    observer.disconnect();
    parentElement.watching = false;
  };
  return parentElement.stop;
}
