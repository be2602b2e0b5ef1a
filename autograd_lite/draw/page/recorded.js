// ---- the recorded numbers (until they are computed) -----------------------------------------------

const page = {
  data: JSON.parse(document.getElementById("data").textContent), step: 0, heard: {},
  on(event, fn) { (this.heard[event] = this.heard[event] || []).push(fn); },
  fire(event) { (this.heard[event] || []).forEach((fn) => fn()); },
};
page.data.nodes.forEach((n, i) => { n.operands = []; n.place = i; n.constant = !n.grad; });
const placeOf = new Map(page.data.nodes.map((n, i) => [n.id, i]));
page.data.steps.forEach((s) => {
  if (s.forward) { page.data.nodes[placeOf.get(s.to)].operands = s.from.map((id) => placeOf.get(id)); }
});
function describe(k) {
  const plain = (text) => text ? [{ text, kind: "" }] : [];
  if (!k) { return { what: plain("nothing is computed yet"), rule: [], equation: [], total: [], said: "nothing is computed yet" }; }
  const t = Array.from(document.querySelector('tr[data-step="' + k + '"]').cells).slice(1).map((c) => c.textContent);
  return { what: plain(t[0]), rule: plain(t[1]), equation: plain(t[2]), total: plain(t[3]), said: t.filter(Boolean).join("; ") };
}
function draw(parts) {
  const all = document.createDocumentFragment();
  parts.forEach((p) => all.append(el("span", p.kind, p.text)));
  return all;
}
let recordedAt = -1, recorded = [];
function boxText(i, k) {
  if (recordedAt !== k) {
    recordedAt = k;
    recorded = page.data.nodes.map((n) => ({ value: n.leaf ? n.value : "?", grad: n.grad ? "grad —" : "", state: n.grad ? "unknown" : "" }));
    page.data.steps.slice(0, k).forEach((s) => {
      const r = recorded[placeOf.get(s.to)];
      if (s.forward) { r.value = s.value; return; }
      r.grad = s.shown; r.state = s.final ? "final" : "partial";
    });
  }
  return recorded[i];
}
