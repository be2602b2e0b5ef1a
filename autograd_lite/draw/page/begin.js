// ---- the page comes to life ---------------------------------------------------------------------

document.body.classList.add("js");
document.querySelectorAll("button[aria-label], summary[aria-label]").forEach((control) => {
  control.title = control.getAttribute("aria-label");
});
showShades();
begin();
show(fromLink(), true);
new ResizeObserver(() => { measureFrame(); reveal(false); }).observe(graph);
addEventListener("resize", measureRoom);

// What is hidden while it has the focus hands it on.
function keepFocus() {
  const on = document.activeElement.closest(".predicting") && document.activeElement;
  if (on && !on.getClientRects().length) { part("next").focus({ preventScroll: true }); }
}
page.on("mode", keepFocus);
page.on("step", keepFocus);

let opened = [];
addEventListener("beforeprint", () => {
  opened = Array.from(document.querySelectorAll("details.steps:not([open])"));
  opened.forEach((details) => { details.open = true; });
  unmagnify();
});
addEventListener("afterprint", () => {
  opened.forEach((details) => { details.open = false; });
  magnify();
});
