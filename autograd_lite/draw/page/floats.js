// What the rows of the table take from JavaScript, where C's functions differ as C has them.

const FLOATS = {
  // C's pow: 1 to any power is 1, and −1 to ±∞.
  pow: (x, y) => x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y),
  abs: Math.abs, floor: Math.floor, sqrt: Math.sqrt, cbrt: Math.cbrt, hypot: Math.hypot,
  exp: Math.exp, expm1: Math.expm1,
  log: Math.log, log1p: Math.log1p, log2: Math.log2, log10: Math.log10,
  sin: Math.sin, cos: Math.cos, tan: Math.tan,
  asin: Math.asin, acos: Math.acos, atan: Math.atan, atan2: Math.atan2,
  sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh,
  asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh
};
