"""What does a perceptron look like as a graph?  ŷ = w1·x1 + … + wn·xn + b, n = 3, and its loss.

003, "Single Layer neural network Perceptron" and "regression with a perceptron", pp. 28-30.  The
figure is lost; the numbers are ours.
"""

from show import OUT, table

from autograd_lite import chain_rule, render
from autograd_lite.nn import Perceptron, half_squared_error
from autograd_lite.optim import GradientDescent

WEIGHTS = {"w1": 0.1, "w2": -0.2, "w3": 0.3, "b": 0.05}
x = (1.0, 2.0, -1.0)
y = 1.0
alpha = 0.1


def main():
    net = Perceptron(len(x))
    net.load_state_dict(WEIGHTS)
    yhat = net(x)
    L = half_squared_error(y, yhat)
    L.label = "L"
    L.backward()
    error = y - yhat.data
    rows = [
        ("ŷ", None, yhat.data),
        ("L = ½(y − ŷ)²", None, L.data),
        ("∂L/∂ŷ = −(y − ŷ)", -error, yhat.grad),
    ]
    named = net.named_parameters()
    for i, x_i in enumerate(x, 1):
        rows.append((f"∂L/∂w{i} = −(y − ŷ)·x{i}", -error * x_i, named[f"w{i}"].grad))
    rows.append(("∂L/∂b = −(y − ŷ)·1", -error, net.b.grad))
    table(f"x = {x}, y = {y:g}: the note's formulas, and pushed back", rows)
    print(f"\n{chain_rule(L, net.w2)}")
    OUT.mkdir(parents=True, exist_ok=True)
    path = render(L, OUT / "single_layer.svg")
    GradientDescent(net.parameters(), lr=alpha).step()
    table(
        f"One step, α = {alpha}",
        [
            *[(f"{name} → {name} − α·∂L/∂{name}", None, p.data) for name, p in named.items()],
            ("L after it", None, half_squared_error(y, net(x)).data),
        ],
    )
    print(f"picture: {path.relative_to(OUT.parent.parent)}")


if __name__ == "__main__":
    main()
