// The page's script is packed, to keep the page small: deflate (RFC 1951) in base 64, whole as it
// stands in its files.  This unpacks it and runs it; the policy knows what it must be.

// Codes of so many bits each, in order: a code's symbol by its bits and its length.
function codesOf(lengths) {
  const codes = new Map();
  let code = 0;
  for (let bits = 1; bits <= 15; bits += 1, code *= 2) {
    lengths.forEach((length, symbol) => {
      if (length === bits) { codes.set(code + 2 ** bits, symbol); code += 1; }
    });
  }
  return codes;
}

function unpacked(bytes) {
  const found = [];
  let at = 0;                                   // in bits
  const bit = () => { at += 1; return bytes[(at - 1) >> 3] >> ((at - 1) & 7) & 1; };
  const number = (bits) => {
    let x = 0;
    for (let k = 0; k < bits; k += 1) { x += bit() << k; }
    return x;
  };
  const symbol = (codes) => {
    let code = 1;
    do { code = 2 * code + bit(); } while (!codes.has(code));
    return codes.get(code);
  };
  // Lengths and distances: from 4 on, or 2, each further bit doubles the steps.
  const stepped = (k, group) => {
    const extra = Math.max(0, Math.floor(k / group) - 1);
    return k < 2 * group ? k : ((group + k % group) << extra) + number(extra);
  };
  const sizes = (codes, count) => {
    const lengths = [];
    while (lengths.length < count) {
      const k = symbol(codes);
      if (k < 16) { lengths.push(k); continue; }
      const times = k === 16 ? 3 + number(2) : k === 17 ? 3 + number(3) : 11 + number(7);
      lengths.push(...Array(times).fill(k === 16 ? lengths[lengths.length - 1] : 0));
    }
    return lengths;
  };
  const tables = () => {
    const [literals, distances, count] = [257 + number(5), 1 + number(5), 4 + number(4)];
    const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    const lengths = Array(19).fill(0);
    for (let k = 0; k < count; k += 1) { lengths[order[k]] = number(3); }
    const all = sizes(codesOf(lengths), literals + distances);
    return [codesOf(all.slice(0, literals)), codesOf(all.slice(literals))];
  };
  let last = 0;
  while (!last) {
    last = bit();
    if (number(2) !== 2) { throw new Error("packed otherwise"); }
    const [literals, distances] = tables();
    for (let k = symbol(literals); k !== 256; k = symbol(literals)) {
      if (k < 256) { found.push(k); continue; }
      const length = k === 285 ? 258 : 3 + stepped(k - 257, 4), back = 1 + stepped(symbol(distances), 2);
      for (let n = 0; n < length; n += 1) { found.push(found[found.length - back]); }
    }
  }
  return new TextDecoder().decode(new Uint8Array(found));
}

const script = document.createElement("script");
const content = atob(document.getElementById("code").textContent);
script.textContent = unpacked(Uint8Array.from(content, (c) => c.charCodeAt(0)));
document.body.append(script);
