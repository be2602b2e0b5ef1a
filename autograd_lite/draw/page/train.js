// ---- training: an update rule moves the parameters --------------------------------------------------

const samples = page.data.samples, sampleCount = samples.length ? samples[0][1].length : 0;
const training = {
  parameters: new Set(page.data.parameters),
  rule: page.data.rules[0], options: {},   // of the chosen rule
  states: new Map(),                       // what the rule remembers of each parameter
  steps: 0, losses: [], sample: -1,        // −1: the recorded numbers
  moves: new Map(),                        // the last step of each parameter, line by line
  current: null,                           // the loss over all and its gradients, once computed
  running: 0, own: false
};
const scratch = { values: [], locals: [], problems: [], grads: [], unsure: [] };

// ---- the loss and its gradients ---------------------------------------------------------------------

function givenOf(k) {
  const given = new Map(page.changed);
  if (k >= 0) { samples.forEach(([i, numbers]) => given.set(i, numbers[k])); }
  return given;
}

// The mean of the samples' losses and its gradients, {loss, grads, problem}; −1 is no sample.
function lossOver(ks) {
  const grads = new Map(), { index } = page.root;
  training.parameters.forEach((i) => grads.set(i, 0));
  let loss = 0;
  for (const k of ks) {
    forward(givenOf(k), scratch.values, scratch.locals, scratch.problems);
    if (scratch.problems[index]) {
      const where = scratch.problems.find((problem) => problem);
      return { loss: NaN, grads, problem: (k < 0 ? "" : `sample ${k + 1}: `) + where };
    }
    loss += scratch.values[index];
    backward(scratch.locals, scratch.grads, scratch.unsure, null, 1 / ks.length);
    for (const i of training.parameters) {
      if (scratch.unsure[i]) { return { loss, grads, problem: `the gradient of ${nameOf(i).text} passes a node made by hand` }; }
      grads.set(i, grads.get(i) + scratch.grads[i]);
    }
  }
  return { loss: loss / ks.length, grads, problem: "" };
}

const everySample = () => sampleCount ? Array.from({ length: sampleCount }, (_, k) => k) : [-1];

function lossOverAll() {
  training.current = training.current || lossOver(everySample());
  return training.current;
}

// ---- one step ------------------------------------------------------------------------------------------

// One parameter after one step: {theta, state, lines}, by the statements of the rule in turn.
function movedParameter(i, g) {
  const { rule } = training, state = training.states.get(i) || Object.fromEntries(rule.state.map((x) => [x, 0]));
  const known = { ...training.options, ...state, theta: page.values[i], g };
  if (rule.counts) { known.t = (state.t || 0) + 1; }
  const lines = RULES[rule.name].map(([name, right], at) => {
    const before = rule.lines[at].names.map((x) => known[x]);
    known[name] = right(known);
    return { at, before, right, result: known[name] };
  });
  const kept = Object.fromEntries(rule.state.map((x) => [x, known[x]]));
  if (rule.counts) { kept.t = known.t; }
  return { theta: known.theta, state: kept, lines, g };
}

// Move all parameters, or none: then the reason is returned.
function trainStep() {
  if (!training.parameters.size) { return "no parameter is chosen: tick some under Numbers"; }
  const one = part("over").value === "one" && sampleCount;
  if (one) { takeSample((training.sample + 1) % sampleCount, true); }
  const found = one ? lossOver([training.sample]) : lossOverAll();
  if (found.problem) { return found.problem + "; nothing was moved"; }
  if (!training.losses.length) { training.losses.push(lossOverAll().loss); }
  const moves = new Map();
  for (const [i, g] of found.grads) {
    const move = movedParameter(i, g);
    const bad = [["gradient", g], ["next value", move.theta], ["state", Object.values(move.state).find((x) => !Number.isFinite(x))]]
      .find(([, x]) => x !== undefined && !Number.isFinite(x));
    if (bad) { return `the ${bad[0]} of ${nameOf(i).text} is ${shown(bad[1])}; nothing was moved`; }
    moves.set(i, move);
  }
  moves.forEach((move, i) => {
    page.changed.set(i, move.theta);
    page.values[i] = move.theta;
    training.states.set(i, move.state);
  });
  training.moves = moves;
  training.steps += 1;
  training.current = null;
  training.losses.push(lossOverAll().loss);
  return "";
}

