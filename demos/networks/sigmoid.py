"""What squeezes any number into a chance?  The sigmoid, its slope, and the perceptron around it.

000 §3.1.2: σ(z) = 1/(1 + e⁻ᶻ), σ′ = σ(1 − σ); its figure and the perceptron's are lost.

中文: sigmoid 函数
"""

import numpy as np
from show import draw, pyplot, save, table

from autograd_lite import Value, derivative, sigmoid
from autograd_lite.nn import Perceptron, log_loss, log_loss_from_logit

x = (1.0, -2.0)


def perceptron():
    """A perceptron, and the loss of one sample as a graph to be drawn."""
    net = Perceptron(2, "sigmoid")
    net.load_state_dict({"w1": 0.4, "w2": 0.3, "b": -0.1})
    loss = log_loss(Value(1, label="y"), net(x))
    loss.label = "L"
    loss.backward()
    return net, loss


def main():
    table(
        "σ and σ′ = σ(1 − σ)",
        [
            *[(f"σ({z:g})", None, sigmoid(z)) for z in (-3.0, 0.0, 2.0)],
            *[(f"σ′({z:g})", None, derivative(sigmoid)(z)) for z in (-3.0, 0.0, 2.0)],
            *[
                (f"σ(1 − σ) at {z:g}", None, sigmoid(z) * (1 - sigmoid(z)))
                for z in (-3.0, 0.0, 2.0)
            ],
        ],
    )
    table(
        "Far out: no overflow, no log 0",
        [
            *[(f"σ({z:g})", None, sigmoid(z)) for z in (-1000.0, 1000.0)],
            ("log loss of y = 1 at z = −1000", None, log_loss_from_logit(1, -1000.0).data),
        ],
    )
    net, loss = perceptron()
    table("y = 1 (对数损失, log loss)", [("L", None, loss.data)])
    circles = (
        f"A perceptron with sigmoid as circles and lines: x = {x} leads to ŷ = {net(x).data:.3f}."
    )
    draw(net, "perceptron_network", circles, sample=x)
    finding = f"A perceptron with sigmoid and log loss as a graph: L = {loss.data:.3f} for y = 1."
    draw(loss, "perceptron", finding)
    if plt := pyplot():
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
        z = np.linspace(-6, 6, 200)
        left.plot(z, sigmoid(z), "k-", label="σ")
        left.plot(z, [derivative(sigmoid)(v) for v in z], "--", label="σ′, ¼ at most")
        left.set(title="σ(z) = 1/(1 + e⁻ᶻ)", xlabel="z")
        for y, style in ((1, "-"), (0, "--")):
            losses = [log_loss_from_logit(y, v).data for v in z]
            right.plot(z, losses, style, label=f"y = {y}")
        right.set(title="the log loss of σ(z)", xlabel="z")
        finding = (
            "σ rises from 0 to 1, steepest at 0 with slope ¼; the log loss of σ(z) is flat "
            "where the answer is right and straight where it is wrong."
        )
        save(figure, "sigmoid.svg", finding)


if __name__ == "__main__":
    main()
