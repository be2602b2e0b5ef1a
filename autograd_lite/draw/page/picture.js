// ---- the picture: boxes, arrows, paths ----------------------------------------------------------

const graph = part("graph"), svg = graph.querySelector("svg");
const boxes = page.data.nodes.map(boxOf);
const arrows = new Map();     // by id, found when first asked for
const places = new Map(page.data.nodes.map((n, i) => [n.id, i]));
const edges = new Map();      // by id: [the result's index, which of its operands]
const users = usersOf();
let marked = [], onPath = [];

function byId(id) { return document.getElementById(id); }

function boxOf(node) {
  const g = byId(node.id), rect = g.querySelector("rect");
  const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)));
  g.setAttribute("tabindex", "-1");
  g.setAttribute("role", "button");
  return {
    g, node, x, y, w, h, state: "", shade: "",
    value: g.querySelector("text.value"), grad: g.querySelector("text.grad"),
    title: g.querySelector("title"),
  };
}

// An arrow and the area that it covers: its ends, bends and chip.
function arrowOf(id) {
  if (!arrows.has(id)) {
    const g = byId(id), chip = g.querySelector(".chip");
    const at = Array.from(g.querySelectorAll("path"), (p) => p.getAttribute("d").match(/-?[\d.]+/g))
      .flat().map(Number);
    const xs = at.filter((_, i) => i % 2 === 0), ys = at.filter((_, i) => i % 2);
    let area = { l: Math.min(...xs), r: Math.max(...xs), t: Math.min(...ys), b: Math.max(...ys) };
    let size = null;
    if (chip) {
      const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(chip.getAttribute(name)));
      size = { x, y, w, h, rect: chip, flow: g.querySelector(".flow") };
      area = { l: Math.min(area.l, x), r: Math.max(area.r, x + w),
        t: Math.min(area.t, y), b: Math.max(area.b, y + h) };
    }
    arrows.set(id, { g, area, chip: size, local: g.querySelector(".local") });
  }
  return arrows.get(id);
}

// For each box, the boxes that use it, and by which arrow.
function usersOf() {
  const found = page.data.nodes.map(() => new Map());
  page.data.steps.filter((s) => s.forward).forEach((s) => {
    s.edges.forEach((edge, position) => {
      found[page.data.nodes[s.node].operands[position]].set(edge, s.node);
      edges.set(edge, [s.node, position]);
    });
  });
  return found;
}

// The boxes and arrows that the current step speaks of.
function spokenOf() {
  const s = page.data.steps[page.step - 1];
  if (!s) { return { sources: [], target: null, arrows: [], forward: true }; }
  return {
    sources: (s.from || []).map((id) => boxes[places.get(id)]), target: boxes[places.get(s.to)],
    arrows: (s.edges || []).map(arrowOf), forward: Boolean(s.forward),
  };
}

// The local derivative on its chip, as wide as its text may be: to measure it is to wait for the
// layout.
function writeChip(a) {
  if (!a.chip) { return; }
  const text = chipText(page.step), { rect, x, w } = a.chip, wide = Math.max(w, 8 * text.length);
  write(a.local, text);
  rect.setAttribute("width", wide);
  rect.setAttribute("x", x - (wide - w) / 2);
}

const MARKS = ["source", "target", "active", "made", "given"];

function mark(g, ...names) {
  g.classList.add(...names);
  marked.push(g);
}

function paint() {
  const counts = { final: 0, partial: 0, unknown: 0 };
  boxes.forEach((box, i) => {
    const told = boxText(i, page.step);
    write(box.title, tooltip(i, told));
    write(box.value, told.value);
    write(box.grad, told.grad);
    box.g.classList.toggle("problem", Boolean(told.problem));
    const shade = shadeOf(i, told.state);
    if (box.shade !== shade) {
      if (shade) { box.g.dataset.shade = shade; } else { delete box.g.dataset.shade; }
      box.shade = shade;
    }
    if (told.state in counts) { counts[told.state] += 1; }
    if (box.state !== told.state) {
      box.g.classList.remove("final", "partial", "unknown");
      if (told.state) { box.g.classList.add(told.state); }
      box.state = told.state;
    }
  });
  marked.forEach((g) => g.classList.remove(...MARKS));
  marked = [];
  const spoken = spokenOf(), way = spoken.forward ? "made" : "active";
  spoken.arrows.forEach((a) => {
    mark(a.g, way);
    if (way === "active") { writeChip(a); }
  });
  spoken.sources.forEach((box) => { mark(box.g, "source", ...(spoken.forward ? ["given"] : [])); });
  if (spoken.target) { mark(spoken.target.g, "target", ...(spoken.forward ? ["given"] : [])); }
  const focused = boxAt(document.activeElement);
  if (focused !== undefined) { showPaths(focused); }    // and says its numbers of now
  return counts;
}

