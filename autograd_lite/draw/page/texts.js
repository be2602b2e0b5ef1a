// What the page says of a step and of a box, in the words and formulas of Python's table.
// A formula is {text, binds, parts}: plain text, how tightly it binds, and parts to be typeset.

const LOOSE = 0, NEGATIVE = 1, SUM = 5, QUOTIENT = 6, PRODUCT = 7, ATOM = 9; // as in expr.py

const say = (text, kind = "") => ({ text, kind });
const plainText = (parts) => parts.map((x) => x.text).join("");
const formula = (parts, binds = ATOM) => ({ text: plainText(parts), binds, parts });

function numeral(x, digits) {
  const text = shown(x, digits);
  return formula([say(text)], text.startsWith("−") ? NEGATIVE : ATOM);
}

// A node's name: its label, or the number of a constant that has none.
function nameOf(i) {
  const node = page.data.nodes[i];
  if (node.name === undefined) { return numeral(page.values[i], 4); }
  const letters = { text: node.name, kind: "symbol", symbol: node.symbol };
  node.written = node.written || formula([letters], node.binds);
  return node.written;
}

// The parts of a formula at a place that binds so tightly, in brackets where that is needed.
function inside(x, tight, afterSign) {
  const signed = afterSign && tight && /^[-−]/.test(x.text);
  return x.binds < tight || signed ? [say("("), ...x.parts, say(")")] : x.parts;
}

function fraction(text, num, den, kind = "fraction") { return { text, kind, num, den }; }

// A template of Python's with its blanks filled: those of the operands, and −1: the result.
function filled(template, by) {
  const parts = [];
  template.forEach((piece) => {
    if (typeof piece === "string") { parts.push(say(piece)); return; }
    if (Array.isArray(piece)) {
      parts.push(...inside(piece[0] < 0 ? by.result : by.operands[piece[0]], piece[1], piece[2]));
      return;
    }
    parts.push(fraction(plainText(filled(piece.t, by)), filled(piece.n, by), filled(piece.d, by)));
  });
  return parts;
}

function made(node, operands) {
  return formula(filled(node.form.made, { operands }), node.form.called ? ATOM : LOOSE);
}

const operandNames = (node) => node.operands.map(nameOf);
const operandNumbers = (node) => node.operands.map((j) => numeral(page.values[j]));

function madeInSymbols(node) { return made(node, operandNames(node)); }
function madeInNumbers(node) { return made(node, operandNumbers(node)); }

// The local derivative's formula: of a rule in pieces, the piece that applies to the numbers.
function rule(node, position) {
  const row = ROWS[node.form.row], i = node.index;
  const inputs = node.operands.map((j) => page.values[j]).concat(node.form.n);
  const k = row.pieces ? row.pieces[position](...inputs, page.values[i]) : 0;
  return node.form.rules[position][k];
}

// null: of a node made by hand no rule is known.
function localInSymbols(node, position) {
  if (node.form.row === null) { return null; }
  const written = node.form.called && !node.label ? madeInSymbols(node) : nameOf(node.index);
  return formula(filled(rule(node, position), { operands: operandNames(node), result: written }));
}

function localInNumbers(node, position) {
  if (node.form.row === null) { return null; }
  const result = numeral(page.values[node.index]);
  return formula(filled(rule(node, position), { operands: operandNumbers(node), result }));
}

// ∂of/∂by, as a fraction.
function partial(of, by) {
  const top = [say("∂"), ...inside(of, ATOM)], bottom = [say("∂"), ...inside(by, ATOM)];
  return fraction(plainText(top) + "/" + plainText(bottom), top, bottom);
}

// ---- = or ≈ --------------------------------------------------------------------------------

const roundedInputs = (node) => node.operands.map((j) => readNumber(shown(page.values[j])))
  .concat(node.form.n);

function signOfValue(node) {
  if (node.form.row === null) { return "="; }
  const result = ROWS[node.form.row].value(...roundedInputs(node));
  return signOfFloat(result, shown(page.values[node.index]));
}

function signOfLocal(node, position, local) {
  if (node.form.row === null) { return "="; }
  const result = readNumber(shown(page.values[node.index]));
  return signOfFloat(ROWS[node.form.row].locals[position](...roundedInputs(node), result), shown(local));
}

// ---- a step --------------------------------------------------------------------------------

