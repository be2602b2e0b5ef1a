// ---- which of the usual slips gives a number -----------------------------------------------------

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
    [`the value of ${nameOf(step.operand).text} stands in place of the local derivative`,
      chained(upstream, x)],
    ["the factors are added, not multiplied", upstream + local],
    ...rowSlips(node, step.position, upstream)
  ];
  const summed = found.map(([what, number]) => [what, before + number]);
  if (step.k === 1) { return summed; }
  const alone = found.map(([what, number]) => [`${what}, and the earlier contribution is not added`, number]);
  return [
    ["the earlier contribution is not added", contribution],
    ["this contribution is not added", before],
    ["the earlier contribution is subtracted", contribution - before],
    ["the sign of the sum is wrong", -after], ...summed, ...alone
  ];
}

// The usual mistakes in this row's own rule.
function rowSlips(node, position, upstream) {
  if (node.form.row === null) { return []; }
  const inputs = node.operands.map((j) => page.values[j]).concat(node.form.n);
  const y = page.values[node.index];
  const by = { operands: operandNames(node), result: nameOf(node.index) };
  return page.data.slips[node.form.row][position].map((what, k) => [
    plainText(filled(what, by)), chained(upstream, SLIPS[node.form.row][position][k](...inputs, y))]);
}

function forwardSlips(node) {
  if (node.form.row === null) { return []; }
  const row = ROWS[node.form.row], [a, b] = node.operands.map((j) => page.values[j]);
  const y = page.values[node.index], names = operandNames(node).map((x) => x.text);
  const found = [["the sign is wrong", -y]];
  names.forEach((name, k) => {
    found.push([`this is ${name} itself: the operation is left out`, [a, b][k]]);
  });
  if (names.length === 2) {
    found.push(["the operands are exchanged", row.value(b, a)], ["this is the sum", a + b],
      ["this is the difference", a - b], ["this is the product", a * b],
      ["this is the quotient", a / b]);
  } else {
    found.push(["this is the value at the operand with the other sign", row.value(-a, ...node.form.n)],
      ["this is the local derivative, not the value", page.locals[node.index][0]]);
  }
  return found;
}
