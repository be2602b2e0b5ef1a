"""How does one neuron learn from one sample?  ŷ = σ(w1·x1 + w2·x2 + b), its log loss, step by step.

003, l. 732-798: ∂L/∂ŷ = −(y − ŷ)/(ŷ(1 − ŷ)), then ∂L/∂w1 = −x1(y − ŷ), ∂L/∂w2 = −x2(y − ŷ),
∂L/∂b = −(y − ŷ).

中文: 单个神经元的反向传播
"""

from show import derivation, draw, table

from autograd_lite import Value, chain_rule, explain, log, sigmoid
from autograd_lite.nn import Perceptron, log_loss
from autograd_lite.optim import GradientDescent
from autograd_lite.testing import check_grad

x, y = (1.0, -2.0), 1
WEIGHTS = {"w1": 0.5, "w2": 0.25, "b": -0.3}
LOCAL = {  # ∂/∂, as the notes derive it
    "L/yhat": "-(y - yhat)/(yhat*(1 - yhat))",
    "yhat/z": "yhat*(1 - yhat)",
    "z/w1": "x1",
    "z/w2": "x2",
    "z/b": "1",
}
BY_HAND = {"w1": "-x1*(y - yhat)", "w2": "-x2*(y - yhat)", "b": "-(y - yhat)"}


def loss(w1, w2, b, x1, x2, y):
    z = w1 * x1 + w2 * x2 + b
    yhat = sigmoid(z)
    return -y * log(yhat) - (1 - y) * log(1 - yhat)


def main():
    neuron = Perceptron(2, "sigmoid")
    neuron.load_state_dict(WEIGHTS)
    yhat = neuron(x)
    L = log_loss(Value(y, label="y"), yhat)
    L.label = "L"
    L.backward()

    print(f"x1 = {x[0]}, x2 = {x[1]}, y = {y}: ŷ = {yhat.data:.4f}, L = {L.data:.4f}")
    print("L = −y·log(ŷ) − (1 − y)·log(1 − ŷ)\n")
    explain(L, forward=True)
    print()
    print(chain_rule(L, yhat))
    print()
    print(chain_rule(L, neuron.w1))
    for name, p in neuron.named_parameters().items():
        derivation(L, p, LOCAL, BY_HAND[name], "003, l. 762-789")
    error = y - yhat.data
    table(
        "Gradients",
        [
            ("∂L/∂ŷ = −(y − ŷ)/(ŷ(1 − ŷ))", -error / (yhat.data * (1 - yhat.data)), yhat.grad),
            ("∂L/∂w1 = −x1(y − ŷ)", -x[0] * error, neuron.w1.grad),
            ("∂L/∂w2 = −x2(y − ŷ)", -x[1] * error, neuron.w2.grad),
            ("∂L/∂b = −(y − ŷ)", -error, neuron.b.grad),
        ],
    )
    formulas = {"yhat": LOCAL["L/yhat"]} | BY_HAND
    report = check_grad(loss, formulas, domain={"y": {0, 1}}, seed=0)
    print(f"check_grad, at random points, towards {', '.join(formulas)}: {report.verdict}")
    w1, before = neuron.w1.grad, L.data
    finding = (
        f"A neuron and its whole log loss as a graph: the prediction ŷ = {yhat.data:.3f} is "
        f"{error:.3f} short of y = 1, and this error times −x1 is the gradient of w1, {w1:.3f}."
    )
    draw(L, "single_neuron", finding, local_derivatives=True)
    GradientDescent(neuron.parameters(), lr=0.5).step()
    after = log_loss(y, neuron(x)).data
    print(f"One step, α = 0.5: L falls from {before:.4f} to {after:.4f}.")


if __name__ == "__main__":
    main()
