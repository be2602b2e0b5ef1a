"""Attention between tokens: scaled, causal, additive."""

import numpy as np

from autograd_lite import exp, sqrt, tanh
from tests.testing.mistakes.case import lacks, problem

TRANSPOSE = r"transpos|ᵀ|\.T\b|swapped|\[j, ?i\]"
SCALE = r"√|sqrt|\broot\b|(?<![\w.])2(?!\.?\d)|1\.41|0\.707|scal"
SHAPES = {"Q": (3, 2), "K": (3, 2), "V": (3, 2), "G": (3, 2)}


@problem("self-attention of three tokens", wrt="Q K V", shapes=SHAPES)
def attention(Q, K, V, G):
    S = Q @ K.T / sqrt(2.0)
    E = exp(S)
    total = E.sum(axis=1, keepdims=True)
    A = E / total
    out = A @ V
    return (G * out).sum()


def weights(Q, K):
    E = np.exp(Q @ K.T / np.sqrt(2))
    return E / E.sum(axis=1, keepdims=True)


def attended(dS, Q, K, A, G):
    return {"Q": dS @ K / np.sqrt(2), "K": dS.T @ Q / np.sqrt(2), "V": A.T @ G}


@attention.right("row by row: less the mean by the weights")
def _(Q, K, V, G):
    A, dA = weights(Q, K), G @ V.T
    return attended(A * (dA - (A * dA).sum(axis=1, keepdims=True)), Q, K, A, G)


@attention.right("less the output itself, as the fused kernels have it")
def _(Q, K, V, G):
    A = weights(Q, K)
    delta = np.einsum("ij,ij->i", G, A @ V)  # the row sums of dA ∘ A
    return attended(A * (G @ V.T - delta[:, None]), Q, K, A, G)


@attention.right("whole Jacobians, einsum")
def _(Q, K, V, G):
    A = weights(Q, K)
    J = np.einsum("ij,jk->ijk", A, np.eye(3)) - np.einsum("ij,ik->ijk", A, A)
    return attended(np.einsum("ijk,ik->ij", J, G @ V.T), Q, K, A, G)


@attention.right("pairs of tokens, in place")
def _(Q, K, V, G):
    dQ, dK, dV, A = np.zeros((3, 2)), np.zeros((3, 2)), np.zeros((3, 2)), weights(Q, K)
    for i in range(3):
        mean = sum(A[i, k] * (G[i] @ V[k]) for k in range(3))
        for j in range(3):
            dS = A[i, j] * (G[i] @ V[j] - mean) * 2**-0.5
            dQ[i] += dS * K[j]
            dK[j] += dS * Q[i]
            dV[j] += A[i, j] * G[i]
    return {"Q": dQ, "K": dK, "V": dV}


@attention.right("in single precision", rel=1e-4, abs=1e-4)
def _(Q, K, V, G):
    Q, K, V, G = (a.astype(np.float32) for a in (Q, K, V, G))
    A, dA = weights(Q, K).astype(np.float32), G @ V.T
    return attended(A * (dA - (A * dA).sum(axis=1, keepdims=True)), Q, K, A, G)


@attention.wrong("softmax's Jacobian as its diagonal", "Q K", r"diagonal|cross terms|off-diagonal")
def _(Q, K, V, G):
    A, dA = weights(Q, K), G @ V.T
    return attended(A * (1 - A) * dA, Q, K, A, G)


@attention.wrong("dS for its transpose in K", "K", TRANSPOSE)
def _(Q, K, V, G):
    A, dA = weights(Q, K), G @ V.T
    dS = A * (dA - (A * dA).sum(axis=1, keepdims=True))
    return {**attended(dS, Q, K, A, G), "K": dS @ Q / np.sqrt(2)}


@attention.wrong("weights not transposed in V", "V", TRANSPOSE)
def _(Q, K, V, G):
    A, dA = weights(Q, K), G @ V.T
    dS = A * (dA - (A * dA).sum(axis=1, keepdims=True))
    return {**attended(dS, Q, K, A, G), "V": A @ G}


