// Select boxes: an entry is chosen when the pointer lets go of it, or by Enter while it is marked.

export default function ({ parentElement }) {
  return stateOf(parentElement, listen).stop;
}

function listen() {
  const onPointer = ({ target, button }) => {
    const option = target.closest?.('[role="option"]');
    if (option && button === 0) tell(option);
  };
  const onKey = ({ key, target }) => {
    if (key !== "Enter" || target.role !== "combobox") return;
    const option = document.getElementById(target.getAttribute("aria-activedescendant"));
    if (option) tell(option);
  };
  document.addEventListener("pointerup", onPointer, { capture: true });
  document.addEventListener("keydown", onKey, { capture: true });
  const stop = () => {
    document.removeEventListener("pointerup", onPointer, { capture: true });
    document.removeEventListener("keydown", onKey, { capture: true });
  };
  return { stop };
}

// The list stands elsewhere in the page: the box that it belongs to is the open one.
function tell(option) {
  const box = document.querySelector('input[role="combobox"][aria-expanded="true"]')?.closest('[class*="st-key-"]');
  const name = [...(box?.classList ?? [])].find((each) => each.startsWith("st-key-"));
  if (name) announce("choice", { key: name.slice("st-key-".length), words: option.textContent });
}
