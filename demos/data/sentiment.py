"""Is a sentence of Ya and Na happy or sad?  Logistic regression on the counts of two words.

003, l. 13-21 (the table) and l. 690-736 (sigmoid, log loss); 000 §3.1.2.

中文: 二分类: 情感分析
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite.nn import Perceptron, log_loss_from_logit
from autograd_lite.optim import GradientDescent
from autograd_lite.train import evaluate, fit

PRINTED = {"Ya Ya Ya": (3, 0), "Na na": (2, 2), "Ya na Ya": (2, 1), "Na na Ya na": (1, 3)}
HAPPY = [1, 0, 1, 0]


def counts(sentence):
    words = sentence.lower().split()
    return words.count("ya"), words.count("na")


def trained(X, steps):
    """The perceptron after some steps of gradient descent from 0, and its loss after each."""
    net = Perceptron(2, "sigmoid")
    net.load_state_dict({"w1": 0.0, "w2": 0.0, "b": 0.0})
    rule = GradientDescent(net.parameters(), lr=0.1)
    history = fit(
        net,
        X,
        HAPPY,
        loss=log_loss_from_logit,
        predict=net.logit,
        optimizer=rule,
        epochs=steps,
        shuffle=False,
    )
    last = evaluate(X, HAPPY, loss=log_loss_from_logit, predict=net.logit)
    return net, [*history.loss, last]


def main():
    X = [counts(sentence) for sentence in PRINTED]
    rows = []
    for (sentence, (ya, na)), (our_ya, our_na) in zip(PRINTED.items(), X, strict=True):
        rows += [(f"'{sentence}': Ya", ya, our_ya), ("  Na", na, our_na)]
    table("The words, counted", rows)
    print("Erratum (003, l. 19-21): 'Na na' has no Ya; 'Na na m na' reads 'Na na Ya na', Pa as Ya.")
    net, losses = trained(X, 100)
    rows = [(f"loss after {k}", None, losses[k]) for k in (0, 1, 2, 3, 10, 100)]
    for k in (1, 2, 100):
        weights = trained(X, k)[0].state_dict()
        rows += [(f"{name} after {k}", None, w) for name, w in weights.items()]
    rows += [(f"ŷ of '{s}'", None, net(x).data) for s, x in zip(PRINTED, X, strict=True)]
    table("Gradient descent (梯度下降) on the mean log loss (对数损失), α = 0.1", rows)
    wrong = trained([*PRINTED.values()], 1)[0].state_dict()
    print(f"(With the printed counts the first step leads to w1 = {wrong['w1']}, not 0.05.)")
    print("A line separates the moods: the loss falls for ever, and no weights are the best.")
    if plt := pyplot():
        figure, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.6))
        for (ya, na), happy in zip(X, HAPPY, strict=True):
            left.plot(ya, na, "ko" if happy else "kX", markersize=10)
        ya = np.array([-0.3, 3.3])
        w1, w2, b = net.state_dict().values()
        left.plot(ya, -(w1 * ya + b) / w2, "--")
        left.set(xlabel="number of Ya", ylabel="number of Na", title="Happy ●, sad ✖, ŷ = ½ dashed")
        left.set(xticks=range(4), yticks=range(4))
        right.plot(losses, "k-")
        right.set(xlabel="step", ylabel="mean log loss", title="Training", ylim=(0, None))
        finding = (
            f"A line separates happy from sad sentences, and the loss falls from {losses[0]:.3f} "
            f"to {losses[-1]:.3f} in 100 steps."
        )
        save(figure, "sentiment.svg", finding)


if __name__ == "__main__":
    main()
