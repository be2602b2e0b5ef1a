// ---- what of the picture is seen: zoom, pan, and the boxes of the step in view ------------------

const { width: WIDTH, height: HEIGHT } = svg.viewBox.baseVal;
const INSET = 6;              // from the drawing's edge to its boxes' origin
const PAD = 12;               // pixels kept free around what is shown
const BORDER = 4;             // half a thick border
const LETTER = 12, SMALLEST = 11;   // sizes of the drawing's texts
const view = {
  scale: 1, wanted: 1,        // now; as the reader has chosen it
  legible: 10,                // pixels that the letters of the step's boxes have at least
  frame: { w: 0, h: 0 }, at: { left: 0, top: 0 },   // its size; how far it is scrolled
  goal: null,                 // where it scrolls to
  magnified: [],
};

const sheet = el("div", "sheet");
svg.setAttribute("width", WIDTH);
svg.setAttribute("height", HEIGHT);
svg.before(sheet);
sheet.append(svg);

// The frame's size, measured when it changes: to ask for it is to wait for the layout.
function frameSize() { return view.frame; }
function measureFrame() { view.frame = { w: graph.clientWidth, h: graph.clientHeight }; }
function fitting() {
  const { w, h } = frameSize();
  return Math.min((w - 4) / WIDTH, (h - 4) / HEIGHT);
}

// Where the drawing's corner lies in the frame, were it not scrolled.
function corner(scale = view.scale) {
  const { w, h } = frameSize();
  return { x: Math.max(0, (w - WIDTH * scale) / 2), y: Math.max(0, (h - HEIGHT * scale) / 2) };
}

function scrolled() {
  return view.goal || view.at;
}

function scrollGraph(left, top, smooth) {
  const { w, h } = frameSize(), inRange = (x, most) => Math.min(Math.max(x, 0), Math.max(0, most));
  left = inRange(left, WIDTH * view.scale - w);
  top = inRange(top, HEIGHT * view.scale - h);
  const now = scrolled();
  if (Math.abs(left - now.left) < 1 && Math.abs(top - now.top) < 1) { return; }
  const moving = smooth && !calm.matches;
  view.goal = moving ? { left, top } : null;
  view.at = { left, top };
  graph.scrollTo({ left, top, behavior: moving ? "smooth" : "instant" });
}

// The drawing is scaled in its sheet, so that nothing inside is laid out again.
function setScale(scale) {
  view.scale = scale;
  sheet.style.width = WIDTH * scale + "px";
  sheet.style.height = HEIGHT * scale + "px";
  svg.style.transform = `scale(${scale})`;
  write(part("percent"), Math.round(scale * 100) + " %");
}

// Zoom so that the point (x, y) of the frame stays where it is.
function zoomTo(scale, x = frameSize().w / 2, y = frameSize().h / 2) {
  const least = Math.min(0.1, fitting());
  scale = Math.min(Math.max(scale, least), 6);
  const before = corner(), at = scrolled();
  const px = (at.left + x - before.x) / view.scale, py = (at.top + y - before.y) / view.scale;
  view.goal = null;
  setScale(scale);
  view.wanted = scale;
  const after = corner();
  scrollGraph(px * scale + after.x - x, py * scale + after.y - y, false);
  magnify();
}

function zoomBy(factor, x, y) {
  zoomTo(view.scale * factor, x, y);
  announce("zoom " + part("percent").textContent);
}

function fit() {
  zoomTo(fitting());
  announce("the whole graph, zoom " + part("percent").textContent);
}

function pan(dx, dy, smooth) {
  const at = scrolled();
  scrollGraph(at.left + dx, at.top + dy, smooth);
}

// ---- in view ------------------------------------------------------------------------------------

// The boxes, chips and arrows of the step: what must be seen.
function wantedInView() {
  const spoken = spokenOf();
  const things = [...spoken.sources, ...(spoken.target ? [spoken.target] : [])];
  const chips = spoken.forward ? [] : spoken.arrows.filter((a) => a.chip).map((a) => a.chip);
  return { things: [...new Set(things), ...chips], areas: spoken.arrows.map((a) => a.area) };
}

// How much larger than the rest the step's boxes are drawn, so that they can be read.
function growth(scale) { return Math.max(1, view.legible / LETTER / scale); }

function inDrawing(place) {
  const within = (at, size, most) => {
    const half = size / 2 + BORDER;
    return Math.min(Math.max(at, half), Math.max(most - half, half));
  };
  place.x = within(place.x, place.width, WIDTH);
  place.y = within(place.y, place.height, HEIGHT);
}

function overlap(a, b) {
  return { x: (a.width + b.width) / 2 - Math.abs(a.x - b.x), y: (a.height + b.height) / 2 - Math.abs(a.y - b.y) };
}

