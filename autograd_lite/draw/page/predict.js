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
  const when = step.n === 1 ? "" : ` after contribution ${step.k} of ${step.n}`;
  return [partial(nameOf(page.root.index), nameOf(step.operand)), say(`${when} = `)];
}

// ---- question and answer ------------------------------------------------------------------------

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
  const digits = digitsOf(text), wrong = (y) => !agrees(y, numberOf(k), page.data.digits);
  const slip = slipsOf(k).find(([, y]) => agrees(x, y, digits) && wrong(y));
  if (slip) { tell([say("not yet: " + slip[0])]); showScore(); return; }
  revealNumber([say("not this: ")]);
}

// Show the number and its equation.
function revealNumber(verdict) {
  predict.known = Math.max(predict.known, page.step);
  const { total, equation } = describe(page.step);
  page.fire("mode");
  tell(plainText(verdict) === "right" ? verdict : [...verdict, ...(total.length ? total : equation)]);
  showScore();
}

function tell(parts) {
  part("verdict").replaceChildren(draw(parts));
  announce(plainText(parts));
}

function showScore() {
  const { right, asked } = predict;
  write(part("score"), asked ? `${right} of ${asked} right at the first try` : "");
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
