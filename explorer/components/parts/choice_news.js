// Tells the pictures what is chosen in a select box of Streamlit's, before the server has answered: an entry is chosen when
// the pointer lets go of it, or by Enter while it is marked. Returns what stops that.

function tellChoices() {
  const hearing = new AbortController();
  const options = { capture: true, signal: hearing.signal };
  document.addEventListener("pointerup", ({ target, button }) => {
    const option = target.closest?.('[role="option"]');
    if (option && button === 0) tellChoice(option);
  }, options);
  document.addEventListener("keydown", ({ key, target }) => {
    if (key !== "Enter" || target.role !== "combobox") return;
    const option = document.getElementById(target.getAttribute("aria-activedescendant"));
    if (option) tellChoice(option);
  }, options);
  return () => hearing.abort();
}

// The list stands elsewhere in the page: the box that it belongs to is the open one. As shared.js announces.
function tellChoice(option) {
  const box = document.querySelector('input[role="combobox"][aria-expanded="true"]')?.closest('[class*="st-key-"]');
  const name = [...(box?.classList ?? [])].find((each) => each.startsWith("st-key-"));
  if (!name) return;
  const detail = { key: name.slice("st-key-".length), words: option.textContent };
  window.dispatchEvent(new CustomEvent("explorer-choice", { detail }));
}
