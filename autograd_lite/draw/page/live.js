// ---- leaves get other numbers: typed, dragged sideways, by keys ----------------------------------

const live = {
  constants: false,               // whether those of formulas can be changed
  editor: null, before: 0,        // the field over a box, and the number before it was opened
  drag: null, dragged: false,     // what is dragged; whether the click that follows belongs to it
  jumped: false, telling: 0
};

function canChange(i) {
  const node = page.data.nodes[i];
  return node.leaf && !node.fixed && (live.constants || !node.constant);
}

// Why the number of a box cannot be changed; "" where it can.
function whyFixed(i) {
  const node = page.data.nodes[i];
  if (node.fixed) { return `${nameOf(i).text} ${node.fixed}, so its number stays as recorded`; }
  return node.leaf ? "" : `${nameOf(i).text} is computed; change the leaves that it is computed from`;
}

// Give leaves numbers, [[index, number], …]; everything follows.
function setNumbers(pairs) {
  pairs.forEach(([i, x]) => {
    page.changed.set(i, x);
    if (Object.is(x, page.data.nodes[i].value)) { page.changed.delete(i); }
  });
  computeAll();
  if (page.step === 0 && !predict.on) {      // where nothing is computed, nothing would be seen
    page.step = page.data.steps.length;
    page.fire("step");
    live.jumped = true;
  }
  page.fire("numbers");
  settle();
}

// Bring the step into view, but move nothing from under the hand that changes a number.
function settle() {
  if (!live.jumped || live.editor || live.drag) { return; }
  live.jumped = false;
  reveal(true);
}

// What a screen reader hears of a change, once the reader pauses.
function tellResult() {
  clearTimeout(live.telling);
  const { index } = page.root;
  live.telling = setTimeout(() => {
    const result = `${nameOf(index).text} = ${shown(page.values[index])}`;
    announce(page.problem ? page.problems.find((x) => x) : result);
  }, 700);
}

function resetNumbers() {
  page.changed.clear();
  page.fire("reset");
  computeAll();
  page.fire("numbers");
  announce("the recorded numbers are back");
}

// By how much a key or a few pixels change a number: one in its second digit.
function stepBy(x) {
  return x && Number.isFinite(x) ? 10 ** (Math.floor(Math.log10(Math.abs(x))) - 1) : 0.1;
}

function moved(x, steps, by = stepBy(x)) {
  return Number.isFinite(x) ? Number((x + steps * by).toPrecision(12)) : x;
}

// A field for a leaf's number, in the list or over its box.
function numberField(i) {
  const field = el("input", "number");
  field.type = "text";
  field.inputMode = "decimal";
  field.setAttribute("aria-label", `number of ${nameOf(i).text}`);
  field.addEventListener("input", () => {
    const x = readNumber(field.value);
    field.setAttribute("aria-invalid", x === null);
    if (x !== null) { setNumbers([[i, x]]); }
  });
  field.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) { return; }
    event.preventDefault();
    event.stopPropagation();
    setNumbers([[i, moved(page.values[i], by * (event.shiftKey ? 10 : 1))]]);
    field.value = typed(page.values[i]);
    field.setAttribute("aria-invalid", "false");
  });
  return field;
}

// A number as it stands in a field: all its digits.
function typed(x) { return Number.isFinite(x) ? String(x) : shown(x); }

// ---- over a box -----------------------------------------------------------------------------------

function openEditor(i) {
  closeEditor();
  const box = boxes[i].value.getBoundingClientRect(), frame = graph.getBoundingClientRect();
  const field = numberField(i), width = Math.max(box.width + 40, 110);
  field.classList.add("over");
  field.value = typed(page.values[i]);
  field.style.width = width + "px";
  field.style.left = box.left + box.width / 2 - width / 2 - frame.left + graph.scrollLeft + "px";
  field.style.top = box.top + box.height / 2 - 17 - frame.top + graph.scrollTop + "px";
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { setNumbers([[i, live.before]]); }
    if (event.key !== "Escape" && event.key !== "Enter") { return; }
    event.preventDefault();
    event.stopPropagation();
    closeEditor();
    boxes[i].g.focus({ preventScroll: true });
  });
  field.addEventListener("blur", () => closeEditor());
  ["pointerdown", "click"].forEach((name) => {
    field.addEventListener(name, (event) => event.stopPropagation());
  });
  [live.editor, live.before] = [field, page.values[i]];
  graph.append(field);
  field.focus({ preventScroll: true });
  field.select();
}

