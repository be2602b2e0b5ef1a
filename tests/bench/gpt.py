"""A small GPT, number by number: the loss of one name and its gradient.

Letters are embedded with their places, one layer attends with four heads and has a hidden layer
of 64, and the loss is the mean cross entropy of the next letter; 4,064 parameters.
"""

import random
from itertools import pairwise

import numpy

import autograd_lite
from autograd_lite.program import Program

from . import closures_free, peers
from .harness import At, Contestant, Skipped, Workload

WIDTH, HEADS, PLACES, LETTERS = 16, 4, 8, 27
HEAD = WIDTH // HEADS
TEXT = [0, *(ord(letter) - ord("a") + 1 for letter in "charlie"), 0]
SHAPES = {
    "letter": (LETTERS, WIDTH),
    "place": (PLACES, WIDTH),
    "query": (WIDTH, WIDTH),
    "key": (WIDTH, WIDTH),
    "value": (WIDTH, WIDTH),
    "mixed": (WIDTH, WIDTH),
    "wide": (4 * WIDTH, WIDTH),
    "narrow": (WIDTH, 4 * WIDTH),
    "out": (LETTERS, WIDTH),
}
draw = random.Random(7)
POINTS = [  # the weights are others in each run, as in training; the name stays
    {
        name: numpy.array([[draw.gauss(0, 0.2) for _ in range(n)] for _ in range(m)])
        for name, (m, n) in SHAPES.items()
    }
    for _ in range(4)
]
ROWS = [numpy.concatenate([w.ravel() for w in weights.values()]) for weights in POINTS]


def linear(W, x):
    """W x, one product after another."""
    return [total(w * v for w, v in zip(row, x, strict=True)) for row in W]


def total(terms):
    first, *rest = terms
    for term in rest:
        first = first + term
    return first


def normed(x):
    """x divided by the root of its mean square."""
    scale = (total(v * v for v in x) * (1.0 / len(x)) + 1e-5) ** -0.5
    return [v * scale for v in x]


def softmax(z, exp):
    powers = [exp(v) for v in z]
    below = total(powers) ** -1
    return [v * below for v in powers]


def loss(W, exp, log, relu):
    """The mean cross entropy, on any kind of numbers."""
    keys, values, losses = [], [], []
    for t, (letter, following) in enumerate(pairwise(TEXT)):
        x = normed([a + b for a, b in zip(W["letter"][letter], W["place"][t], strict=True)])
        a = normed(x)
        q = linear(W["query"], a)
        keys.append(linear(W["key"], a))
        values.append(linear(W["value"], a))
        heads = []
        for h in range(0, WIDTH, HEAD):
            part = slice(h, h + HEAD)
            scores = [
                total(u * v for u, v in zip(q[part], k[part], strict=True)) * HEAD**-0.5
                for k in keys
            ]
            weights = softmax(scores, exp)
            heads += [
                total(w * v[i] for w, v in zip(weights, values, strict=True))
                for i in range(h, h + HEAD)
            ]
        x = [a + b for a, b in zip(x, linear(W["mixed"], heads), strict=True)]
        wide = [relu(v) for v in linear(W["wide"], normed(x))]
        x = [a + b for a, b in zip(x, linear(W["narrow"], wide), strict=True)]
        losses.append(-log(softmax(linear(W["out"], x), exp)[following]))
    return total(losses) * (1.0 / len(losses))


def numbers(kind, weights):
    return {name: numpy.vectorize(kind, otypes=[object])(w).tolist() for name, w in weights.items()}


def parameters(W):
    return [v for rows in W.values() for row in rows for v in row]


def engine(find):
    def make():
        kind, *functions = find()

        def run(W, found):
            for p in found:
                p.grad = 0.0
            y = loss(W, *functions)
            y.backward()
            return y.data, [p.grad for p in found]

        made = [numbers(kind, weights) for weights in POINTS]
        return At(run, [(W, parameters(W)) for W in made])

    return make


def ours():
    return autograd_lite.Value, autograd_lite.exp, autograd_lite.log, autograd_lite.relu


