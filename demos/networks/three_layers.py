"""How does the slope get back to the first layer?  Back propagation through a chain of three.

003, l. 882-895 (its figure is lost): zₖ = wₖ·aₖ₋₁ + bₖ, aₖ = σ(zₖ), a₀ = x.  The numbers are ours.

中文: 三层网络的反向传播
"""

from show import derivation, draw, pyplot, save, table

from autograd_lite import Value, chain_rule
from autograd_lite.nn import DeepNetwork, half_squared_error, log_loss
from autograd_lite.optim import GradientDescent

WEIGHTS = {"w1": 0.5, "b1": 0.1, "w2": -1.2, "b2": 0.3, "w3": 2.0, "b3": -0.4}
LOSSES = {"log loss": log_loss, "½(y − a3)²": half_squared_error}
LOCAL = {  # ∂/∂, of the log loss
    "L/a3": "-(y - a3)/(a3*(1 - a3))",
    **{f"a{k}/z{k}": f"a{k}*(1 - a{k})" for k in (1, 2, 3)},
    **{f"z{k}/a{k - 1}": f"w{k}" for k in (2, 3)},
    **{f"z{k}/w{k}": f"a{k - 1}" if k > 1 else "x1" for k in (1, 2, 3)},
    **{f"z{k}/b{k}": "1" for k in (1, 2, 3)},
}
BY_HAND = {
    "w1": "-x1*a1*(1 - a1)*w2*a2*(1 - a2)*w3*(y - a3)",
    "b1": "-a1*(1 - a1)*w2*a2*(1 - a2)*w3*(y - a3)",
    "w2": "-a1*a2*(1 - a2)*w3*(y - a3)",
    "b2": "-a2*(1 - a2)*w3*(y - a3)",
    "w3": "-a2*(y - a3)",
    "b3": "-(y - a3)",
}
x, y = [0.8], 1


def passed(loss):
    """The chain, and its loss, of y as a node of the graph, too, pushed back."""
    net = DeepNetwork([1, 1, 1, 1])
    net.load_state_dict(WEIGHTS)
    L = loss(Value(y, label="y"), net(x))
    L.label = "L"
    L.backward()
    return net, L


def main():
    for name, loss in LOSSES.items():
        net, L = passed(loss)
        rows = [(f"dL/d{p}", None, v.grad) for p, v in net.named_parameters().items()]
        table(f"Three layers, {name}, x = {x[0]}, y = {y}", [("L", None, L.data), *rows])
    net, L = passed(log_loss)
    print("\nL = −y·log(a3) − (1 − y)·log(1 − a3), factor by factor")
    for name, p in net.named_parameters().items():
        derivation(L, p, LOCAL, BY_HAND[name], "003, l. 885-895")
    for p in ("w3", "b2", "w1"):
        print(f"\n{chain_rule(L, net.named_parameters()[p])}")
    print(
        "\nErratum (003): dz3/da3, dL/db3, dz2/dw2 stand for dz3/dw3, dz3/db3, dz2/db2; then dL/da1"
    )
    print("  for dL/dw1 and dL/db1, dz2/da2 for dz3/da2, dz1/da1 for dz1/dw1 and dz1/db1, …")
    finding = (
        f"A chain of three sigmoid layers: the gradient is {net.w3.grad:.3f} at the last "
        f"weight and has shrunk to {net.w1.grad:.3f} at the first."
    )
    draw(L, "three_layers", finding)
    circles = f"The chain as circles and lines: x = {x[0]:g} leads to a3 = {net(x).data:.3f}."
    draw(net, "three_layers_network", circles, sample=x)
    rule = GradientDescent(net.parameters(), lr=0.5)
    curves = []
    for _ in range(200):
        rule.zero_grad()
        L = log_loss(y, net(x))
        L.backward()
        curves.append((L.data, abs(net.w3.grad), abs(net.w1.grad)))
        rule.step()
    table("α = 0.5", [(f"L after {k}", None, curves[k][0]) for k in (0, 1, 10, 100)])
    if plt := pyplot():
        figure, axes = plt.subplots()
        axes.plot(curves, label=["L", "|∂L/∂w₃|, the last", "|∂L/∂w₁|, the first"])
        axes.set(xlabel="step", yscale="log", title="Training a chain of three layers")
        smaller = sum(first < last for _, last, first in curves)
        finding = (
            f"The loss falls from {curves[0][0]:.2f} to {curves[-1][0]:.3f}; in {smaller} of "
            f"{len(curves)} steps the first layer has a smaller gradient than the last."
        )
        save(figure, "three_layers_training.svg", finding)


if __name__ == "__main__":
    main()
