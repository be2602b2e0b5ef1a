// The page: the recorded graph, the numbers of now, and who wants to know of changes.

// A number in the data: NaN and ∞ are texts there.
const number = (x) => typeof x === "string" ? readNumber(x) : x;

const page = {
  data: JSON.parse(document.getElementById("data").textContent),
  step: 0,        // the current step; 0: nothing is computed yet
  values: [],     // of each node now
  locals: [],     // of each node: its local derivatives towards its operands
  problems: [],   // of each node: why it has no value, or ""
  problem: "",    // why the result has no value, so that there are no gradients either
  grads: [],      // of each node, after the whole backward pass
  unsure: [],     // of each node: whether its gradient cannot be told; see `backward`
  pushed: [],     // of each backward step: {upstream, local, contribution, before, after, unsure}
  changed: new Map(), // the numbers that the reader or training gave leaves, by index
  hides: () => false, // whether the number of a step is hidden: see predict.js
  handlers: {},

  // Call fn whenever the event happens: "numbers", "step" or "mode".
  on(event, fn) { (page.handlers[event] = page.handlers[event] || []).push(fn); },
  fire(event) { (page.handlers[event] || []).forEach((fn) => fn()); }
};

page.data.nodes.forEach((node, i) => {
  node.index = i;
  node.value = number(node.value);
  node.operands = node.operands || [];
  node.leaf = node.operands.length === 0;
  node.grad = !node.constant;               // whether a gradient is shown
  node.form = node.leaf ? null : page.data.forms[node.form];
  node.locals = (node.locals || []).map(number);
  if (node.recorded) {
    node.recorded.upstream = number(node.recorded.upstream);
    node.recorded.contributions = node.recorded.contributions.map(number);
  }
  node.arrivals = [];                       // the steps that add to its gradient
  node.made = 0;                            // the step that computes it
  node.edges = [];                          // the step of each of its edges; none to a constant
});
page.data.forms.forEach((form) => { form.n = (form.n || []).map(number); });
page.data.steps.forEach((step, index) => {
  const node = page.data.nodes[step.node];
  if (step.forward) { node.made = index + 1; return; }
  page.data.nodes[step.operand].arrivals.push(index + 1);
  if (node) { node.edges[step.position] = index + 1; }
});
page.root = page.data.nodes[page.data.nodes.length - 1];
