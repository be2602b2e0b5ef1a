"""The functions of note 003, as its formulas have them, for the rows and the errata."""

import numpy as np

from autograd_lite import Value, chain_rule, cos, exp, log, minimize
from autograd_lite.nn import (
    DeepNetwork,
    Perceptron,
    TwoLayerNetwork,
    half_mean_squared_error,
    log_loss,
    log_loss_from_logit,
)
from autograd_lite.optim import GradientDescent
from autograd_lite.train import evaluate, fit
from autograd_lite.value import order

X, Y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 5.0, 3.0])  # E(m, b) of the note is theirs
SENTENCES = {"Ya Ya Ya": "happy", "Na na": "sad", "Ya na Ya": "happy", "Na na Ya na": "sad"}
NETWORK = {"w11": 0.1, "w21": -0.2, "b1": 0.05, "w12": 0.4, "w22": 0.3, "b2": -0.1}
NETWORK |= {"w1": 0.7, "w2": -0.5, "b": 0.2}
CHAIN = {"w1": 0.5, "b1": 0.1, "w2": -1.2, "b2": 0.3, "w3": 2.0, "b3": -0.4}
SAMPLE = 0.5, -1.0  # x1, x2 of the network


def counts(sentence):
    """How often a sentence has Ya and Na."""
    words = sentence.lower().split()
    return words.count("ya"), words.count("na")


WORDS = [counts(sentence) for sentence in SENTENCES]
HAPPY = [float(mood == "happy") for mood in SENTENCES.values()]


def square(x):
    return x**2


def cube(x):
    return x**3


def position(t):
    """Where a car is at the time t."""
    return t**3 - 2 * t


def compound(n):
    """(1 + 1/n)ⁿ."""
    return (1 + 1 / n) ** n


def hard(x):
    """Its minimum is at Ω."""
    return exp(x) - log(x)


def five_wells(x):
    """Minima A to E near 1, 2, 3, 4, 5; the lowest is D = 4."""
    return (x - 4) ** 2 / 10 - cos(2 * np.pi * x)


def cables(*towers):
    """The cost of cables from x to the towers."""
    return lambda x: sum((x - a) ** 2 for a in towers)


def g(p):
    return p**7 * (1 - p) ** 3


def log_g(p):
    return 7 * log(p) + 3 * log(1 - p)


def bowl(x, y):
    return x**2 + y**2


def sauna(x, y):
    return 85 - 1 / 90 * x**2 * (x - 6) * y**2 * (y - 6)


def E(m, b):  # noqa: N802 - the note's name
    """Σ (m·x + b − y)²."""
    return ((m * X + b - Y) ** 2).sum()


def L(m, b):  # noqa: N802 - the note's name
    """1/2n Σ (m·x + b − y)²."""
    return half_mean_squared_error(Y, m * X + b)


def tilted(x, y):
    return 2 * x**2 + 3 * y**2 - x * y


def dome(x, y):
    return -2 * x**2 - 3 * y**2 - x * y + 15


def saddle(x, y):
    return 2 * x**2 - 2 * y**2


def quartic(x, y, a=0.8):
    return x**4 + a * y**4 + 4 * x**2 + 2 * y**2 - x * y - 0.2 * x**2 * y


def walk(f, x0, lr, steps):
    """The iterates of gradient descent, the first the start."""
    return minimize(f, x0, lr=lr, max_steps=steps, tolerance=0).path


def newton(f, x0, steps):
    """The iterates of Newton's method for a minimum."""
    return minimize(f, x0, method="newton", max_steps=steps, tolerance=0).path


def sentiment(steps, words=WORDS):
    """The perceptron on the counts of words, after steps from 0, α = 0.1, and its loss at each."""
    net = Perceptron(2, "sigmoid")
    net.load_state_dict({"w1": 0.0, "w2": 0.0, "b": 0.0})
    how = {"loss": log_loss_from_logit, "predict": net.logit}
    rule = GradientDescent(net.parameters(), lr=0.1)
    history = fit(net, words, HAPPY, optimizer=rule, epochs=steps, shuffle=False, **how)
    return net, [*history.loss, evaluate(words, HAPPY, **how)]


def trained(net, weights, x, y, loss, *, steps=0, lr=0.5):
    """A network after some steps of gradient descent on one sample, its ŷ and its L there.

    ``L.backward()`` has been done, so that ``grad`` tells all gradients.
    """
    net.load_state_dict(weights)
    rule = GradientDescent(net.parameters(), lr=lr)
    for step in range(steps + 1):
        rule.zero_grad()
        yhat = net(x)
        L = loss(y, yhat)
        L.label = "L"
        L.backward()
        if step < steps:
            rule.step()
    return net, yhat, L


def network(y=1, steps=0, weights=NETWORK, x=SAMPLE):
    """The network of depth 2 on its sample, α = 0.5."""
    return trained(TwoLayerNetwork(), weights, x, y, log_loss, steps=steps)


def numbers(weights):
    """(w1, …, b) by name."""
    *w, b = weights
    return {f"w{k}": x for k, x in enumerate(w, 1)} | {"b": b}


def classification(y, steps=0):
    """The perceptron for classes, α = 0.5."""
    net = Perceptron(2, "sigmoid")
    return trained(net, numbers((0.4, 0.3, -0.1)), (1.0, -2.0), y, log_loss, steps=steps)


def chain(loss):
    """Three layers of one unit each, y = 1."""
    return trained(DeepNetwork([1, 1, 1, 1]), CHAIN, [0.8], 1, loss)


def by_rule(name, factor):
    """As the note writes the step: name + α·factor·(y − ŷ), from the nodes of the graph, y = 1."""
    nodes = {v.label: v.data for v in order(network()[2])}
    return NETWORK[name] + 0.5 * factor(**nodes) * (1 - nodes["yhat"])


def factors(root, leaf):
    """The chain rule's one product for ∂root/∂leaf: its text, its factors, their product."""
    (path,) = chain_rule(root, leaf).paths
    return str(path), [f.value for f in path.factors], path.value


def leaf(f, *at):
    """The slopes of f, pushed back to leaves labelled x and y."""
    leaves = [Value(x, label=name) for x, name in zip(at, "xy", strict=False)]
    f(*leaves).backward()
    return [v.grad for v in leaves]
