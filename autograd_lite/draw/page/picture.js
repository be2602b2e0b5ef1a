// ---- the picture: boxes, arrows, paths ---------------------------------------------------------

const graph = part("graph"), svg = graph.querySelector("svg");
const boxes = page.data.nodes.map(boxOf);
const arrows = new Map();     // by id, found when first asked for
const places = new Map(page.data.nodes.map((n, i) => [n.id, i]));
const users = usersOf();
let marked = [], onPath = [];

function inside(id) { return document.getElementById(id); }

function boxOf(node) {
  const g = inside(node.id), rect = g.querySelector("rect");
  const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)));
  g.setAttribute("tabindex", "-1");
  g.setAttribute("role", "button");
  return {
    g, node, x, y, w, h, state: "",
    value: g.querySelector("text.value"), grad: g.querySelector("text.grad"),
    title: g.querySelector("title"),
  };
}

// An arrow and the area that it covers: its ends, bends and chip.
function arrowOf(id) {
  if (!arrows.has(id)) {
    const g = inside(id), chip = g.querySelector(".chip");
    const at = Array.from(g.querySelectorAll("path"), (p) => p.getAttribute("d").match(/-?[\d.]+/g))
      .flat().map(Number);
    const xs = at.filter((_, i) => i % 2 === 0), ys = at.filter((_, i) => i % 2);
    let area = { l: Math.min(...xs), r: Math.max(...xs), t: Math.min(...ys), b: Math.max(...ys) };
    let size = null;
    if (chip) {
      const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(chip.getAttribute(name)));
      size = { x, y, w, h };
      area = { l: Math.min(area.l, x), r: Math.max(area.r, x + w),
        t: Math.min(area.t, y), b: Math.max(area.b, y + h) };
    }
    arrows.set(id, { g, area, chip: size, flow: g.querySelector(".flow") });
  }
  return arrows.get(id);
}

// For each box, the boxes that use it, and by which arrow.
function usersOf() {
  const found = page.data.nodes.map(() => new Map());
  page.data.steps.forEach((s) => {
    if (!s.forward) { return; }
    const to = places.get(s.to);
    s.edges.forEach((edge, position) => {
      const from = page.data.nodes[to].operands[position];
      found[from].set(edge, to);
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

const MARKS = ["source", "target", "active", "made", "given"];

function mark(g, ...names) {
  g.classList.add(...names);
  marked.push(g);
}

function paint() {
  const counts = { final: 0, partial: 0, unknown: 0 };
  boxes.forEach((box, i) => {
    const told = boxText(i, page.step);
    write(box.value, told.value);
    write(box.grad, told.grad);
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
  spoken.arrows.forEach((a) => { mark(a.g, way); });
  spoken.sources.forEach((box) => { mark(box.g, "source", ...(spoken.forward ? ["given"] : [])); });
  if (spoken.target) { mark(spoken.target.g, "target", ...(spoken.forward ? ["given"] : [])); }
  return counts;
}

// ---- the ways from a box to the result ----------------------------------------------------------

function pathsFrom(start) {
  const ways = new Map(), edges = new Set(), open = [start];
  const reached = new Set(open);
  while (open.length) {
    users[open.pop()].forEach((to, edge) => {
      edges.add(edge);
      if (!reached.has(to)) { reached.add(to); open.push(to); }
    });
  }
  const last = boxes.length - 1;
  const count = (i) => {
    let sum = 0n;
    users[i].forEach((to) => { sum += ways.get(to) || 0n; });
    return sum;
  };
  Array.from(reached).sort((a, b) => b - a).forEach((i) => ways.set(i, i === last ? 1n : count(i)));
  return { edges, reached, count: ways.get(start) };
}

function showPaths(i) {
  hidePaths();
  const found = pathsFrom(i), last = boxes.length - 1;
  const groups = [...Array.from(found.edges, inside), ...Array.from(found.reached, (k) => boxes[k].g)];
  groups.forEach((g) => g.classList.add("path"));
  onPath = groups;
  graph.classList.add("with-path");
  const told = tell(i, found.count);
  boxes[i].g.setAttribute("aria-label", told);
  boxes[i].title.textContent = told;
  write(part("caption"), i === last ? "the result" : ways(i, found.count));
}

function hidePaths() {
  onPath.forEach((g) => g.classList.remove("path"));
  onPath = [];
  graph.classList.remove("with-path");
  write(part("caption"), "");
}

function nameOf(i) {
  const head = boxes[i].g.querySelector("text.head tspan, text.head");
  return page.data.nodes[i].name || (head || boxes[i].value).textContent;
}

function ways(i, count) {
  const told = count === 1n ? "1 path" : count.toLocaleString("en") + " paths";
  return `${nameOf(i)} → ${nameOf(boxes.length - 1)}: ${told}`;
}

function tell(i, count) {
  const box = boxes[i], head = box.g.querySelector("text.head");
  const what = box.node.constant ? "constant" : box.node.leaf ? "leaf" : "";
  const lines = [head && head.textContent, what, box.value && box.value.textContent,
    box.grad && box.grad.textContent, i === boxes.length - 1 ? "the result" : ways(i, count)];
  return lines.filter(Boolean).join(", ");
}

// ---- the mouse and the focus on a box ------------------------------------------------------------

function boxAt(target) {
  const g = target.closest && target.closest(".node");
  return g ? places.get(g.id) : undefined;
}

// A box leads to where its value is made, and from there to where its gradient is final.
function stepOf(i) {
  const id = page.data.nodes[i].id, steps = page.data.steps;
  const made = steps.findIndex((s) => s.forward && s.to === id) + 1;
  const final = steps.findIndex((s) => !s.forward && s.final && s.to === id) + 1;
  const used = steps.findIndex((s) => (s.from || []).includes(id)) + 1;
  if (made && (page.step !== made || !final)) { return made; }
  return final || used;
}

function focusBox(i) {
  boxes.forEach((box) => { if (box.g.getAttribute("tabindex") === "0") { box.g.setAttribute("tabindex", "-1"); } });
  boxes[i].g.setAttribute("tabindex", "0");
}

graph.addEventListener("pointerover", (event) => {
  const i = boxAt(event.target);
  if (i === undefined) { hidePaths(); } else { showPaths(i); }
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
  if (event.key === "Enter" && stepOf(i) && !event.defaultPrevented) { go(stepOf(i)); event.preventDefault(); }
  if (to === undefined) { return; }
  event.preventDefault();
  event.stopPropagation();
  if (boxes[to]) { focusBox(to); boxes[to].g.focus({ preventScroll: true }); }
});
svg.removeAttribute("aria-hidden");
svg.setAttribute("role", "group");
focusBox(0);