// ∂a/∂z = a · (1 − a) = 0.2217; what is to be predicted is not told.
function arrowTooltip(i, position) {
  const node = page.data.nodes[i], name = partial(nameOf(i), nameOf(node.operands[position])).text;
  const local = page.hides(node.edges[position]) || page.problems[i] ? "" : shown(page.locals[i][position]);
  const symbols = localInSymbols(node, position);
  return [...new Set([name, symbols ? symbols.text : "", local])].filter(Boolean).join(" = ");
}

// ---- the ways from a box to the result ----------------------------------------------------------

function pathsFrom(start) {
  const counts = new Map(), edges = new Set(), open = [start], reached = new Set(open);
  while (open.length) {
    users[open.pop()].forEach((to, edge) => {
      edges.add(edge);
      if (!reached.has(to)) { reached.add(to); open.push(to); }
    });
  }
  Array.from(reached).sort((a, b) => b - a).forEach((i) => {
    const onwards = Array.from(users[i].values(), (to) => counts.get(to));
    counts.set(i, onwards.reduce((a, b) => a + b, i === page.root.index ? 1n : 0n));
  });
  return { edges, reached, count: counts.get(start) };
}

function showPaths(i) {
  hidePaths();
  const found = pathsFrom(i), told = i === page.root.index ? "the result" : ways(i, found.count);
  const groups = [...Array.from(found.edges, byId), ...Array.from(found.reached, (k) => boxes[k].g)];
  groups.forEach((g) => { g.classList.add("path"); thicken(g); });
  onPath = groups;
  boxes[i].g.setAttribute("aria-label", `${tooltip(i, boxText(i, page.step))}; ${told}`);
  write(part("caption"), told);
}

function hidePaths() {
  onPath.forEach((g) => g.classList.remove("path"));
  onPath = [];
  write(part("caption"), "");
}

function ways(i, count) {
  const told = count === 1n ? "1 path" : count.toLocaleString("en") + " paths";
  return `${nameOf(i).text} → ${nameOf(page.root.index).text}: ${told}`;
}

// ---- the mouse and the focus on a box -----------------------------------------------------------

function boxAt(target) {
  const g = target.closest && target.closest(".node");
  return g ? places.get(g.id) : undefined;
}

// A box leads to where its value is made, and from there to where its gradient is final.
function stepOf(i) {
  const { made, arrivals } = page.data.nodes[i], final = arrivals[arrivals.length - 1];
  if (made && (page.step !== made || !final)) { return made; }
  return final || page.data.steps.findIndex((s) => (s.from || []).includes(boxes[i].node.id)) + 1;
}

function focusBox(i) {
  boxes.forEach((box, k) => box.g.setAttribute("tabindex", k === i ? "0" : "-1"));
}

graph.addEventListener("pointerover", (event) => {
  const i = boxAt(event.target);
  if (i === undefined) { hidePaths(); } else { showPaths(i); }
  const arrow = event.target.closest(".edge");
  if (arrow) { write(arrow.querySelector("title"), arrowTooltip(...edges.get(arrow.id))); }
});
graph.addEventListener("pointerleave", hidePaths);
graph.addEventListener("focusin", (event) => {
  const i = boxAt(event.target);
  if (i !== undefined) { focusBox(i); showPaths(i); revealBox(i); }
});
graph.addEventListener("focusout", hidePaths);
graph.addEventListener("click", (event) => {
  const i = boxAt(event.target);
  if (i !== undefined && !event.defaultPrevented && stepOf(i)) { go(stepOf(i)); }
});
graph.addEventListener("keydown", (event) => {
  const i = boxAt(event.target);
  if (i === undefined || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) { return; }
  const to = { ArrowUp: i - 1, ArrowDown: i + 1 }[event.key];
  if (["Enter", " "].includes(event.key) && stepOf(i) && !event.defaultPrevented) {
    event.preventDefault();
    go(stepOf(i));
  }
  if (to === undefined) { return; }
  event.preventDefault();
  event.stopPropagation();
  if (boxes[to]) { focusBox(to); boxes[to].g.focus({ preventScroll: true }); }
});
svg.removeAttribute("aria-hidden");
svg.setAttribute("role", "group");
focusBox(0);
