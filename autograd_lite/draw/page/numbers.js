// Numbers as Python writes them, and as people type them.

// The digits and the exponent of a finite number > 0; ties go to the even digit, as in Python.
function rounded(x, digits) {
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  const last = Number(mantissa.slice(-1));
  const text = last % 2 && isTie(x, digits) ? mantissa.slice(0, -1) + (last - 1) : mantissa;
  return { digits: text.replace(".", ""), exponent: Number(exponent) };
}

function isTie(x, digits) {
  const exact = x.toExponential(Math.min(digits + 30, 100)).split("e")[0].replace(".", "");
  return /^50*$/.test(exact.slice(digits));
}

// Digits with a point after so many of them, without zeros at the end.
function pointed(digits, whole) {
  if (whole <= 0) { return ("0." + "0".repeat(-whole) + digits).replace(/\.?0*$/, ""); }
  if (whole >= digits.length) { return digits + "0".repeat(whole - digits.length); }
  return (digits.slice(0, whole) + "." + digits.slice(whole)).replace(/\.?0*$/, "");
}

function power(exponent) {
  return "e" + (exponent < 0 ? "-" : "+") + String(Math.abs(exponent)).padStart(2, "0");
}

// expr.shown: a number to so many significant digits.
function shown(x, digits = page.data.digits) {
  if (Number.isNaN(x)) { return "NaN"; }
  const sign = x < 0 ? "−" : "", size = Math.abs(x);
  if (size === Infinity) { return sign + "∞"; }
  if (size === 0) { return "0"; }
  const found = rounded(size, digits);
  const small = found.exponent < -4 || found.exponent >= digits;
  return sign + (small ? pointed(found.digits, 1) + power(found.exponent)
    : pointed(found.digits, found.exponent + 1));
}

// repr of a float: the shortest digits that give it back.
function repr(x) {
  if (!Number.isFinite(x)) { return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf"; }
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  const [mantissa, exponent] = Math.abs(x).toExponential().split("e");
  const digits = mantissa.replace(".", ""), e = Number(exponent);
  if (e < -4 || e >= 16) { return sign + pointed(digits, 1) + power(e); }
  const text = pointed(digits, e + 1);
  return sign + text + (text.includes(".") ? "" : ".0");
}

// The number that a person typed (1/2 and 0,5 too) or that `shown` wrote; null where it is none.
function readNumber(text) {
  const [over, under, ...more] = text.split("/").map(readDecimal);
  if (under === undefined) { return over; }
  return over === null || under === null || more.length ? null : over / under;
}

function readDecimal(text) {
  const typed = text.trim().replace(/[−–]/g, "-").replace(",", ".").replace(/∞|infinity|inf/i, "Infinity");
  if (/^nan$/i.test(typed)) { return NaN; }
  const x = /^[+-]?(\d+\.?\d*|\.\d+|Infinity)(e[+-]?\d+)?$/i.test(typed) ? Number(typed) : NaN;
  return Number.isNaN(x) || (Math.abs(x) === Infinity && !/Inf/.test(typed)) ? null : x;
}

// A finite number as exactly as its shortest digits say: a whole number times a power of 10.
function decimal(x) {
  const [mantissa, exponent] = x.toExponential().split("e");
  const [whole, part = ""] = mantissa.split(".");
  return { n: BigInt(whole + part), e: Number(exponent) - part.length };
}

function sameDecimal(a, b) {
  const e = Math.min(a.e, b.e);
  return a.n * 10n ** BigInt(a.e - e) === b.n * 10n ** BigInt(b.e - e);
}

function sumOfDecimals(a, b) {
  const e = Math.min(a.e, b.e);
  return { n: a.n * 10n ** BigInt(a.e - e) + b.n * 10n ** BigInt(b.e - e), e };
}

// "=" where numbers as they are shown give the result as it is shown, or "≈": exactly …
function signOf(exactly, floats, texts, result) {
  const numbers = texts.map(readNumber), told = readNumber(result);
  if (!numbers.every(Number.isFinite)) { return signOfFloat(numbers.reduce(floats), result); }
  const exact = numbers.map(decimal).reduce(exactly);
  return Number.isFinite(told) && sameDecimal(exact, decimal(told)) ? "=" : "≈";
}

// … or to 14 digits, where functions were computed.
function signOfFloat(x, result) {
  const told = readNumber(result);
  const near = Math.abs(told - x) <= 1e-14 * Math.max(Math.abs(told), Math.abs(x));
  const finite = Number.isFinite(told) && Number.isFinite(x);
  return told === x || (Number.isNaN(told) && Number.isNaN(x)) || (finite && near) ? "=" : "≈";
}

function signOfProduct(factors, result) {
  return signOf((a, b) => ({ n: a.n * b.n, e: a.e + b.e }), chained, factors, result);
}

function signOfSum(terms, result) {
  return signOf(sumOfDecimals, (a, b) => a + b, terms, result);
}
