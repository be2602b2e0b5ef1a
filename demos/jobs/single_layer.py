"""What does a perceptron look like as a graph?  ŷ = w1·x1 + … + wn·xn + b, n = 3, and its loss.

003, l. 582-679, "Single Layer neural network Perceptron" and "regression with a perceptron".  The
figure is lost; the numbers are ours.

中文: 感知机的计算图
"""

from show import derivation, draw, table

from autograd_lite import Value, chain_rule
from autograd_lite.nn import Perceptron, half_squared_error
from autograd_lite.optim import GradientDescent

WEIGHTS = {"w1": 0.1, "w2": -0.2, "w3": 0.3, "b": 0.05}
LOCAL = {"L/yhat": "-(y - yhat)", "yhat/w1": "x1", "yhat/w2": "x2", "yhat/w3": "x3", "yhat/b": "1"}
x = (1.0, 2.0, -1.0)
y = 1.0
alpha = 0.1


def main():
    net = Perceptron(len(x))
    net.load_state_dict(WEIGHTS)
    yhat = net(x)
    L = half_squared_error(Value(y, label="y"), yhat)
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
    for name, p in named.items():
        formula = LOCAL[f"yhat/{name}"]
        derivation(L, p, LOCAL, f"-(y - yhat)*{formula}", "003, l. 639-653")
    finding = (
        f"A perceptron of three inputs as a graph: ŷ = {yhat.data:.2f} for y = {y:g}, and the "
        f"gradient of each weight is its input times −(y − ŷ) = {-error:.2f}."
    )
    draw(L, "single_layer", finding)
    circles = f"The same perceptron as circles and lines: three inputs lead to ŷ = {yhat.data:.2f}."
    draw(net, "single_layer_network", circles, sample=x)
    GradientDescent(net.parameters(), lr=alpha).step()
    table(
        f"One step, α = {alpha}",
        [
            *[(f"{name} → {name} − α·∂L/∂{name}", None, p.data) for name, p in named.items()],
            ("L after it", None, half_squared_error(y, net(x)).data),
        ],
    )


if __name__ == "__main__":
    main()
