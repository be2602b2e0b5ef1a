// ---- predict first: the next number is hidden until the reader has said it ---------------------------

const predict = { on: false, known: 0, right: 0, asked: 0, tried: false };

function mayHide(k) {
  const step = page.data.steps[k - 1];
  return Boolean(step) && (step.forward ? !page.problems[step.node]
    : step.node !== undefined && !page.problem && !page.pushed[k].unsure);
}

page.hides = (k) => predict.on && k > predict.known && mayHide(k);

// The number that a step shows: a value, or a gradient so far.
function numberOf(k) {
  const step = page.data.steps[k - 1];
  return step.forward ? page.values[step.node] : page.pushed[k].after;
}

function question(k) {
  const step = page.data.steps[k - 1];
  if (step.forward) { return [...nameOf(step.node).parts, say(" = ")]; }
  const when = step.n === 1 ? "" : step.k === 1 ? ` after the first of ${step.n} contributions` : ` after contribution ${step.k} of ${step.n}`;
  return [partial(nameOf(page.root.index), nameOf(step.operand)), say(`${when} = `)];
}

// ---- which slip gives a number -----------------------------------------------------------------------

// As many digits as were typed, at least 2, at most those that are shown.
function digitsOf(text) {
  const digits = text.replace(/e.*$/i, "").replace(/\D/g, "").replace(/^0+/, "");
  return Math.min(Math.max(digits.length, 2), page.data.digits);
}

function agrees(x, y, digits) { return shown(x, digits) === shown(y, digits); }

// [[what was done, the number that it gives], …], the likeliest first.
function slipsOf(k) {
  const step = page.data.steps[k - 1];
  return step.forward ? forwardSlips(page.data.nodes[step.node]) : backwardSlips(step, page.pushed[k]);
}

function backwardSlips(step, { upstream, local, contribution, before, after }) {
  const node = page.data.nodes[step.node], x = page.values[step.operand];
  const found = [
    ["the upstream factor is left out", local], ["the local derivative is left out", upstream],
    ["the sign is wrong", -contribution],
    [`the value of ${nameOf(step.operand).text} stands in place of the local derivative`, chained(upstream, x)],
    ["the factors are added, not multiplied", upstream + local], ...rowSlips(node, step.position, upstream)
  ];
  const summed = found.map(([what, number]) => [what, before + number]);
  if (step.k === 1) { return summed; }
  return [["the earlier contribution is not added", contribution], ["this contribution is not added", before],
    ["the earlier contribution is subtracted", contribution - before], ["the sign of the sum is wrong", -after],
    ...summed, ...found.map(([what, number]) => [what + ", and the earlier contribution is not added", number])];
}

// The usual mistakes in this row's own rule.
function rowSlips(node, position, upstream) {
  if (node.form.row === null) { return []; }
  const inputs = node.operands.map((j) => page.values[j]).concat(node.form.n), y = page.values[node.index];
  const by = { operands: operandNames(node), result: nameOf(node.index) };
  return page.data.slips[node.form.row][position].map((what, k) => [
    plainText(filled(what, by)), chained(upstream, SLIPS[node.form.row][position][k](...inputs, y))]);
}

function forwardSlips(node) {
  if (node.form.row === null) { return []; }
  const row = ROWS[node.form.row], [a, b] = node.operands.map((j) => page.values[j]);
  const y = page.values[node.index], names = operandNames(node).map((x) => x.text);
  const found = [["the sign is wrong", -y]];
  names.forEach((name, k) => found.push([`this is ${name} itself: the operation is left out`, [a, b][k]]));
  if (names.length === 2) {
    found.push(["the operands are exchanged", row.value(b, a)], ["this is the sum", a + b],
      ["this is the difference", a - b], ["this is the product", a * b], ["this is the quotient", a / b]);
  } else {
    found.push(["this is the value at the operand with the other sign", row.value(-a, ...node.form.n)],
      ["this is the local derivative, not the value", page.locals[node.index][0]]);
  }
  return found;
}

// ---- question and answer ---------------------------------------------------------------------------------

function answer() {
  const text = part("guess").value, x = readNumber(text), k = page.step;
  if (!page.hides(k)) { return; }
  if (x === null) { tell([say("type a number, such as −0.25 or 1.5e-3")]); return; }
  if (!predict.tried) { predict.asked += 1; }
  const right = agrees(x, numberOf(k), page.data.digits);
  if (right) {
    if (!predict.tried) { predict.right += 1; }
    revealNumber([say("right")]);
    return;
  }
  predict.tried = true;
  const digits = digitsOf(text), slip = slipsOf(k).find(([, y]) => agrees(x, y, digits) && !agrees(y, numberOf(k), page.data.digits));
  if (slip) { tell([say("not yet: " + slip[0])]); showScore(); return; }
  revealNumber([say("not this: ")]);
}

// Show the number and its equation.
function revealNumber(verdict) {
  predict.known = Math.max(predict.known, page.step);
  const told = describe(page.step), full = plainText(verdict) === "right" ? [] : [...(told.total.length ? told.total : told.equation)];
  page.fire("mode");
  tell([...verdict, ...full]);
  showScore();
}

function tell(parts) {
  part("verdict").replaceChildren(draw(parts));
  announce(plainText(parts));
}

function showScore() {
  write(part("score"), predict.asked ? `${predict.right} of ${predict.asked} right at the first try` : "");
}

function ask() {
  const k = page.step;
  if (!predict.on) { return; }
  if (k === 0) { predict.known = 0; }        // from the beginning: everything is asked again
  if (k > predict.known + 1) { predict.known = k - 1; }
  predict.tried = false;
  part("guess").value = "";
  part("asked").hidden = !page.hides(k);
  part("verdict").replaceChildren();
  if (page.hides(k)) { part("question").replaceChildren(draw(question(k))); }
}

function switchPredict() {
  predict.on = !predict.on;
  predict.known = page.step === page.data.steps.length ? 0 : page.step;
  [predict.right, predict.asked] = [0, 0];
  part("predict-button").setAttribute("aria-pressed", predict.on);
  part("predicting").hidden = !predict.on;
  showScore();
  page.fire("mode");
  if (predict.on) { go(predict.known + 1); }
}

page.on("step", ask);
page.on("mode", () => { part("asked").hidden = !page.hides(page.step); });
part("predict-button").addEventListener("click", switchPredict);
part("check").addEventListener("click", answer);
part("show-number").addEventListener("click", () => {
  if (page.hides(page.step)) {
    if (!predict.tried) { predict.asked += 1; }
    revealNumber([]);
  }
});
part("guess").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") { return; }
  event.preventDefault();
  answer();
});
