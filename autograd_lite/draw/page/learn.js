// ---- learning: losses over samples, and an update rule that moves the parameters --------------------

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
      if (scratch.unsure[i]) {
        return { loss, grads, problem: `the gradient of ${nameOf(i).text} passes a node made by hand` };
      }
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

// ---- one step -----------------------------------------------------------------------------------

// One parameter after one step: {theta, state, lines}, by the statements of the rule in turn.
function movedParameter(i, g) {
  const { rule } = training;
  const state = training.states.get(i) || Object.fromEntries(rule.state.map((x) => [x, 0]));
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

// What of a move is not finite, if anything is, as Python says it.
function whatIsWrong(g, { theta, state }) {
  const numbers = [["gradient", g], ["next value", theta], ...Object.values(state).map((x) => ["state", x])];
  const found = numbers.find(([, x]) => !Number.isFinite(x));
  return found ? `the ${found[0]} of % is ${shown(found[1])}` : "";
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
    const wrong = whatIsWrong(g, move);
    if (wrong) { return wrong.replace("%", () => nameOf(i).text) + "; nothing was moved"; }
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