// Where the boxes stand that are drawn so much larger: about their own places, inside the drawing.
function grown(things, by) {
  const places = things.map(({ x, y, w, h }) => (
    { x: x + w / 2 + INSET, y: y + h / 2 + INSET, width: w * by, height: h * by }));
  places.forEach(inDrawing);
  return places;
}

function collisions(places) {
  const found = [];
  places.forEach((a, i) => places.slice(i + 1).forEach((b) => {
    const { x, y } = overlap(a, b);
    if (x > 0.01 && y > 0.01) { found.push([a, b, x, y]); }
  }));
  return found;
}

// The same, moved away from each other where they would cover each other.
function placesOf(things, scale) {
  const by = growth(scale), places = grown(things, by);
  for (let i = 0; by > 1 && i < 40; i += 1) {
    const found = collisions(places);
    if (!found.length) { break; }
    found.forEach(([a, b, x, y]) => {
      const along = x < y ? "x" : "y", push = Math.min(x, y) / 2 + 1;
      const sign = a[along] <= b[along] ? 1 : -1;
      a[along] -= sign * push;
      b[along] += sign * push;
      inDrawing(a);
      inDrawing(b);
    });
  }
  return places;
}

// The largest number, from ``low`` on, up to ``high``, for which it is so.
function largest(low, high, isSo) {
  if (isSo(high)) { return high; }
  for (let i = 0; i < 20; i += 1) {
    const middle = (low + high) / 2;
    if (isSo(middle)) { low = middle; } else { high = middle; }
  }
  return low;
}

// The area in pixels, from the drawing's corner, that everything wanted covers.
function areaOf({ things, areas }, scale) {
  const all = placesOf(things, scale).map(({ x, y, width, height }) => (
    { l: x - width / 2, r: x + width / 2, t: y - height / 2, b: y + height / 2 }));
  areas.forEach(({ l, r, t, b }) => {
    all.push({ l: l + INSET, r: r + INSET, t: t + INSET, b: b + INSET });
  });
  const most = (choose, side) => scale * choose(...all.map((area) => area[side]));
  return { l: most(Math.min, "l"), r: most(Math.max, "r"), t: most(Math.min, "t"), b: most(Math.max, "b") };
}

function fits(area) {
  const { w, h } = frameSize();
  return area.r - area.l <= w - 2 * PAD && area.b - area.t <= h - 2 * PAD;
}

// The largest scale, at most ``most``, at which everything wanted fits into the frame.
function scaleFor(wanted, most) {
  return largest(0.01, most, (scale) => fits(areaOf(wanted, scale)));
}

// Move the view only if the step is not wholly in it, or too small to be read.
function reveal(smooth = true) {
  const wanted = wantedInView();
  if (!wanted.things.length) { magnify(); return; }
  const small = view.scale < view.wanted
    && collisions(grown(wanted.things, growth(view.scale))).length;
  const best = scaleFor(wanted, small ? view.wanted : view.scale);
  if (Math.abs(best - view.scale) > 1e-3) {
    const { w, h } = frameSize(), area = areaOf(wanted, view.scale);
    const mx = (area.l + area.r) / 2 / view.scale, my = (area.t + area.b) / 2 / view.scale;
    setScale(best);
    view.goal = null;
    scrollGraph(mx * best + corner().x - w / 2, my * best + corner().y - h / 2, false);
    smooth = false;
  }
  const { w, h } = frameSize(), at = scrolled(), c = corner();
  const area = areaOf(wanted, view.scale);
  const move = (from, to, start, size) => {
    const seen = from - start >= PAD - 1 && to - start <= size - PAD + 1;
    return seen ? start : (from + to - size) / 2;
  };
  magnify();
  scrollGraph(move(area.l + c.x, area.r + c.x, at.left, w),
    move(area.t + c.y, area.b + c.y, at.top, h), smooth);
}

function revealBox(i) {
  const { x, y, w, h } = boxes[i], { w: fw, h: fh } = frameSize(), c = corner(), at = scrolled();
  const move = (from, size, start, frame) => {
    const a = (from + INSET) * view.scale, b = a + size * view.scale;
    return a - start < PAD ? a - PAD : b - start > frame - PAD ? b - frame + PAD : start;
  };
  scrollGraph(move(x, w, at.left - c.x, fw) + c.x, move(y, h, at.top - c.y, fh) + c.y, true);
}

// Lines that are spoken of are seen however small the drawing is.
function thicken(g) { g.style.setProperty("--pen", Math.max(1, 0.6 / view.scale)); }

function unmagnify() {
  view.magnified.forEach((g) => g.removeAttribute("transform"));
  view.magnified = [];
}

