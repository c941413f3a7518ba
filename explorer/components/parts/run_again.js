// Asks for the page to be run once more where it has found a server again after it had lost one, or has other colours: calls
// `again(why)`. Returns what stops that.

function watchPage(again) {
  const app = document.querySelector('[data-testid="stApp"]');
  const background = () => getComputedStyle(app).backgroundColor;
  let away = false;
  let colour = background();
  const observer = new MutationObserver(() => {
    const connected = app.dataset.testConnectionState === "CONNECTED";
    if (connected && away) again("server");
    away = !connected;
    if (!connected || background() === colour) return;
    colour = background();
    again("theme");
  });
  observer.observe(app, { attributes: true, attributeFilter: ["data-test-connection-state", "class"] });
  return () => observer.disconnect();
}