// Many steps, then everything is painted.
function trainSteps(count) {
  let reason = "";
  for (let k = 0; k < count && !reason; k += 1) { reason = trainStep(); }
  training.own = true;
  setNumbers([]);
  training.own = false;
  write(part("trained"), reason);
  if (reason) { stopTraining(); announce(reason); }
}

function run() {
  trainSteps(1);
  if (training.running) { training.running = requestAnimationFrame(run); }
}

function startTraining() {
  training.running = requestAnimationFrame(run);
  write(part("run"), "Pause");
}

function stopTraining() {
  cancelAnimationFrame(training.running);
  training.running = 0;
  write(part("run"), "Run");
}

// ---- samples -------------------------------------------------------------------------------------------

function takeSample(k, quiet) {
  training.sample = k;
  samples.forEach(([i, numbers]) => page.changed.set(i, numbers[k]));
  samples.forEach(([i, numbers]) => { if (k < 0) { page.changed.delete(i); } else { page.values[i] = numbers[k]; } });
  if (quiet) { return; }
  training.own = true;
  setNumbers([]);
  training.own = false;
  announce(k < 0 ? "the recorded numbers of the samples' leaves" : `sample ${k + 1} of ${sampleCount}`);
}

function sampleName() {
  const k = training.sample, is = (number) => samples.every(([i, numbers]) => Object.is(page.values[i], number(i, numbers)));
  if (k >= 0 && is((i, numbers) => numbers[k])) { return `sample ${k + 1} of ${sampleCount}`; }
  return is((i) => page.data.nodes[i].value) ? `recorded numbers; ${sampleCount} samples` : `your numbers; ${sampleCount} samples`;
}

// ---- what is seen ----------------------------------------------------------------------------------------

function chooseRule(name) {
  training.rule = page.data.rules.find((rule) => rule.name === name);
  training.options = { ...training.rule.options };
  forgetTraining();
  part("options").replaceChildren(...Object.keys(training.options).filter((x) => x !== "lr").map(optionField));
  showRate();
  showTraining();
}

function optionField(name) {
  const field = el("input", "number"), label = el("label", "", page.data.symbols[name] + " ", field);
  field.value = String(training.options[name]);
  field.setAttribute("aria-label", name);
  field.addEventListener("change", () => {
    const x = readNumber(field.value);
    if (x !== null && x >= 0 && Number.isFinite(x)) { training.options[name] = x; }
    field.value = String(training.options[name]);
  });
  return label;
}

function showRate() {
  part("rate").value = String(training.options.lr);
  part("rate-slider").value = Math.log10(training.options.lr);
}

function setRate(x) {
  if (x > 0 && Number.isFinite(x)) { training.options.lr = x; }
  showRate();
}

function forgetTraining() {
  stopTraining();
  training.states.clear();
  training.moves.clear();
  training.steps = 0;
  training.losses = [];
  training.current = null;
}

function chooseParameter(i, chosen) {
  if (chosen) { training.parameters.add(i); } else { training.parameters.delete(i); }
  training.current = null;
  showTraining();
}

function showTraining() {
  if (!part("train").open) { return; }
  const names = Array.from(training.parameters, (i) => nameOf(i).text);
  write(part("moved"), names.length ? "moved: " + names.join(", ") : "no parameter is chosen: tick some under Numbers");
  const over = lossOverAll(), loss = over.problem ? "none: " + over.problem : shown(over.loss, Math.max(page.data.digits, 6));
  const kind = sampleCount ? `loss over all ${sampleCount} samples (the mean of their losses)` : "loss";
  write(part("loss"), `after ${training.steps} step${training.steps === 1 ? "" : "s"}: ${kind} ${loss}`);
  part("samples").hidden = !sampleCount;
  write(part("sample-name"), sampleName());
  showCurve();
  showMoves();
}

