"""How does one neuron learn from one sample?  ŷ = σ(w1·x1 + w2·x2 + b), its log loss, step by step.

Source: 003, pp. 34-37: ∂L/∂w1 = −x1(y − ŷ), ∂L/∂w2 = −x2(y − ŷ), ∂L/∂b = −(y − ŷ).
"""

from show import OUT, table

from autograd_lite import chain_rule, explain, render
from autograd_lite.nn import Perceptron, log_loss

x, y = (1.0, -2.0), 1
neuron = Perceptron(2, "sigmoid")
neuron.load_state_dict({"w1": 0.5, "w2": 0.25, "b": -0.3})
yhat = neuron(x)
loss = log_loss(y, yhat)
loss.label = "L"
loss.backward()

print(f"x1 = {x[0]}, x2 = {x[1]}, y = {y}: ŷ = {yhat.data:.4f}, L = {loss.data:.4f}\n")
explain(loss, forward=True)
print()
print(chain_rule(loss, neuron.w1))
table(
    "Gradients",
    [
        ("∂L/∂w1 = −x1(y − ŷ)", -x[0] * (y - yhat.data), neuron.w1.grad),
        ("∂L/∂w2 = −x2(y − ŷ)", -x[1] * (y - yhat.data), neuron.w2.grad),
        ("∂L/∂b = −(y − ŷ)", -(y - yhat.data), neuron.b.grad),
    ],
)
OUT.mkdir(parents=True, exist_ok=True)
pictures = (
    render(loss, OUT / "single_neuron.svg", local_derivatives=True),
    render(loss, OUT / "single_neuron.html"),
)
for path in pictures:
    print(f"picture: {path.relative_to(OUT.parent.parent)}")
