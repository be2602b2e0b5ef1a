// ---- boxes shaded by their final gradients, by sign and power -----------------------------------

const shading = { on: Boolean(page.data.shaded), bounds: [] };

// Three classes on either side of 0, on a logarithmic scale, with bounds as they are told.
function classify() {
  const sizes = page.grads.filter((g, i) => page.data.nodes[i].grad && g && Number.isFinite(g)).map(Math.abs);
  shading.bounds = [];
  if (!sizes.length) { return; }
  const high = Math.log10(sizes.reduce((a, b) => Math.max(a, b)));
  const low = Math.log10(sizes.reduce((a, b) => Math.min(a, b)));
  const third = Math.max((high - low) / 3, 0.4);
  shading.bounds = [high - 2 * third, high - third].map((x) => Number((10 ** x).toPrecision(1)));
}

function shadeOf(i, state) {
  const g = page.grads[i];
  if (!shading.on || state !== "final") { return ""; }
  if (!Number.isFinite(g)) { return "wild"; }
  return g ? String(Math.sign(g) * (1 + shading.bounds.filter((b) => Math.abs(g) >= b).length)) : "0";
}

function showShades() {
  const legend = part("shades");
  legend.hidden = !shading.on;
  part("shade").checked = shading.on;
  if (!shading.on) { return; }
  classify();
  const [a, b] = shading.bounds.map((x) => shown(x, 1));
  const told = a === undefined ? "all gradients are 0" : `gradient below 0 · above 0; bounds ${a} and ${b}`;
  const swatches = a === undefined ? [] : ["-3", "-2", "-1", "1", "2", "3"].map((name) => {
    const swatch = el("span", "swatch");
    swatch.dataset.shade = name;
    return swatch;
  });
  legend.replaceChildren(...swatches, told);
}

part("shade").addEventListener("change", (event) => {
  shading.on = event.target.checked;
  page.fire("numbers");
});
