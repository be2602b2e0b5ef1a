// ---- presentation: the graph large, the equation beside it --------------------------------------

// The drawing's letters are 20 pixels on a screen of 1920 × 1080.
function presenting() {
  const screen = Math.min(innerWidth / 1920, innerHeight / 1080);
  return 20 / SMALLEST * Math.min(Math.max(screen, 0.6), 2);
}

function present(on) {
  document.body.classList.toggle("present", on);
  part("present-button").setAttribute("aria-pressed", on);
  if (document.activeElement && !document.activeElement.getClientRects().length) {
    part("present-button").focus();
  }
  measureRoom();
  begin();
  reveal(false);
  announce(on ? "presentation, Escape leaves it" : "presentation left");
}

part("present-button").addEventListener("click", () => present(!document.body.classList.contains("present")));