@attention.wrong("mean by the weights taken down the columns", "Q K", r"axis|column|transpos")
def _(Q, K, V, G):
    A, dA = weights(Q, K), G @ V.T
    return attended(A * (dA - (A * dA).sum(axis=0, keepdims=True)), Q, K, A, G)


@attention.wrong("keepdims forgotten in the mean", "Q K", r"axis|keepdims|broadcast|transpos|ᵀ")
def _(Q, K, V, G):
    A, dA = weights(Q, K), G @ V.T
    return attended(A * (dA - (A * dA).sum(axis=1)), Q, K, A, G)


@attention.wrong("scale forgotten for the keys alone", "K", SCALE)
def _(Q, K, V, G):
    A, dA = weights(Q, K), G @ V.T
    dS = A * (dA - (A * dA).sum(axis=1, keepdims=True))
    return {**attended(dS, Q, K, A, G), "K": dS.T @ Q}


@attention.wrong(
    "keys for queries and queries for keys",
    "Q K",
    r"\bQ\b.*\bK\b|\bK\b.*\bQ\b",
)
def _(Q, K, V, G):
    A, dA = weights(Q, K), G @ V.T
    dS = A * (dA - (A * dA).sum(axis=1, keepdims=True))
    return attended(dS, K, Q, A, G)


LOWER = np.tril(np.ones((3, 3)))


@problem("causal attention", wrt="Q K V", shapes=SHAPES)
def causal(Q, K, V, G):
    S = Q @ K.T
    E = exp(S) * LOWER
    A = E / E.sum(axis=1, keepdims=True)
    return (G * (A @ V)).sum()


def seen(Q, K):
    E = np.exp(Q @ K.T) * LOWER
    return E / E.sum(axis=1, keepdims=True)


@causal.right("what a token sees, one prefix after the other")
def _(Q, K, V, G):
    dQ, dK, dV = np.zeros((3, 2)), np.zeros((3, 2)), np.zeros((3, 2))
    for i in range(3):
        past = slice(i + 1)
        s = K[past] @ Q[i]
        a = np.exp(s - np.logaddexp.reduce(s))
        ds = a * ((V[past] - a @ V[past]) @ G[i])
        dQ[i] = ds @ K[past]
        dK[past] += np.outer(ds, Q[i])
        dV[past] += np.outer(a, G[i])
    return {"Q": dQ, "K": dK, "V": dV}


@causal.right("scores of −∞ above the diagonal")
def _(Q, K, V, G):
    S = np.where(LOWER > 0, Q @ K.T, -np.inf)
    A = np.exp(S - S.max(axis=1, keepdims=True))
    A /= A.sum(axis=1, keepdims=True)
    dA = G @ V.T
    dS = A * (dA - np.sum(A * dA, axis=-1, keepdims=True))
    return {"Q": dS @ K, "K": dS.T @ Q, "V": A.T @ G}


@causal.wrong(
    "mask forgotten when the weights are computed again",
    "Q K V",
    lacks(r"LOWER", r"mask", r"causal"),
    r"factor \(0 or 1\) left out",
)
def _(Q, K, V, G):
    E = np.exp(Q @ K.T)
    A = E / E.sum(axis=1, keepdims=True)
    dA = G @ V.T
    dS = A * (dA - (A * dA).sum(axis=1, keepdims=True))
    return {"Q": dS @ K, "K": dS.T @ Q, "V": A.T @ G}


@causal.wrong(
    "softmax's sum taken as constant",
    "Q K",
    lacks(r"\bE \+ E[ +E]*", r"\bsum\b", r"total", r"denominator", r"normali[sz]\w+"),
    r"quotient",
)
def _(Q, K, V, G):
    A = seen(Q, K)
    dS = A * (G @ V.T)
    return {"Q": dS @ K, "K": dS.T @ Q, "V": A.T @ G}


@causal.wrong("dS for its transpose in K", "K", TRANSPOSE)
def _(Q, K, V, G):
    A, dA = seen(Q, K), G @ V.T
    dS = A * (dA - (A * dA).sum(axis=1, keepdims=True))
    return {"Q": dS @ K, "K": dS @ Q, "V": A.T @ G}


