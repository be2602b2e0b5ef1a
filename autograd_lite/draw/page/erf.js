// erf and erfc, which JavaScript lacks.

const ROOT_OF_PI = 1.7724538509055159;

// erf(x) = 2/√π · Σ (−1)ⁿ x^(2n+1) / (n! (2n+1)), up to 1, where hardly anything cancels.
function erfBySeries(x) {
  let sum = 0;
  for (let n = 20; n >= 0; n -= 1) { sum = 1 / (2 * n + 1) - x * x / (n + 1) * sum; }
  return x * sum * 2 / ROOT_OF_PI;
}

// erfc(x) = e^(−x²)/√π · 1 / (x + (1/2) / (x + 1 / (x + (3/2) / (x + …)))), from the last one on.
function erfcByFraction(x) {
  if (x > 28) { return 0; }                // it is less than the least number
  let rest = 0;
  for (let n = Math.ceil(20 + 180 / (x * x)); n > 0; n -= 1) { rest = n / 2 / (x + rest); }
  const below = x + rest, lost = rest - (below - x);
  const z = Math.fround(x);                // whose square is exact, so that e^(−z²) is, far out too
  const rough = Math.exp(-z * z) / (ROOT_OF_PI * below);
  return rough + rough * (Math.expm1((z - x) * (z + x)) - lost / below);
}

FLOATS.erf = (x) => Math.abs(x) <= 1 ? erfBySeries(x) : Math.sign(x) * (1 - erfcByFraction(Math.abs(x)));

FLOATS.erfc = (x) => x > 0.5 ? erfcByFraction(x) : 1 - FLOATS.erf(x);
