// ---- training: its controls, the loss so far, the rule with this step's numbers ---------------------

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

// ---- samples ------------------------------------------------------------------------------------

function takeSample(k, quiet) {
  training.sample = k;
  samples.forEach(([i, numbers]) => {
    if (k < 0) { page.changed.delete(i); return; }
    page.changed.set(i, numbers[k]);
    page.values[i] = numbers[k];
  });
  if (quiet) { return; }
  training.own = true;
  setNumbers([]);
  training.own = false;
  announce(k < 0 ? "the recorded numbers of the samples' leaves" : `sample ${k + 1} of ${sampleCount}`);
}

function sampleName() {
  const k = training.sample, of = `${sampleCount} samples`;
  const stands = (number) => samples.every(([i, numbers]) => Object.is(page.values[i], number(i, numbers)));
  if (k >= 0 && stands((_, numbers) => numbers[k])) { return `sample ${k + 1} of ${sampleCount}`; }
  return stands((i) => page.data.nodes[i].value) ? `recorded numbers; ${of}` : `your numbers; ${of}`;
}

// ---- what is seen -------------------------------------------------------------------------------

function chooseRule(name) {
  training.rule = page.data.rules.find((rule) => rule.name === name);
  training.options = { ...training.rule.options };
  forgetTraining();
  const others = Object.keys(training.options).filter((x) => x !== "lr");
  part("options").replaceChildren(...others.map(optionField));
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
  const names = Array.from(training.parameters, (i) => [say(", "), ...nameOf(i).parts]).flat();
  part("moved").replaceChildren(...(names.length ? ["moved: ", draw(names.slice(1))]
    : ["no parameter is chosen: tick some under Numbers"]));
  write(part("loss"), `after ${training.steps} step${training.steps === 1 ? "" : "s"}: ${toldLoss()}`);
  part("samples").hidden = !sampleCount;
  write(part("sample-name"), sampleName());
  showCurve();
  showMoves();
}

function toldLoss() {
  const { loss, problem } = lossOverAll(), digits = Math.max(page.data.digits, 6);
  const kind = sampleCount ? `loss over all ${sampleCount} samples (the mean of their losses)` : "loss";
  return `${kind} ${problem ? "none: " + problem : shown(loss, digits)}`;
}

// The rule with the numbers of the last step, for the parameter that is watched.
function showMoves() {
  offerWatched();
  const i = Number(part("watched").value), move = training.moves.get(i), told = [];
  if (move) {
    told.push([say("g = "), partial(nameOf(page.root.index), nameOf(i)), say(" = " + shown(move.g))]);
  }
  told.push(...training.rule.lines.map((line, at) => moveLine(line, move && move.lines[at])));
  part("moves").replaceChildren(...told.map((parts) => el("p", "", draw(parts))));
}

function offerWatched() {
  const choice = part("watched"), wanted = Array.from(training.parameters), before = choice.value;
  if (wanted.join() === Array.from(choice.options, (option) => option.value).join()) { return; }
  choice.replaceChildren(...wanted.map((i) => new Option(nameOf(i).text, i)));
  if (wanted.includes(Number(before))) { choice.value = before; }
}

// v ← γ · v + η · g = 0.9 · 0 + 0.1 · 4 = 0.4
function moveLine(line, done) {
  const symbol = (x) => formula([say(page.data.symbols[x] || x)]);
  const told = [say(line.name + " ← "), ...filled(line.right, { operands: line.names.map(symbol) })];
  if (!done) { return told; }
  const numbers = filled(line.right, { operands: done.before.map((x) => numeral(x)) });
  const result = shown(done.result);
  const rounded = Object.fromEntries(line.names.map((x, at) => [x, readNumber(shown(done.before[at]))]));
  if (plainText(numbers) !== result) { told.push(say(" = "), ...numbers); }
  return [...told, say(` ${signOfFloat(done.right(rounded), result)} `), say(result, "result")];
}

// The loss so far, linear or logarithmic as the numbers ask for.
function showCurve() {
  const at = training.losses.map((x, k) => [k, x]).filter(([, x]) => Number.isFinite(x));
  part("curve").classList.toggle("empty", at.length < 2);
  if (at.length < 2) { return; }
  const losses = at.map(([, x]) => x), end = at[at.length - 1][0];
  const least = losses.reduce((a, b) => Math.min(a, b)), most = losses.reduce((a, b) => Math.max(a, b));
  const log = least > 0 && most / least > 50, scale = log ? Math.log10 : (x) => x;
  const span = scale(most) - scale(least) || 1, every = Math.ceil(at.length / 600);
  const across = (k) => (50 + 245 * k / end).toFixed(1);
  const down = (x) => (100 - 90 * (scale(x) - scale(least)) / span).toFixed(1);
  const kept = at.filter((_, k) => k % every === 0 || k === at.length - 1);
  part("curve-line").setAttribute("points", kept.map(([k, x]) => `${across(k)},${down(x)}`).join(" "));
  write(part("curve-most"), shown(most, 3));
  write(part("curve-least"), shown(least, 3));
  write(part("curve-steps"), `${end} step${end === 1 ? "" : "s"}${log ? ", logarithmic" : ""}`);
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
part("rate-slider").addEventListener("input", (event) => {
  setRate(Number((10 ** event.target.value).toPrecision(2)));
});
part("one-step").addEventListener("click", () => { stopTraining(); trainSteps(1); });
part("hundred").addEventListener("click", () => { stopTraining(); trainSteps(100); });
part("run").addEventListener("click", () => (training.running ? stopTraining : startTraining)());
part("watched").addEventListener("change", showMoves);
part("over-all").hidden = !sampleCount;
part("sample-back").addEventListener("click", () => takeSample(Math.max(training.sample - 1, -1)));
part("sample-next").addEventListener("click", () => {
  takeSample(Math.min(training.sample + 1, sampleCount - 1));
});
chooseRule(training.rule.name);