@causal.wrong("softmax's Jacobian as its diagonal", "Q K", r"diagonal|cross terms|off-diagonal")
def _(Q, K, V, G):
    A = seen(Q, K)
    dS = A * (1 - A) * (G @ V.T)
    return {"Q": dS @ K, "K": dS.T @ Q, "V": A.T @ G}


@causal.wrong("mask turned over for the weights' slope", "Q K")
def _(Q, K, V, G):
    A, dA = seen(Q, K), G @ V.T
    dS = (A * (dA - (A * dA).sum(axis=1, keepdims=True))) * np.triu(np.ones((3, 3)))
    return {"Q": dS @ K, "K": dS.T @ Q, "V": A.T @ G}


@problem(
    "additive attention",
    wrt="v q K",
    shapes={"v": (2,), "q": (2,), "K": (3, 2), "u": (2,)},
)
def additive(v, q, K, u):
    h = tanh(K + q)
    score = h @ v
    e = exp(score)
    a = e / e.sum()
    context = a @ K
    return (u * context).sum()


def aligned(v, q, K, u):
    """h, the weights, ∂L/∂score."""
    h = np.tanh(K + q)
    e = np.exp(h @ v)
    a = e / e.sum()
    return h, a, a * (K @ u - a @ K @ u)


@additive.right("keys along both paths")
def _(v, q, K, u):
    h, a, ds = aligned(v, q, K, u)
    dz = np.outer(ds, v) * (1 - h**2)
    return {"v": h.T @ ds, "q": dz.sum(0), "K": dz + np.outer(a, u)}


@additive.right("1/cosh² for tanh′, covariance under the weights")
def _(v, q, K, u):
    h, a, _ = aligned(v, q, K, u)
    gain = K @ u
    cov = np.diag(a) - a[:, None] * a
    dz = (cov @ gain)[:, None] * v / np.cosh(K + q) ** 2
    return {"v": gain @ cov @ h, "q": np.ones(3) @ dz, "K": dz + a[:, None] * u}


@additive.wrong(
    "keys' path through the scores forgotten",
    "K",
    lacks(r"score", r"tanh", r"\bh\b", r"weights", r"\bK\b"),
)
def _(v, q, K, u):
    h, a, ds = aligned(v, q, K, u)
    dz = np.outer(ds, v) * (1 - h**2)
    return {"v": h.T @ ds, "q": dz.sum(0), "K": np.outer(a, u)}


@additive.wrong("paths of the keys multiplied where they add", "K", r"multipl|product|add|sum of")
def _(v, q, K, u):
    h, a, ds = aligned(v, q, K, u)
    dz = np.outer(ds, v) * (1 - h**2)
    return {"v": h.T @ ds, "q": dz.sum(0), "K": dz * np.outer(a, u)}


@additive.wrong("1 − h for 1 − h²", "q K", r"tanh|\bh\b|squar|h²|power|expon")
def _(v, q, K, u):
    h, a, ds = aligned(v, q, K, u)
    dz = np.outer(ds, v) * (1 - h)
    return {"v": h.T @ ds, "q": dz.sum(0), "K": dz + np.outer(a, u)}


@problem("bilinear layers, einsum", wrt="x W", shapes={"x": (2,), "W": (2, 2, 3), "g": (3,)})
def einsummed(x, W, g):
    return np.einsum("i,ijk,j,k->", x, W, x, g)


@einsummed.right("both places of x")
def _(x, W, g):
    S = W @ g
    return {"x": (S + S.T) @ x, "W": np.multiply.outer(np.outer(x, x), g)}


@einsummed.wrong(
    "twice the first place",
    "x",
    r"symmetr|transpos|both (places|paths)|first place",
    r"(term|path)[^:;]*(dropped|forgotten).*factor 2",
)
def _(x, W, g):
    return {"x": 2 * (W @ g) @ x, "W": np.einsum("i,j,k->ijk", x, x, g)}
