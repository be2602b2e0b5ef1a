// Both passes over the graph, in the order in which Python recorded it.

// upstream · local as the chain rule takes it: 0 · ∞ is 0, and NaN stays NaN.
function chained(upstream, local) {
  const product = upstream * local;
  const known = !Number.isNaN(upstream) && !Number.isNaN(local);
  return known && Number.isNaN(product) ? 0 : product;
}

// The values of all nodes, where `given` has a number for some leaves.  What depends on no
// changed leaf keeps what Python computed, to the last bit.
function forward(given, values, locals, problems) {
  const changed = [];
  page.data.nodes.forEach((node, i) => {
    problems[i] = "";
    if (node.leaf) {
      values[i] = given.has(i) ? given.get(i) : node.value;
      changed[i] = !Object.is(values[i], node.value);
    } else {
      changed[i] = node.operands.some((j) => changed[j]);
      if (changed[i]) { compute(node, values, locals, problems); } else {
        values[i] = node.value;
        locals[i] = node.locals;
      }
    }
  });
}

// One operation: its value and its local derivatives, or why there are none.
function compute(node, values, locals, problems) {
  const i = node.index, row = node.form.row === null ? null : ROWS[node.form.row];
  const missing = node.operands.find((j) => problems[j]);
  const inputs = node.operands.map((j) => values[j]).concat(node.form.n);
  values[i] = NaN;
  locals[i] = node.operands.map(() => NaN);
  if (missing !== undefined) {
    problems[i] = "no value: " + nameOf(missing).text + " has none";
  } else if (row === null) {
    problems[i] = "made by hand: its rule is not known, so it cannot be computed again";
  } else {
    const y = row.value(...inputs);
    problems[i] = node.unchecked ? "" : domainError(node, row, inputs, y);
    if (problems[i]) { return; }
    values[i] = y;
    locals[i] = row.locals.map((local) => local(...inputs, y));
  }
}

// What Python's DomainError says, or "" inside the domain; NaN is never outside.
function domainError(node, row, inputs, y) {
  if (!row.domain || row.domain(...inputs) || inputs.some(Number.isNaN)) { return ""; }
  const told = page.data.domains[node.form.row];
  // Where Python's own functions raise, they do so like C's: where the answer is NaN, or infinite
  // though all that went in is finite; its division raises whatever is divided.
  const raised = Number.isNaN(y) || told.divides || inputs.every(Number.isFinite);
  if (told.raises && !raised) { return ""; }
  const given = told.arguments.map(([name, k]) => {
    const operand = page.data.nodes[node.operands[k]];
    return name + " = " + repr(inputs[k]) + (operand && operand.label ? " (" + operand.label + ")" : "");
  });
  return told.letters + " with " + given.join(", ") + "; " + told.needs + "." + told.hint;
}

// The gradients of all nodes; `push(node, position, …)` is told of every edge, in the order of
// Python's pass.  `unsure` marks those below a node made by hand whose own backward was recorded
// for another upstream gradient.
function backward(locals, grads, unsure, push, seed = 1) {
  page.data.nodes.forEach((_, i) => { grads[i] = 0; unsure[i] = false; });
  grads[page.root.index] = seed;
  for (let i = page.root.index; i >= 0; i -= 1) {
    const node = page.data.nodes[i], upstream = grads[i], recorded = node.recorded;
    const other = Boolean(recorded) && !Object.is(upstream, recorded.upstream);
    for (let position = 0; position < node.operands.length; position += 1) {
      const j = node.operands[position], before = grads[j], local = locals[i][position];
      const contribution = recorded ? recorded.contributions[position] : chained(upstream, local);
      grads[j] = before + contribution;
      unsure[j] = unsure[j] || unsure[i] || other;
      if (push) { push(node, position, upstream, local, contribution, before, grads[j], unsure[j]); }
    }
  }
}

// Both passes with the numbers of now, and every step's numbers.
function computeAll() {
  forward(page.changed, page.values, page.locals, page.problems);
  page.problem = page.problems[page.root.index];
  backward(page.locals, page.grads, page.unsure,
    (node, position, upstream, local, contribution, before, after, unsure) => {
      const step = node.edges[position];
      if (step) { page.pushed[step] = { upstream, local, contribution, before, after, unsure }; }
    });
  page.pushed[page.root.arrivals[0]] =
    { upstream: 1, local: 1, contribution: 1, before: 0, after: 1, unsure: false };
}