// {what, rule, equation, total}: each a list of parts; said: all of it as text.
function describe(k) {
  const told = k === 0 ? describeStart() : page.data.steps[k - 1].forward
    ? describeForward(k) : describeBackward(k);
  const texts = [told.what, told.rule, told.equation, told.total].map(plainText).filter(Boolean);
  return { ...told, said: "Step " + k + ", " + texts.join("; ") };
}

const fourLines = (what, rule, equation, total) => ({ what, rule, equation, total });

function describeStart() {
  return fourLines([say("before the first step: the leaves have numbers, nothing is computed")],
    [], [], []);
}

const stepCount = (forward) => page.data.steps.filter((s) => Boolean(s.forward) === forward).length;

// Whether a step comes after the one whose number is asked for: it says no numbers at all.
const isLater = (k) => page.hides(k) && k !== page.step;

function describeForward(k) {
  const node = page.data.nodes[page.data.steps[k - 1].node], i = node.index;
  const name = nameOf(i), symbols = madeInSymbols(node), numbers = madeInNumbers(node);
  const what = [say(`forward, ${k} of ${stepCount(true)}: `), ...name.parts];
  if (page.problems[i]) {
    const told = [...name.parts, say(" = "), ...symbols.parts, say(" has no value")];
    return fourLines(what, [], told, [say(page.problems[i], "problem")]);
  }
  const value = page.hides(k) ? "?" : shown(page.values[i]);
  const equation = [...name.parts, say(" = "), ...symbols.parts];
  if (numbers.text === symbols.text || numbers.text === value || isLater(k)) {
    equation.push(say(" = "), say(value, "result"));
  } else {
    const sign = page.hides(k) ? "=" : signOfValue(node);
    equation.push(say(" = "), ...numbers.parts, say(` ${sign} `), say(value, "result"));
  }
  return fourLines(what, [], equation, []);
}

function describeBackward(k) {
  const step = page.data.steps[k - 1], first = stepCount(true), root = nameOf(page.root.index);
  const x = page.data.nodes[step.operand], grad = partial(root, nameOf(x.index));
  const what = [say(`backward, ${k - first} of ${stepCount(false)}: `)];
  if (page.problem) {
    what.push(say("no gradients: the result has no value"));
    return fourLines(what, [], [], [say(page.problem, "problem")]);
  }
  if (step.node === undefined) {
    return fourLines([...what, say("the seed")], [], [grad, say(" = 1")],
      [grad, say(" = 1, final ✓")]);
  }
  const node = page.data.nodes[step.node], from = nameOf(node.index), to = nameOf(x.index);
  what.push(say("from "), ...from.parts, say(" to "), ...to.parts);
  const up = { ...partial(root, from), role: "upstream" };
  const edge = { ...partial(from, to), role: "local" };
  if (page.pushed[k].unsure) {
    const told = "recorded for another upstream gradient: the node made by hand has a backward "
      + "of its own, which cannot be run here";
    return fourLines(what, [], [up, say(" × "), edge], [say(told, "problem")]);
  }
  if (page.hides(k)) {
    const symbols = localInSymbols(node, step.position), before = shown(page.pushed[k].before);
    const rule = symbols ? [edge, say(" = "), ...symbols.parts] : [];
    return fourLines(what, rule, [up, say(" × "), edge, say(" = ?")],
      [grad, say(` = ${isLater(k) ? "" : before + " + ? = "}? (${step.k} of ${step.n})`)]);
  }
  return fourLines(what, describeLocal(node, step, k, edge), describeProduct(k, up, edge),
    describeTotal(k, step, grad));
}

function describeLocal(node, step, k, edge) {
  const local = shown(page.pushed[k].local);
  const symbols = localInSymbols(node, step.position) || formula([say(local)]);
  const numbers = localInNumbers(node, step.position) || formula([say(local)]);
  const told = [edge, say(" = ")];
  told.push(...(symbols.text === local ? [say(local, "local")] : symbols.parts));
  if (numbers.text !== symbols.text && numbers.text !== local) {
    told.push(say(" = "), ...numbers.parts);
  }
  if (symbols.text !== local) {
    told.push(say(` ${signOfLocal(node, step.position, page.pushed[k].local)} `), say(local, "local"));
  }
  return told;
}

function describeProduct(k, up, edge) {
  const { upstream, local, contribution } = page.pushed[k];
  const factors = [shown(upstream), shown(local)], result = shown(contribution);
  return [up, say(" × "), edge, say(" = "), say(factors[0], "upstream"), say(" × "),
    ...inside(numeral(local), PRODUCT).map((x) => ({ ...x, kind: "local" })),
    say(` ${signOfProduct(factors, result)} `), say(result, "contribution")];
}

