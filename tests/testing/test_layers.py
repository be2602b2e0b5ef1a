"""Layers as courses write them, right and with one slip."""

import re

import numpy as np
import pytest

from autograd_lite.testing import (
    GradientMismatch,
    GradientTestError,
    GradientWarning,
    Verdict,
    assert_layer,
    check_layer,
)

RNG = np.random.default_rng(7)

# ---- functions with a cache, as in an assignment on convolutional networks ----------------------


def affine_relu_forward(x, w, b):
    flat = x.reshape(len(x), -1)
    a = flat.dot(w) + b
    return np.maximum(0, a), ((x.shape, flat, w), a)


def affine_relu_backward(dout, cache):
    (shape, flat, w), a = cache
    da = np.where(a > 0, dout, 0)
    return {"dx": da.dot(w.T).reshape(shape), "dw": flat.T.dot(da), "db": da.sum(axis=0)}


def ungated_backward(dout, cache):
    (shape, flat, w), _ = cache
    return dout.dot(w.T).reshape(shape), flat.T.dot(dout), dout.sum(axis=0)


AFFINE = {"shapes": {"x": (3, 2, 2), "w": (4, 3), "b": (3,)}}


def pool_forward(x, pool_param):
    size, step = pool_param["size"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.empty((N, C, 1 + (H - size) // step, 1 + (W - size) // step))
    for n, c, i, j in np.ndindex(*out.shape):
        out[n, c, i, j] = x[n, c, i * step : i * step + size, j * step : j * step + size].max()
    return out, (x, pool_param)


def pool_backward(dout, cache, spread=False):
    x, pool_param = cache
    size, step = pool_param["size"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i * step : i * step + size, j * step : j * step + size]
        hit = np.full(window.shape, 1 / window.size) if spread else window == window.max()
        dx[n, c, i * step : i * step + size, j * step : j * step + size] += hit * dout[n, c, i, j]
    return dx


def mean_pool_backward(dout, cache):
    return pool_backward(dout, cache, spread=True)


POOL = {"shapes": {"x": (1, 2, 4, 4)}, "at": {"pool_param": {"size": 2, "stride": 2}}}


def dropout_forward(x, dropout_param):
    np.random.seed(dropout_param["seed"])  # noqa: NPY002, as they write it
    mask = (np.random.rand(*x.shape) < dropout_param["p"]) / dropout_param["p"]  # noqa: NPY002
    return x * mask, (dropout_param, mask)


def dropout_backward(dout, cache):
    return dout * cache[1]


def unscaled_dropout_backward(dout, cache):
    return dout * (cache[1] > 0)


DROPOUT = {"shapes": {"x": (3, 4)}, "at": {"dropout_param": {"p": 0.4, "seed": 3}}}


def batchnorm_forward(x, gamma, beta, bn_param):
    mu = np.mean(x, axis=0)
    xmu = x - mu
    var = np.mean(xmu**2, axis=0)
    ivar = 1.0 / np.sqrt(var + bn_param.get("eps", 1e-5))
    xhat = xmu * ivar
    running = bn_param.setdefault("running_mean", np.zeros(x.shape[1]))
    bn_param["running_mean"] = 0.9 * running + 0.1 * mu
    return gamma * xhat + beta, (xhat, gamma, xmu, ivar)


def batchnorm_backward(dout, cache, forget=False):
    xhat, gamma, xmu, ivar = cache
    N = len(dout)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * ivar**3
    dxmu = dxhat * ivar + (0 if forget else 2 / N) * xmu * dvar
    return dxmu - dxmu.mean(axis=0), np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def batchnorm_without_var(dout, cache):
    return batchnorm_backward(dout, cache, forget=True)


BATCHNORM = {
    "shapes": {"x": (4, 2), "gamma": (2,), "beta": (2,)},
    "at": {"bn_param": {"mode": "train", "eps": 1e-4}},
}


# ---- sequences ----------------------------------------------------------------------------------


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, _ = x.shape
    h, cache, prev = np.zeros((N, T, h0.shape[1])), [], h0
    for t in range(T):
        h[:, t] = np.tanh(x[:, t] @ Wx + prev @ Wh + b)
        cache.append((x[:, t], prev, h[:, t]))
        prev = h[:, t]
    return h, (cache, Wx, Wh, x.shape)


def rnn_backward(dh, cache, carry=True):
    steps, Wx, Wh, shape = cache
    dx, dWx, dWh = np.zeros(shape), np.zeros_like(Wx), np.zeros_like(Wh)
    db, dnext = np.zeros(Wh.shape[0]), 0
    for t in reversed(range(len(steps))):
        xt, prev, h = steps[t]
        da = (dh[:, t] + carry * dnext) * (1 - h * h)
        dx[:, t], dnext = da @ Wx.T, da @ Wh.T
        dWx += xt.T @ da
        dWh += prev.T @ da
        db += da.sum(axis=0)
    return dx, dnext, dWx, dWh, db


def rnn_without_carry(dh, cache):
    return rnn_backward(dh, cache, carry=False)


RNN = {"shapes": {"x": (2, 2, 2), "h0": (2, 2), "Wx": (2, 2), "Wh": (2, 2), "b": (2,)}}


def heads_forward(x, Wq, Wk, Wv, heads=2):
    def split(a):
        return a.reshape(len(a), heads, -1).transpose(1, 0, 2)

    q, k, v = split(x @ Wq), split(x @ Wk), split(x @ Wv)
    scores = np.einsum("hid,hjd->hij", q, k) / np.sqrt(q.shape[-1])
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    out = np.einsum("hij,hjd->hid", weights, v).transpose(1, 0, 2).reshape(len(x), -1)
    return out, (x, Wq, Wk, Wv, q, k, v, weights)


def heads_backward(dout, cache, root=True):
    x, Wq, Wk, Wv, q, k, v, weights = cache
    d = dout.reshape(len(x), len(q), -1).transpose(1, 0, 2)
    dweights, dv = d @ v.transpose(0, 2, 1), weights.transpose(0, 2, 1) @ d
    ds = weights * (dweights - (weights * dweights).sum(axis=-1, keepdims=True))
    ds = ds / np.sqrt(q.shape[-1]) if root else ds
    joined = [
        a.transpose(1, 0, 2).reshape(len(x), -1) for a in (ds @ k, ds.transpose(0, 2, 1) @ q, dv)
    ]
    dx = sum(a @ W.T for a, W in zip(joined, (Wq, Wk, Wv), strict=True))
    return (dx, *(x.T @ a for a in joined))


def heads_without_root(dout, cache):
    return heads_backward(dout, cache, root=False)


HEADS = {"shapes": {"x": (2, 2), "Wq": (2, 4), "Wk": (2, 4), "Wv": (2, 4)}}


# ---- out alone, several outputs, gradients with the loss -----------------------------------------


def softplus_forward(z):
    return np.logaddexp(0, z)


def softplus_backward(dout, z):
    return dout / (1 + np.exp(-z))


def softplus_slip(dout, z):
    return dout / (1 + np.exp(z))


def sigmoid_forward(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_backward(dout, out):
    return dout * out * (1 - out)


def sigmoid_slip(dout, out):
    return dout * (1 - out)


def polar_forward(r, angle):
    return r * np.cos(angle), r * np.sin(angle)


def polar_backward(dx, dy, r, angle):
    c, s = np.cos(angle), np.sin(angle)
    return dx * c + dy * s, r * (dy * c - dx * s)


def polar_slip(dx, dy, r, angle):
    c, s = np.cos(angle), np.sin(angle)
    return dx * c + dy * s, dy * c - dx * s


def svm_loss(W, X, y, reg):
    scores = X @ W
    margins = np.maximum(0, scores - scores[np.arange(len(y)), y][:, None] + 1)
    margins[np.arange(len(y)), y] = 0
    loss = margins.sum() / len(y) + reg * (W * W).sum()
    hit = (margins > 0).astype(float)
    hit[np.arange(len(y)), y] = -hit.sum(axis=1)
    return loss, X.T @ hit / len(y) + 2 * reg * W


def svm_slip(W, X, y, reg):
    loss, dW = svm_loss(W, X, y, reg)
    return loss, dW - reg * W


SVM = {
    "shapes": {"W": (2, 3), "X": (4, 2), "y": (4,)},
    "domain": {"y": {0, 1, 2}},
    "at": {"reg": 0.25},
    "wrt": "W",
}


def embedding_forward(words, W):
    return W[words], (words, W.shape)


def embedding_backward(dout, cache):
    dW = np.zeros(cache[1])
    np.add.at(dW, cache[0], dout)
    return dW


def embedding_slip(dout, cache):
    dW = np.zeros(cache[1])
    dW[cache[0]] += dout  # a word that comes twice counts once
    return dW


EMBEDDING = {"at": {"words": np.array([[0, 2], [2, 2]])}, "shapes": {"W": (3, 2)}}


def vjp(x):
    y = np.exp(-x * x)
    return y, lambda dout: -2 * x * y * dout


def vjp_slip(x):
    y = np.exp(-x * x)
    return y, lambda dout: 2 * x * y * dout


# ---- objects ------------------------------------------------------------------------------------


class Dense:
    """Results and gradients stay in the object; both passes return nothing."""

    def __init__(self, n_inputs=3, n_neurons=2):
        self.weights = 0.1 * RNG.standard_normal((n_inputs, n_neurons))
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class DenseSlip(Dense):
    def backward(self, dvalues):
        super().backward(dvalues)
        self.dweights = self.dweights / len(dvalues)


class Listed:
    """Parameters and gradients in two lists, the gradients written in place."""

    def __init__(self):
        self.params = [RNG.standard_normal((3, 2)), np.zeros(2)]
        self.grads = [np.zeros((3, 2)), np.zeros(2)]
        self.x = None

    def forward(self, x):
        W, b = self.params
        self.x = x
        return np.tanh(x @ W + b)

    def backward(self, dout):
        W, b = self.params
        dz = dout * (1 - np.tanh(self.x @ W + b) ** 2)
        self.grads[0][...] = self.x.T @ dz
        self.grads[1][...] = dz.sum(axis=0)
        return dz @ W.T


class ListedSlip(Listed):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[1][...] = dout.sum(axis=0)
        return dx


class Loss:
    """Softmax and its loss in one; the upstream gradient is 1."""

    def forward(self, x, t):
        self.t = t
        self.y = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        return -np.mean(np.log(self.y[np.arange(len(t)), t]))

    def backward(self, dout=1):
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return dout * dx / len(self.t)


class LossSlip(Loss):
    def backward(self, dout=1):
        return super().backward(dout) * len(self.t)


LOSS = {"shapes": {"x": (3, 2), "t": (3,)}, "domain": {"t": {0, 1}}}


class Network:
    """Two layers whose loss comes with a dict of gradients."""

    def __init__(self):
        self.params = {"W1": RNG.standard_normal((2, 3)), "b1": np.zeros(3)}
        self.params["W2"] = RNG.standard_normal((3, 2))

    def loss(self, X, y):
        W1, b1, W2 = (self.params[n] for n in ("W1", "b1", "W2"))
        h = np.maximum(0, X @ W1 + b1)
        p = np.exp(h @ W2)
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[range(len(y)), y]).mean()
        p[range(len(y)), y] -= 1
        d = p / len(y)
        dh = d @ W2.T * (h > 0)
        return loss, {"W1": X.T @ dh, "b1": dh.sum(axis=0), "W2": h.T @ d}


class NetworkSlip(Network):
    def loss(self, X, y):
        loss, grads = super().loss(X, y)
        return loss, {**grads, "b1": -grads["b1"]}


NETWORK = {"shapes": {"X": (4, 2), "y": (4,)}, "domain": {"y": {0, 1}}}


class Cube:
    """A pair of static methods with a context."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        ctx.power = 3
        return w * x**3

    @staticmethod
    def backward(ctx, grad_output):
        x, w = ctx.saved_tensors
        return grad_output * ctx.power * w * x ** (ctx.power - 1), grad_output * x**3


class CubeSlip(Cube):
    @staticmethod
    def backward(ctx, grad_output):
        x, w = ctx.saved_tensors
        return grad_output * ctx.power * w * x**ctx.power, grad_output * x**3


class Dropout:
    """The mask is drawn from np.random and kept."""

    def __init__(self, ratio=0.5):
        self.ratio, self.mask = ratio, None

    def forward(self, x, train=True):
        if not train:
            return x * (1 - self.ratio)
        self.mask = np.random.rand(*x.shape) > self.ratio  # noqa: NPY002, as they write it
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class DropoutSlip(Dropout):
    def backward(self, dout):
        return dout


class Scale:
    """A scalar parameter, under names of its own."""

    def __init__(self):
        self.k, self.slope_of_k = 0.7, 0.0

    def __call__(self, x):
        self.seen = x
        return self.k * x

    def backward(self, delta):
        self.slope_of_k = float((delta * self.seen).sum())
        return self.k * delta


class ScaleSlip(Scale):
    def backward(self, delta):
        dx = super().backward(delta)
        self.slope_of_k = float(delta.sum())
        return dx


class Returning:
    """All gradients are returned, none is kept."""

    def __init__(self):
        self.np = np  # no numbers of the layer's
        self.W, self.b, self.scale = RNG.standard_normal((3, 2)), np.zeros(2), 0.5

    def forward(self, x):
        self.x = x
        return x @ self.W * self.scale + self.b

    def backward(self, dout):
        return dout @ self.W.T * self.scale, self.x.T @ dout * self.scale, dout.sum(axis=0)


class ReturningSlip(Returning):
    def backward(self, dout):
        dx, dW, db = super().backward(dout)
        return dx, dW / self.scale, db


class ReturningDict(Returning):
    def backward(self, dout):
        return dict(zip(("dx", "W", "grad_b"), super().backward(dout), strict=True))


class ReturningDictSlip(ReturningDict):
    def backward(self, dout):
        found = super().backward(dout)
        return {**found, "W": found["W"] / self.scale}


class Gates:
    """Parameters that objects of their own hold, in a list, with names like those of gradients."""

    class Gate:
        def __init__(self):
            self.W, self.Wg = RNG.standard_normal((2, 2)), RNG.standard_normal((2, 2))

    def __init__(self):
        self.gates = [self.Gate(), self.Gate()]

    def forward(self, x):
        self.seen = []
        for gate in self.gates:
            self.seen.append(x)
            x = np.tanh(x @ gate.W) * (x @ gate.Wg)
        return x

    def backward(self, dout):
        for gate, x in zip(self.gates[::-1], self.seen[::-1], strict=True):
            t, g = np.tanh(x @ gate.W), x @ gate.Wg
            dz, dg = dout * g * (1 - t * t), dout * t
            gate.dW, gate.dWg = x.T @ dz, x.T @ dg
            dout = dz @ gate.W.T + dg @ gate.Wg.T
        return dout


class GatesSlip(Gates):
    def backward(self, dout):
        dx = super().backward(dout)
        self.gates[1].dWg = -self.gates[1].dWg
        return dx


def methods(layer):
    return layer.forward, layer.backward


SCALE = {"shapes": {"x": (4,)}, "parameters": {"k": "slope_of_k"}}
X = {"shapes": {"x": (3, 4)}}

# (what, right, wrong, options, the wrong parameters, what is said of them)
LAYERS = [
    ("affine, relu", (affine_relu_forward, affine_relu_backward),
     (affine_relu_forward, ungated_backward), AFFINE, "x w b", "max|gate|relu"),
    ("max pooling", (pool_forward, pool_backward), (pool_forward, mean_pool_backward), POOL, "x",
     ""),
    ("dropout, its seed given", (dropout_forward, dropout_backward),
     (dropout_forward, unscaled_dropout_backward), DROPOUT, "x", "2.5|0.4"),
    ("batch norm, step by step", (batchnorm_forward, batchnorm_backward),
     (batchnorm_forward, batchnorm_without_var), BATCHNORM, "x", "var"),
    ("a recurrent network", (rnn_forward, rnn_backward), (rnn_forward, rnn_without_carry), RNN,
     "x h0 Wx Wh b", "forgotten|path"),
    ("heads of attention", (heads_forward, heads_backward), (heads_forward, heads_without_root),
     HEADS, "x Wq Wk", ""),
    ("out alone", (softplus_forward, softplus_backward), (softplus_forward, softplus_slip),
     {"shapes": {"z": (3,)}}, "z", ""),
    ("out itself", (sigmoid_forward, sigmoid_backward), (sigmoid_forward, sigmoid_slip),
     {"shapes": {"z": (2, 2)}}, "z", ""),
    ("two outputs", (polar_forward, polar_backward), (polar_forward, polar_slip),
     {"shapes": {"r": (2,), "angle": (2,)}}, "angle", r"\br\b"),
    ("a gradient with the loss", (svm_loss,), (svm_slip,), SVM, "W", "2|reg"),
    ("classes as indices", (embedding_forward, embedding_backward),
     (embedding_forward, embedding_slip), EMBEDDING, "W", "only the last use counts"),
    ("a closure for backward", (vjp,), (vjp_slip,), {"shapes": {"x": (3,)}}, "x", "sign"),
    ("all in attributes", (Dense(),), (DenseSlip(),), {"shapes": {"inputs": (4, 3)}},
     "weights", "4"),
    ("two lists", (Listed(),), (ListedSlip(),), {"shapes": {"x": (2, 3)}}, "params_1", "tanh|h²"),
    ("a loss, dout = 1", (Loss(),), (LossSlip(),), LOSS, "x", "3"),
    ("a class", (Loss,), (LossSlip,), LOSS, "x", "3"),
    ("a network's loss", (Network().loss,), (NetworkSlip().loss,), NETWORK, "b1", "sign"),
    ("a context", (Cube,), (CubeSlip,), {"shapes": {"x": (3,), "w": (3,)}}, "x", r"x|exponent"),
    ("static methods", (Cube.forward, Cube.backward), (CubeSlip.forward, CubeSlip.backward),
     {"shapes": {"x": (3,), "w": (3,)}}, "x", r"x|exponent"),
    ("a mask from np.random", (Dropout(),), (DropoutSlip(),), X, "x", ""),
    ("methods", methods(Dropout()), methods(DropoutSlip()), X, "x", ""),
    ("gradients that are returned", (Returning(),), (ReturningSlip(),), {"shapes": {"x": (2, 3)}},
     "W", "0.5|2"),
    ("a dict that is returned", (ReturningDict(),), (ReturningDictSlip(),),
     {"shapes": {"x": (2, 3)}}, "W", "0.5|2"),
    ("objects in a list", (Gates(),), (GatesSlip(),), {"shapes": {"x": (2, 2)}}, "gates_1_Wg",
     "sign"),
    ("a scalar parameter", (Scale(),), (ScaleSlip(),), SCALE, "k", "x"),
]  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer[0])
def test_a_right_layer_is_accepted_and_a_slip_is_found(layer):
    _, right, wrong, options, parameters, says = layer
    options = {**options, "points": 4, "seed": 1}
    assert assert_layer(*right, **options).verdict is Verdict.RIGHT
    with pytest.raises(GradientMismatch) as failed:
        assert_layer(*wrong, **options)
    report = failed.value.report
    assert {name.split("[")[0] for name in report.wrong} == set(parameters.split()), report
    why = " ".join(" | ".join((e.text, *e.also)) for e in report.explanations)
    assert re.search(says, why), report


class Targets:
    """A loss on rows that are one-hot; its gradient is right for these only."""

    def forward(self, A, Y):
        self.Y, self.p = Y, np.exp(A) / np.exp(A).sum(axis=1, keepdims=True)
        return -(Y * np.log(self.p)).sum() / len(A)

    def backward(self):
        return (self.p - self.Y) / len(self.Y)


class Updating:
    """A backward pass that updates the weights on the spot."""

    def __init__(self):
        self.weights = RNG.standard_normal((3, 2))

    def forward_propagation(self, data):
        self.data = data
        return data @ self.weights

    def backward_propagation(self, output_error, learning_rate):
        back = output_error @ self.weights.T
        self.weights -= learning_rate * self.data.T @ output_error
        return back


def test_what_backward_asks_for_besides():
    layer = Updating()
    passes = layer.forward_propagation, layer.backward_propagation
    assert check_layer(*passes, shapes={"data": (2, 3)}, at={"learning_rate": 0.1}).ok
    with pytest.raises(TypeError, match=r"backward takes learning_rate.*give it in at="):
        check_layer(*passes, shapes={"data": (2, 3)})
    shapes = {"shapes": {"A": (3, 4), "Y": (3, 4)}, "wrt": "A"}
    assert check_layer(Targets(), **shapes, domain={"Y": "one-hot"}).ok
    assert not check_layer(Targets(), **shapes).ok


def test_parameters_of_an_object_may_be_given():
    at = {"weights": np.ones((3, 2)), "inputs": RNG.standard_normal((4, 3))}
    report = check_layer(Dense(), at=at, seed=0)
    assert report.ok and report.right == ("inputs", "weights", "biases")


# ---- what is handed on, and what is left as it was ----------------------------------------------


def tanh_forward(x):
    return np.tanh(x)


def tanh_backward(dout, out):
    return dout * (1 - out * out)


def product(x, w):
    return x @ w


def product_backward(dout, x, w):
    return dout @ w.T, x.T @ dout


def test_points_and_options_may_be_given():
    x, w = RNG.standard_normal((3, 4)), RNG.standard_normal((4, 2))
    for at in ({"x": x, "w": w}, (x, w), {"x": x.tolist(), "w": w}, [{"x": x, "w": w}] * 2):
        assert check_layer(product, product_backward, at=at).ok
    ints = {"x": np.arange(1, 13).reshape(3, 4), "w": w}  # numbers, though they are whole
    report = check_layer(product, product_backward, at=ints)
    assert report.ok and report.right == ("x", "w")
    assert check_layer(product, product_backward, at={"x": x}, shapes={"w": (4, 2)}).ok
    assert check_layer(tanh_forward, tanh_backward).ok  # one argument: a shape is chosen
    assert check_layer(Dense(3, 2)).ok


def test_numbers_without_shapes_are_scalars():
    class Product:
        def forward(self, x, y):
            self.x, self.y = x, y
            return x * y

        def backward(self, dout):
            return dout * self.y, dout * self.x

    report = check_layer(Product())
    assert report.ok and report.right == ("x", "y")


def test_nothing_is_left_behind():
    layer, bn_param = Dense(), {"mode": "train"}
    before = {n: x.copy() for n, x in vars(layer).items()}
    np.random.seed(5)  # noqa: NPY002
    state = str(np.random.get_state())  # noqa: NPY002
    assert check_layer(layer, shapes={"inputs": (2, 3)}).ok
    assert check_layer(Dropout(), **X).ok
    shapes = BATCHNORM["shapes"]
    assert check_layer(
        batchnorm_forward, batchnorm_backward, shapes=shapes, at={"bn_param": bn_param}
    ).ok
    assert vars(layer).keys() == before.keys() and (layer.weights == before["weights"]).all()
    assert bn_param == {"mode": "train"} and str(np.random.get_state()) == state  # noqa: NPY002


def test_a_generator_that_lives_on_is_named():
    rng = np.random.default_rng(0)

    def forward(x):
        mask = rng.random(x.shape) < 0.5
        return x * mask, mask

    report = check_layer(forward, lambda dout, mask: dout * mask, **X)
    assert report.verdict is Verdict.NOT_DETERMINISTIC and "np.random" in str(report)
    with pytest.raises(GradientTestError, match="mask"):
        assert_layer(forward, lambda dout, mask: dout * mask, **X)
    with_mask = {"domain": {"mask": {0.0, 2.0}}, "shapes": {"x": (3,), "mask": (3,)}, "wrt": "x"}
    assert check_layer(lambda x, mask: x * mask, lambda dout, mask: dout * mask, **with_mask).ok


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: check_layer(product, product_backward), TypeError, "give shapes= or at="),
        (lambda: check_layer(product, lambda dout, w: dout @ w.T,
            shapes={"x": (3, 4), "w": (4, 2)}), ValueError, "one gradient.*x, w: give wrt="),
        (lambda: check_layer(product, lambda dout, x, w: {"q": 0},
            shapes={"x": (3, 4), "w": (4, 2)}), ValueError, "'q'; the arguments are x, w"),
        (lambda: check_layer(tanh_forward, lambda: 1), TypeError, "takes no dout"),
        (lambda: check_layer(tanh_forward, lambda dout, this, that: 1), TypeError, "this, that"),
        (lambda: check_layer(tanh_forward, lambda da, db: 1), TypeError, "da, db; forward gives 1"),
        (lambda: check_layer(lambda x: None, tanh_backward), TypeError, "lack a return"),
        (lambda: check_layer(tanh_forward, lambda dout: None), TypeError, "gives no gradient"),
        (lambda: check_layer(3, 4), TypeError, "two functions"),
        (lambda: check_layer(Dropout().forward, Dropout().backward), TypeError, "same object"),
        (lambda: check_layer(Scale(), parameters={"q": "dq"}), ValueError, "no numbers in 'q'"),
        (lambda: check_layer(product, product_backward, parameters={"w": "dw"}), TypeError,
            "for an object"),
    ],
)  # fmt: skip
def test_a_call_that_is_wrong_says_so(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_point_that_hides_mistakes_warns():
    with pytest.warns(GradientWarning, match="go unnoticed"):
        assert_layer(product, product_backward, at={"x": np.ones((2, 2)), "w": np.ones((2, 2))})


def test_a_layer_that_needs_shapes_says_so():
    def forward(x, w):
        assert x.shape[1] == w.shape[0]
        return x @ w, (x, w)

    with pytest.raises(TypeError, match=r"has no attribute 'shape'\): give shapes= or at="):
        check_layer(forward, lambda dout, cache: (dout @ cache[1].T, cache[0].T @ dout))
