"""What can two layers do that one cannot?  Exclusive or: no straight line separates its classes.

000 §3.1.2 and §3.2; 003, l. 732-864.  The four samples are ours.

中文: 神经网络: 异或
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite.nn import Perceptron, TwoLayerNetwork, log_loss, log_loss_from_logit
from autograd_lite.optim import GradientDescent
from autograd_lite.train import fit

X = [(0, 0), (0, 1), (1, 0), (1, 1)]
Y = [0, 1, 1, 0]


def trained(net, lr):
    """The mean log loss of every step of gradient descent on all four samples."""
    history = fit(
        net,
        X,
        Y,
        loss=log_loss_from_logit,
        predict=net.logit,
        optimizer=GradientDescent(net.parameters(), lr=lr),
        epochs=251,
        shuffle=False,
    )
    return history.loss


def main():
    one = Perceptron(2, "sigmoid", seed=0)
    two = TwoLayerNetwork(seed=4)
    losses = {"one layer": trained(one, 1.0), "two layers": trained(two, 3.0)}
    for (name, loss), net in zip(losses.items(), (one, two), strict=True):
        table(
            f"{name} ({'感知机, perceptron' if net is one else '神经网络, neural network'})",
            [
                ("mean log loss at first", None, loss[0]),
                ("after 250 steps", None, loss[-1]),
                *[(f"ŷ of {x}, y = {y}", None, net(x).data) for x, y in zip(X, Y, strict=True)],
            ],
        )
    print(f"The best one layer can do is ŷ = ½ for all, with the loss {log_loss(1, 0.5).data:.6f}.")
    stuck = trained(TwoLayerNetwork(seed=9), 3.0)[-1]
    print(f"The start decides: from seed=9 the two layers are at {stuck:.4f} after as many steps.")
    if plt := pyplot():
        figure, panels = plt.subplots(1, 3, figsize=(11, 3.6))
        side = np.linspace(-0.4, 1.4, 22)
        for axes, name, net in zip(panels, losses, (one, two), strict=False):
            yhat = [[net((x1, x2)).data for x1 in side] for x2 in side]
            axes.contourf(side, side, yhat, np.linspace(0, 1, 11), cmap="Greys", vmax=2)
            axes.contour(side, side, yhat, [0.5], colors="k")
            for (x1, x2), y in zip(X, Y, strict=True):
                axes.plot(x1, x2, "ko" if y else "kX", ms=10)
            axes.set(xlabel="x1", ylabel="x2", title=f"{name} (● y = 1, ✖ y = 0)")
        for (name, loss), style in zip(losses.items(), ("--", "-"), strict=True):
            panels[2].plot(loss, style, label=name)
        panels[2].set(xlabel="step", ylabel="mean log loss", title="Training")
        finding = (
            "One line cannot separate the corners of a square: its loss stays at "
            f"{losses['one layer'][-1]:.2f}; two layers draw a band, and come to "
            f"{losses['two layers'][-1]:.3f}."
        )
        save(figure, "not_separable.svg", finding)


if __name__ == "__main__":
    main()