function describeTotal(k, step, grad) {
  const { before, contribution, after } = page.pushed[k];
  const terms = [shown(before), shown(contribution)];
  const state = step.final ? "final ✓" : "partial, more to come";
  return [grad, say(" = "), say(terms[0]), say(" + "),
    ...inside(numeral(contribution), SUM).map((x) => ({ ...x, kind: "contribution" })),
    say(` ${signOfSum(terms, shown(after))} `), say(shown(after), "result"),
    say(` (${step.k} of ${step.n}), ${state}`)];
}

// ---- a box ---------------------------------------------------------------------------------

// What box i says after step k: {value, grad, state, problem}; grad is "" for a constant, state
// one of "", "unknown", "partial" and "final", problem why it has no value, for its tooltip.
function boxText(i, k) {
  const node = page.data.nodes[i], reached = node.leaf || k >= node.made;
  const problem = reached ? page.problems[i] : "";
  const open = reached && !page.hides(node.made);
  const value = problem ? "no value" : open ? shown(page.values[i]) : "?";
  if (!node.grad) { return { value, grad: "", state: "", problem }; }
  const arrived = node.arrivals.filter((step) => step <= k), last = arrived[arrived.length - 1];
  if (!last || page.problem) { return { value, grad: "grad —", state: "unknown", problem }; }
  const { after, unsure } = page.pushed[last], final = page.data.steps[last - 1].final;
  const mark = final ? "✓" : `(${page.data.steps[last - 1].k}/${page.data.steps[last - 1].n})`;
  if (unsure || page.hides(last)) { return { value, grad: "grad ?", state: "unknown", problem }; }
  return { value, grad: `grad ${shown(after)} ${mark}`, state: final ? "final" : "partial", problem };
}

// The label on the arrow of a backward step.
function chipText(k) {
  if (page.problem) { return ""; }
  return "×" + (page.hides(k) ? "?" : shown(page.pushed[k].local));
}

// What the tooltip of box i says where the box says what is told.
function tooltip(i, told) {
  const node = page.data.nodes[i];
  const what = node.constant ? "constant" : node.given ? "given" : node.leaf ? "leaf"
    : madeInSymbols(node).text;
  const text = `${nameOf(i).text}, ${what}, value ${told.value}`;
  const grad = told.grad ? ", gradient " + told.grad.slice("grad ".length) : "";
  return text + grad + (told.problem ? "; " + told.problem : "");
}

// Parts as elements of the page; as text, and for a screen reader, they read as `plainText`.
function draw(parts) {
  const drawn = document.createDocumentFragment();
  parts.forEach((x) => {
    const span = document.createElement("span");
    span.className = x.role ? x.kind + " " + x.role : x.kind;
    if (x.num) { drawFraction(x, span); } else if (x.symbol) { drawSymbol(x, span); } else if (x.kind) {
      span.textContent = x.text;
    } else { drawText(x.text, span); }
    drawn.append(span);
  });
  return drawn;
}

const flat = (text) => el("span", "flat", text);

// Text in which powers are raised; nothing breaks inside a number.
function drawText(text, span) {
  text.split(/(\^[\w.]+|\^\(−[\w.]+\))/).forEach((piece, i) => {
    const [, before, power, after] = i % 2 ? /^(\^\(?)(.*?)(\)?)$/.exec(piece) : [];
    span.append(...(i % 2 ? [flat(before), el("sup", "", power), flat(after)] : [piece]));
  });
  span.classList.toggle("whole", !text.includes(" "));
}

// Numerator over denominator; what only the line of text needs, brackets and /, is not seen.
function drawFraction(x, span) {
  const top = plainText(x.num), bottom = plainText(x.den);
  const inBrackets = [!x.text.startsWith(top), !x.text.endsWith(bottom)];
  const middle = x.text.includes(" / ") ? " / " : "/";
  const side = (name, inner, brackets) => el("span", name,
    ...(brackets ? [flat("("), draw(inner), flat(")")] : [draw(inner)]));
  span.append(side("num", x.num, inBrackets[0]), flat(middle), side("den", x.den, inBrackets[1]));
}

// w₁₁ and z⁽²⁾ with their indices below and above.
function drawSymbol(x, span) {
  const [base, above, below] = x.symbol;
  span.append(base);
  if (above) { span.append(el("sup", "", above)); }
  if (below) { span.append(el("sub", "", below)); }
}

computeAll();
