// Opens the page once more where it has gone out. Streamlit's page takes everything away, for good, when it is told of a place
// that it has just cleared: a control of the page before, used in the moment in which another page is asked for, is enough.
// All that was chosen stands in the address.

const OFTEN = 10_000; // milliseconds: a page that goes out again sooner stays so, instead of flickering

// Lasts as long as the document: what is on the page is taken away with it.
function comeBack() {
  if (window.explorerComesBack) return;
  window.explorerComesBack = true;
  const root = document.getElementById("root");
  const observer = new MutationObserver(() => {
    if (root.childElementCount > 0) return;
    observer.disconnect();
    if (Date.now() - Number(sessionStorage.getItem("explorer-came-back")) < OFTEN) return;
    sessionStorage.setItem("explorer-came-back", String(Date.now()));
    location.reload();
  });
  observer.observe(root, { childList: true });
}