function closeEditor() {
  const field = live.editor;
  live.editor = null;
  if (field) { field.remove(); }
  settle();
}

// The box whose number is at this place on the screen.
function numberAt(event) {
  const i = boxAt(event.target);
  if (i === undefined || !page.data.nodes[i].leaf || event.target === live.editor) { return undefined; }
  const line = boxes[i].value.getBoundingClientRect();
  return event.clientY >= line.top && event.clientY <= line.bottom ? i : undefined;
}

graph.addEventListener("pointerdown", (event) => {
  live.dragged = false;
  const i = numberAt(event);
  if (i === undefined || event.button || !canChange(i)) { return; }
  event.stopPropagation();
  const x = page.values[i];
  live.drag = { i, x, from: event.clientX, by: stepBy(x), moved: false };
}, true);
addEventListener("pointermove", (event) => {
  const drag = live.drag;
  if (!drag) { return; }
  const steps = Math.round((event.clientX - drag.from) / 4);
  if (!steps && !drag.moved) { return; }
  drag.moved = true;
  event.preventDefault();
  setNumbers([[drag.i, moved(drag.x, steps, drag.by)]]);
});
addEventListener("pointerup", () => {
  const drag = live.drag;
  live.drag = null;
  if (drag) { live.dragged = drag.moved; }
  settle();
});
addEventListener("pointercancel", () => { live.drag = null; });
graph.addEventListener("click", (event) => {
  const i = numberAt(event);
  if (i === undefined && !live.dragged) { return; }
  event.preventDefault();
  if (live.dragged) { live.dragged = false; return; }
  if (canChange(i)) { openEditor(i); } else { refuseChange(i); }
}, true);
graph.addEventListener("keydown", (event) => {
  const i = boxAt(event.target);
  if (i === undefined || event.ctrlKey || event.altKey || event.metaKey) { return; }
  if (event.key !== "F2" && event.key.toLowerCase() !== "e") { return; }
  event.preventDefault();
  event.stopPropagation();
  if (canChange(i)) { openEditor(i); } else { refuseChange(i); }
}, true);

function refuseChange(i) {
  const constant = `${nameOf(i).text} is a constant of a formula; tick “constants too” to change it`;
  const why = whyFixed(i) || constant;
  write(part("caption"), why);
  announce(why);
}

// ---- in the list ------------------------------------------------------------------------------------

const leafRows = [];        // {i, row, field, tick}

function fillLeaves() {
  const list = part("leaves");
  page.data.nodes.filter((node) => node.leaf).forEach((node) => {
    const i = node.index, field = numberField(i), tick = el("input", "tick");
    tick.type = "checkbox";
    tick.setAttribute("aria-label", `train ${nameOf(i).text}`);
    tick.addEventListener("change", () => chooseParameter(i, tick.checked));
    const name = el("span", "leaf-name");
    name.append(draw(nameOf(i).parts));
    const row = el("div", "leaf-row", tick, name, field);
    if (node.fixed) { row.append(el("span", "why", whyFixed(i))); }
    field.disabled = Boolean(node.fixed);
    tick.disabled = field.disabled || samples.some(([j]) => j === i);
    list.append(row);
    leafRows.push({ i, row, field, tick });
  });
}

function showLeaves() {
  if (!part("live").open) { return; }
  if (!leafRows.length) { fillLeaves(); }
  leafRows.forEach(({ i, row, field, tick }) => {
    row.hidden = page.data.nodes[i].constant && !live.constants;
    tick.checked = training.parameters.has(i);
    if (field !== document.activeElement) {
      const text = typed(page.values[i]);
      if (field.value !== text) { field.value = text; }
      field.setAttribute("aria-invalid", "false");
    }
  });
}

function showChanges() {
  part("reset").setAttribute("aria-disabled", page.changed.size === 0 && training.steps === 0);
  boxes.forEach((box, i) => box.g.classList.toggle("changed", page.changed.has(i)));
}

function showEditable() {
  boxes.forEach((box, i) => box.g.classList.toggle("editable", canChange(i)));
}

page.on("numbers", () => {
  showChanges();
  showLeaves();
  if (page.changed.size && !training.running) { tellResult(); }
  if (live.editor && live.editor !== document.activeElement) { closeEditor(); }
});
part("live").addEventListener("toggle", showLeaves);
part("reset").addEventListener("click", resetNumbers);
part("constants").addEventListener("change", (event) => {
  live.constants = event.target.checked;
  showEditable();
  showLeaves();
});
showEditable();