def without_closures():
    kind = closures_free.Value
    return kind, kind.exp, kind.log, kind.relu


def micrograd():
    peers.library("micrograd.engine")
    raise Skipped("it has neither exp nor log")


def recorded(backend, *, check=True):
    def make():
        if backend == "c":
            peers.needs_c()
        kind, *functions = ours()
        W = numbers(kind, POINTS[0])
        inputs = numpy.array(parameters(W), dtype=object)
        program = Program.from_graph(loss(W, *functions), inputs=[inputs]).on(backend, check=check)
        return At(program.value_and_grad, [(row,) for row in ROWS])

    return make


def casadi():
    ca = peers.library("casadi")
    p = ca.SX.sym("p", ROWS[0].size)
    cells = iter(ca.vertsplit(p))
    W = {
        name: [[next(cells) for _ in range(n)] for _ in range(m)] for name, (m, n) in SHAPES.items()
    }
    y = loss(W, ca.exp, ca.log, lambda v: ca.fmax(v, 0))
    return At(ca.Function("f", [p], [y, ca.gradient(y, p)]), [(ca.DM(row),) for row in ROWS])


def on_arrays(np, relu, mask):
    """The loss on whole arrays, for a module like NumPy."""

    def normed(x):
        return x * ((x * x).mean(1)[:, None] + 1e-5) ** -0.5

    def loss(weights):
        W = dict(zip(SHAPES, weights, strict=True))
        n = len(TEXT) - 1
        x = normed(W["letter"][numpy.array(TEXT[:-1])] + W["place"][:n])
        a = normed(x)
        q, k, v = ((a @ W[name].T).reshape(n, HEADS, HEAD) for name in ("query", "key", "value"))
        powers = np.exp(np.einsum("thi,shi->hts", q, k) * HEAD**-0.5) * mask
        weights = powers / powers.sum(2)[:, :, None]
        x = x + np.einsum("hts,shi->thi", weights, v).reshape(n, WIDTH) @ W["mixed"].T
        x = x + relu(normed(x) @ W["wide"].T) @ W["narrow"].T
        powers = np.exp(x @ W["out"].T)
        return -np.log(powers[numpy.arange(n), numpy.array(TEXT[1:])] / powers.sum(1)).mean()

    return loss


MASK = numpy.tril(numpy.ones((len(TEXT) - 1, len(TEXT) - 1)))


def hips():
    autograd, np = peers.library("autograd"), peers.library("autograd.numpy")
    both = autograd.value_and_grad(on_arrays(np, lambda x: np.maximum(x, 0.0), MASK))
    return At(both, arrays(numpy.array))


def arrays(made):
    """The points, each a list of a library's arrays."""
    return [([made(w) for w in weights.values()],) for weights in POINTS]


def torch():
    torch = peers.torch()
    value = on_arrays(torch, torch.relu, torch.tensor(MASK))

    def run(weights):
        y = value(weights)
        return y, torch.autograd.grad(y, weights)

    return At(run, arrays(lambda w: torch.tensor(w, requires_grad=True)))


def jax():
    jax = peers.jax()
    value = on_arrays(jax.numpy, jax.nn.relu, jax.numpy.array(MASK))
    both = jax.jit(jax.value_and_grad(value))
    return At(lambda weights: jax.block_until_ready(both(weights)), arrays(jax.numpy.array))


WORKLOADS = [
    Workload(
        "gpt",
        "a small GPT number by number, 4,064 parameters, one name: loss and gradient",
        (
            Contestant("eager", engine(ours)),
            Contestant("micrograd", micrograd, "micrograd"),
            Contestant(
                "Value without closures", engine(without_closures), "closures_free", slow=True
            ),
            Contestant("program: NumPy", recorded("numpy")),
            Contestant("program: C", recorded("c")),
            Contestant("program: C, no checks", recorded("c", check=False)),
            Contestant("CasADi", casadi, "casadi"),
            Contestant("HIPS autograd, arrays", hips, "autograd"),
            Contestant("PyTorch, arrays", torch, "torch"),
            Contestant("JAX jit, arrays", jax, "jax"),
        ),
        base="eager",
    )
]
