// ---- keys ---------------------------------------------------------------------------------------

const KEYS = {
  ArrowLeft: () => go(page.step - 1), ArrowRight: () => go(page.step + 1),
  Home: () => go(0), End: () => go(last), " ": play,
  "+": () => zoomBy(1.25), "=": () => zoomBy(1.25), "-": () => zoomBy(1 / 1.25), 0: fit,
  p: () => present(!document.body.classList.contains("present")), t: switchTheme,
  l: () => { if (!inFrame) { copyLink(); } }, "?": help,
};
const PANS = { ArrowLeft: [-80, 0], ArrowRight: [80, 0], ArrowUp: [0, -80], ArrowDown: [0, 80] };

function closePopup() {
  part("move").open = false;
  part("move").querySelector("summary").focus();
}
document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest(".move")) { part("move").open = false; }
});

function help() { part("help").showModal(); }

// Whether the focused control has a use of its own for the key.
function isTaken(event) {
  const on = event.target;
  if (on.closest("dialog") || on.isContentEditable) { return true; }
  if (on.matches("input[type=range]")) { return event.key.startsWith("Arrow") || ["Home", "End"].includes(event.key); }
  if (on.matches("input, select, textarea")) { return true; }
  return on.matches("button, summary") && event.key === " ";
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || isTaken(event)) { return; }
  let act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (event.shiftKey && PANS[event.key]) { act = () => pan(...PANS[event.key], true); }
  if (event.key === "Escape" && part("move").open) { act = closePopup; }
  else if (event.key === "Escape" && document.body.classList.contains("present")) { act = () => present(false); }
  if (!act || (event.shiftKey && ["Home", "End", " "].includes(event.key))) { return; }
  event.preventDefault();
  act();
});
part("keys").addEventListener("click", help);
