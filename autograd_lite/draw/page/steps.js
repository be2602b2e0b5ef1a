// ---- from step to step --------------------------------------------------------------------------------

const last = page.data.steps.length;
let timer = null, row = null;

function show(k, quiet) {
  page.step = Math.min(Math.max(Math.round(k) || 0, 0), last);
  page.fire("step");
  reveal(!quiet);
  if (!quiet) { announce(describe(page.step).said); }
}

// Everything that the page says of the current step.
function repaint() {
  const k = page.step, counts = paint(), told = describe(k);
  [["what", told.what], ["local-rule", told.rule], ["equation", told.equation], ["total", told.total]]
    .forEach(([name, parts]) => part(name).replaceChildren(draw(parts)));
  write(part("count"), `step ${k} of ${last}`);
  write(part("states"), `gradients: ✓ final ${counts.final}, partial ${counts.partial}, `
    + `— unknown ${counts.unknown}`);
  part("slider").value = k;
  part("slider").setAttribute("aria-valuetext", `step ${k} of ${last}`);
  ["first", "back"].forEach((name) => part(name).setAttribute("aria-disabled", k === 0));
  ["next", "last"].forEach((name) => part(name).setAttribute("aria-disabled", k === last));
}

function showRow() {
  if (row) { row.removeAttribute("aria-current"); row.tabIndex = -1; }
  row = document.querySelector(`tr[data-step="${Math.max(page.step, 1)}"]`);
  row.tabIndex = 0;
  if (!page.step) { return; }
  row.setAttribute("aria-current", "step");
  const list = part("wide"), top = row.offsetTop - list.querySelector("thead").offsetHeight;
  if (top < list.scrollTop) { list.scrollTop = top; }
  const below = row.offsetTop + row.offsetHeight - list.clientHeight;
  if (below > list.scrollTop) { list.scrollTop = below; }
}

// The panel never shrinks, so that the graph above it keeps its place.
function keepRoom() {
  const now = part("now");
  now.style.minHeight = Math.max(now.offsetHeight, parseFloat(now.style.minHeight) || 0) + "px";
}

function stop() {
  clearTimeout(timer);
  timer = null;
  write(part("play-word"), "Play");
  part("play").classList.remove("playing");
}
function playOn() {
  timer = setTimeout(() => {
    if (page.step < last) { show(page.step + 1); }
    if (page.step === last) { stop(); } else { playOn(); }
  }, Number(part("speed").value));
}
function play() {
  if (timer) { stop(); return; }
  if (page.step === last) { show(0); }
  write(part("play-word"), "Pause");
  part("play").classList.add("playing");
  playOn();
}
function go(k) { stop(); show(k); bringUp(); }

// Steps taken from below in the table are seen too.
function bringUp() {
  const at = graph.getBoundingClientRect();
  if (at.top < 0 || at.bottom > innerHeight) { part("screen").scrollIntoView({ block: "start" }); }
}

function fromLink() {
  const found = /^#step=(\d+)$/.exec(location.hash);
  return found ? Number(found[1]) : 0;
}

async function copyLink() {
  const link = location.href, field = part("link");
  try {
    await navigator.clipboard.writeText(link);
    field.hidden = true;
    write(part("caption"), `copied: the link to step ${page.step}`);
    announce(part("caption").textContent);
  } catch (refused) {          // then the reader copies it
    field.hidden = false;
    field.value = link;
    field.focus();
    field.select();
    announce("the link is selected; copy it");
  }
}

page.on("step", () => {
  repaint();
  showRow();
  keepRoom();
  try { history.replaceState(null, "", "#step=" + page.step); } catch (refused) { /* in a sandbox */ }
});
page.on("numbers", () => { showShades(); repaint(); });
page.on("mode", repaint);

part("first").addEventListener("click", () => go(0));
part("back").addEventListener("click", () => go(page.step - 1));
part("next").addEventListener("click", () => go(page.step + 1));
part("last").addEventListener("click", () => go(last));
part("play").addEventListener("click", play);
part("copy").addEventListener("click", copyLink);
part("copy").hidden = inFrame;
part("speed").addEventListener("change", () => { if (timer) { clearTimeout(timer); playOn(); } });
part("slider").addEventListener("input", (event) => go(Number(event.target.value)));
addEventListener("hashchange", () => go(fromLink()));
document.querySelector("tbody").addEventListener("click", (event) => {
  const chosen = event.target.closest("tr");
  if (chosen && !String(getSelection())) { go(Number(chosen.dataset.step)); }
});
document.querySelector("tbody").addEventListener("keydown", (event) => {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!by || event.target !== row || event.shiftKey) { return; }
  event.preventDefault();
  event.stopPropagation();
  stop();
  show(Math.max(page.step + by, 1));
  row.focus({ preventScroll: true });
});