// Draw the step's boxes and chips larger where the whole is too small to be read.
function magnify() {
  unmagnify();
  marked.forEach(thicken);
  const { things } = wantedInView(), by = growth(view.scale);
  if (by <= 1.001) { return; }
  placesOf(things, view.scale).forEach((to, i) => {
    const { x, y, w, h, g, flow } = things[i];
    const elements = g ? [g] : flow.querySelectorAll(".chip, .local");
    elements.forEach((element) => {
      element.setAttribute("transform", `translate(${to.x - INSET} ${to.y - INSET}) scale(${by}) `
        + `translate(${-x - w / 2} ${-y - h / 2})`);
      view.magnified.push(element);
    });
    if (g && g !== document.activeElement) { g.parentNode.append(g); }    // above the others
  });
}

// ---- mouse, fingers and wheel -------------------------------------------------------------------

const fingers = new Map();
let dragged = false;

graph.addEventListener("pointerdown", (event) => {
  if (event.button || event.defaultPrevented) { return; }
  if (!fingers.size) { dragged = false; }
  view.goal = null;
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY, startX: event.clientX, startY: event.clientY });
});
addEventListener("pointermove", (event) => {
  const finger = fingers.get(event.pointerId);
  if (!finger) { return; }
  const { x, y } = finger;
  if (!dragged && Math.hypot(event.clientX - finger.startX, event.clientY - finger.startY) < 5) { return; }
  if (!dragged) {
    dragged = true;
    graph.classList.add("dragging");
    graph.setPointerCapture(event.pointerId);
  }
  const others = Array.from(fingers).filter(([id]) => id !== event.pointerId).map(([, f]) => f);
  finger.x = event.clientX;
  finger.y = event.clientY;
  if (others.length) { pinch(others[0], { x, y }, finger); } else { drag(finger.x - x, finger.y - y, event); }
});
function lifted(event) {
  fingers.delete(event.pointerId);
  if (!fingers.size) { graph.classList.remove("dragging"); }
}
addEventListener("pointerup", lifted);
addEventListener("pointercancel", lifted);
graph.addEventListener("click", (event) => {
  if (dragged) { event.preventDefault(); event.stopImmediatePropagation(); dragged = false; }
}, true);

// What the graph cannot scroll, the page does: a finger is never caught.
function drag(dx, dy, event) {
  const before = view.at.top;
  pan(-dx, -dy, false);
  if (event.pointerType === "touch") { window.scrollBy(0, -dy - (view.at.top - before)); }
}
function pinch(still, before, after) {
  const frame = graph.getBoundingClientRect();
  const gap = (p) => Math.hypot(p.x - still.x, p.y - still.y);
  if (gap(before) < 1) { return; }
  pan((before.x - after.x) / 2, (before.y - after.y) / 2, false);
  zoomTo(view.scale * gap(after) / gap(before),
    (after.x + still.x) / 2 - frame.left, (after.y + still.y) / 2 - frame.top);
}
graph.addEventListener("wheel", (event) => {
  view.goal = null;
  if (!event.ctrlKey && !event.metaKey) { return; }    // the graph scrolls, then the page
  event.preventDefault();
  const frame = graph.getBoundingClientRect();
  const by = event.deltaY * (event.deltaMode ? 16 : 1);
  zoomTo(view.scale * Math.exp(-Math.min(Math.max(by, -60), 60) / 200), event.clientX - frame.left, event.clientY - frame.top);
}, { passive: false });
graph.addEventListener("scroll", () => { view.at = { left: graph.scrollLeft, top: graph.scrollTop }; });
graph.addEventListener("scrollend", () => { view.goal = null; });

// ---- the start ----------------------------------------------------------------------------------

// As large as fits, within what is read with ease.
function begin() {
  measureFrame();
  const large = document.body.classList.contains("present") ? presenting() : 0;
  const whole = fitting(), usual = innerWidth < 700 ? 0.85 : 1;
  view.legible = large * LETTER || 10;
  view.goal = null;
  setScale(large ? Math.max(large, Math.min(whole, 2 * large)) : whole < 0.8 ? usual : Math.min(whole, 1.3));
  view.wanted = view.scale;
  view.at = { left: 0, top: -1 };
  scrollGraph(0, (HEIGHT * view.scale - frameSize().h) / 2, false);
}

part("smaller").addEventListener("click", () => zoomBy(1 / 1.25));
part("larger").addEventListener("click", () => zoomBy(1.25));
part("fit").addEventListener("click", fit);
document.querySelectorAll(".pad button").forEach((button) => {
  const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[button.className];
  button.addEventListener("click", () => pan(dx * 120, dy * 120, true));
});
