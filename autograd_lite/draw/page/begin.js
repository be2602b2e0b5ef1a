// ---- the page comes to life ---------------------------------------------------------------------

document.body.classList.add("js");
showShades();
begin();
show(fromLink(), true);
new ResizeObserver(() => { measureFrame(); reveal(false); }).observe(graph);
addEventListener("resize", measureRoom);

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
