// ---- from step to step --------------------------------------------------------------------------

const last = page.data.steps.length;
let timer = null, row = null;

function show(k, quiet) {
  page.step = Math.min(Math.max(Math.round(k) || 0, 0), last);
  page.fire("step");
  reveal(!quiet);
  keepRoom();
  followRow();
  tellAddress();
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

const list = part("wide"), rows = Array.from(list.querySelector("tbody").rows);
let listIsSeen = false;
new IntersectionObserver((found) => {
  listIsSeen = found[found.length - 1].isIntersecting;
  if (listIsSeen) { followRow(); }
}).observe(list);

function showRow() {
  if (row) { row.removeAttribute("aria-current"); row.tabIndex = -1; }
  row = rows[Math.max(page.step, 1) - 1];
  row.tabIndex = 0;
  if (page.step) { row.setAttribute("aria-current", "step"); }
}

// The list keeps the current row in view.
function followRow() {
  if (!listIsSeen || !page.step) { return; }
  const top = row.offsetTop - list.querySelector("thead").offsetHeight;
  const bottom = row.offsetTop + row.offsetHeight - list.clientHeight;
  if (top < list.scrollTop) { list.scrollTop = top; }
  if (bottom > list.scrollTop) { list.scrollTop = bottom; }
}

// The panel never shrinks, so that what is around it keeps its place; the graph has the rest of
// the window, less what asks for a number.
let panel = 0, room = 0;
function keepRoom() {
  const height = part("now").offsetHeight, asked = part("predicting").hidden ? 0 : part("predict").offsetHeight;
  if (height > panel) {
    panel = height;
    part("now").style.minHeight = panel + "px";
  }
  const needed = panel + asked + part("top").offsetHeight + 4;
  if (needed === room) { return; }
  room = needed;
  document.documentElement.style.setProperty("--room", room + "px");
}

function measureRoom() {
  panel = 0;
  part("now").style.minHeight = "";
  keepRoom();
}

// The address says the step, ten times a second at most.
let told = null;
function tellAddress() {
  if (told) { return; }
  const tell = () => {
    try { history.replaceState(null, "", "#step=" + page.step); } catch (refused) { /* in a sandbox */ }
  };
  tell();
  told = setTimeout(() => { told = null; tell(); }, 100);
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

function fromLink(link = location.href) {
  const found = /#step=(\d+)$/.exec(link);
  return found ? Number(found[1]) : 0;
}

async function copyLink() {
  const link = location.href.replace(/#.*|$/, "#step=" + page.step), field = part("link");
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

page.on("step", () => { repaint(); showRow(); });
page.on("numbers", () => { showShades(); repaint(); keepRoom(); });
page.on("mode", () => { repaint(); keepRoom(); });

part("first").addEventListener("click", () => go(0));
part("back").addEventListener("click", () => go(page.step - 1));
part("next").addEventListener("click", () => go(page.step + 1));
part("last").addEventListener("click", () => go(last));
part("play").addEventListener("click", play);
part("copy").addEventListener("click", copyLink);
part("copy").hidden = inFrame;
part("speed").addEventListener("change", () => { if (timer) { clearTimeout(timer); playOn(); } });
part("slider").addEventListener("input", (event) => go(Number(event.target.value)));
// The event's own address: a step that is still to be told may have replaced the window's.
addEventListener("hashchange", (event) => go(fromLink(event.newURL)));
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