// The rule with the numbers of the last step, for the parameter that is watched.
function showMoves() {
  const choice = part("watched"), wanted = Array.from(training.parameters);
  if (choice.options.length !== wanted.length || wanted.some((i, at) => Number(choice.options[at].value) !== i)) {
    const before = choice.value;
    choice.replaceChildren(...wanted.map((i) => new Option(nameOf(i).text, i)));
    if (wanted.includes(Number(before))) { choice.value = before; }
  }
  const i = Number(choice.value), move = training.moves.get(i);
  const lines = training.rule.lines.map((line, at) => moveLine(line, move && move.lines[at]));
  const first = wanted.length && move ? [[say("g = "), partial(nameOf(page.root.index), nameOf(i)), say(" = " + shown(move.g))]] : [];
  part("moves").replaceChildren(...[...first, ...lines].map((parts) => el("p", "", draw(parts))));
}

// v ← γ · v + η · g = 0.9 · 0 + 0.1 · 4 = 0.4
function moveLine(line, done) {
  const symbol = (x) => formula([say(page.data.symbols[x] || x)]);
  const told = [say(line.name + " ← "), ...filled(line.right, { operands: line.names.map(symbol) })];
  if (!done) { return told; }
  const numbers = filled(line.right, { operands: done.before.map((x) => numeral(x)) }), result = shown(done.result);
  const rounded = Object.fromEntries(line.names.map((x, at) => [x, readNumber(shown(done.before[at]))]));
  if (plainText(numbers) !== result) { told.push(say(" = "), ...numbers); }
  return [...told, say(` ${signOfFloat(done.right(rounded), result)} `), say(result, "result")];
}

// The loss so far, linear or logarithmic as the numbers ask for.
function showCurve() {
  const at = training.losses.map((x, k) => [k, x]).filter(([, x]) => Number.isFinite(x));
  part("curve").classList.toggle("empty", at.length < 2);
  if (at.length < 2) { return; }
  const [least, most] = [Math.min, Math.max].map((pick) => at.reduce((a, [, x]) => pick(a, x), at[0][1]));
  const log = least > 0 && most / least > 50, scale = log ? Math.log10 : (x) => x;
  const span = scale(most) - scale(least) || 1, every = Math.ceil(at.length / 600);
  const points = at.filter((_, k) => k % every === 0 || k === at.length - 1).map(([k, x]) =>
    `${(50 + 245 * k / at[at.length - 1][0]).toFixed(1)},${(100 - 90 * (scale(x) - scale(least)) / span).toFixed(1)}`);
  part("curve-line").setAttribute("points", points.join(" "));
  write(part("curve-most"), shown(most, 3));
  write(part("curve-least"), shown(least, 3));
  write(part("curve-steps"), `${training.losses.length - 1} steps${log ? ", logarithmic" : ""}`);
}

page.on("numbers", () => {
  if (!training.own) { training.current = null; }
  showTraining();
});
page.on("reset", () => {
  training.sample = -1;
  forgetTraining();
  write(part("trained"), "");
});
part("train").addEventListener("toggle", showTraining);
part("rule").append(...page.data.rules.map((rule) => new Option(rule.name)));
part("rule").addEventListener("change", (event) => chooseRule(event.target.value));
part("rate").addEventListener("change", (event) => setRate(readNumber(event.target.value)));
part("rate-slider").addEventListener("input", (event) => setRate(Number((10 ** event.target.value).toPrecision(2))));
part("one-step").addEventListener("click", () => { stopTraining(); trainSteps(1); });
part("hundred").addEventListener("click", () => { stopTraining(); trainSteps(100); });
part("run").addEventListener("click", () => { if (training.running) { stopTraining(); } else { startTraining(); } });
part("watched").addEventListener("change", showMoves);
part("over-all").hidden = !sampleCount;
part("sample-back").addEventListener("click", () => takeSample(Math.max(training.sample - 1, -1)));
part("sample-next").addEventListener("click", () => takeSample(Math.min(training.sample + 1, sampleCount - 1)));
chooseRule(training.rule.name);
