"""Embeddings and factorisations: rows looked up, some of them more than once."""

import numpy as np

from autograd_lite import log, sigmoid
from tests.testing.mistakes.case import SIGN, TWO, lacks, problem

REPEATED = r"repeat|duplic|np\.add\.at|count(ed)? (twice|once)|once more|index|occur"
NEGATIVES = np.array([1, 3, 1])  # words drawn as negatives: one of them twice


@problem(
    "skip-gram with negative samples",
    wrt="v O",
    shapes={"v": (2,), "O": (4, 2)},
    domain={"word": {0, 2}},
)
def skipgram(v, O, word):  # noqa: E741
    good = sigmoid(O[word] @ v)
    bad = sigmoid(-(O[NEGATIVES] @ v))
    return -log(good) - log(bad).sum()


def scores(v, O, word):  # noqa: E741
    """The words in the order of the loss, and σ minus 1 for the true one, σ for the others."""
    words = np.array([word, *NEGATIVES])
    d = 1 / (1 + np.exp(-(O[words] @ v)))
    d[0] -= 1
    return words, d


@skipgram.right("np.add.at")
def _(v, O, word):  # noqa: E741
    words, d = scores(v, O, word)
    dO = np.zeros_like(O)
    np.add.at(dO, words, np.outer(d, v))
    return {"v": d @ O[words], "O": dO}


@skipgram.right("how often a word was drawn, times its slope")
def _(v, O, word):  # noqa: E741
    often = np.bincount(NEGATIVES, minlength=4)
    sigma = np.exp(-np.logaddexp(0, -(O @ v)))
    d = often * sigma + (np.arange(4) == word) * (sigma - 1)
    return {"v": O.T @ d, "O": d[:, None] * v}


@skipgram.right("one-hot rows, matrices only")
def _(v, O, word):  # noqa: E741
    words, d = scores(v, O, word)
    H = np.eye(4)[words]
    return {"v": d @ (H @ O), "O": H.T @ (d[:, None] @ v[None, :])}


@skipgram.wrong("a word drawn twice counted once", "O", REPEATED, TWO)
def _(v, O, word):  # noqa: E741
    words, d = scores(v, O, word)
    dO = np.zeros_like(O)
    dO[words] += np.outer(d, v)
    return {"v": d @ O[words], "O": dO}


@skipgram.wrong("negatives attracted too", "v O", SIGN)
def _(v, O, word):  # noqa: E741
    words, d = scores(v, O, word)
    d[1:] *= -1
    dO = np.zeros_like(O)
    np.add.at(dO, words, np.outer(d, v))
    return {"v": d @ O[words], "O": dO}


@skipgram.wrong("1 − σ for σ − 1", "v O", SIGN)
def _(v, O, word):  # noqa: E741
    words, d = scores(v, O, word)
    dO = np.zeros_like(O)
    np.add.at(dO, words, -np.outer(d, v))
    return {"v": -d @ O[words], "O": dO}


@skipgram.wrong("v moved before it was used for O", "O", r"updat|moved|stale|before it")
def _(v, O, word):  # noqa: E741
    words, d = scores(v, O, word)
    dv = d @ O[words]
    dO = np.zeros_like(O)
    np.add.at(dO, words, np.outer(d, v - 0.5 * dv))
    return {"v": dv, "O": dO}


@problem(
    "weighted count regression",
    wrt="u v a b",
    shapes={"u": (3,), "v": (3,)},
    domain={"count": (1, 9)},
)
def glove(u, v, a, b, count):
    weight = (count / 10) ** 0.75
    miss = (u * v).sum() + a + b - log(count)
    return weight * miss**2


def missed(u, v, a, b, count):
    return (count / 10) ** 0.75, u @ v + a + b - np.log(count)


@glove.right("one factor for all")
def _(u, v, a, b, count):
    d = 2 * np.exp(0.75 * np.log(count / 10)) * (np.dot(u, v) - np.log(count) + (a + b))
    return {"u": d * v, "v": d * u, "a": d, "b": d}


@glove.right("expanded into its products")
def _(u, v, a, b, count):
    w = 2 * (count / 10) ** 0.75
    d = w * u @ v + w * a + w * b - w * np.log(count)
    return {"u": np.multiply(v, d), "v": np.multiply(u, d), "a": d, "b": d}


@glove.wrong(
    "weights squared", "u v a b", r"weight[^:;]*(twice|square)|extra factor weight|weight · weight"
)
def _(u, v, a, b, count):
    w, m = missed(u, v, a, b, count)
    d = 2 * w * w * m
    return {"u": d * v, "v": d * u, "a": d, "b": d}


@glove.wrong("2 forgotten", "u v a b", TWO)
def _(u, v, a, b, count):
    w, m = missed(u, v, a, b, count)
    return {"u": w * m * v, "v": w * m * u, "a": w * m, "b": w * m}


@glove.wrong("u for v", "u", r"\bu\b stands where v|towards v, not u")
def _(u, v, a, b, count):
    w, m = missed(u, v, a, b, count)
    d = 2 * w * m
    return {"u": d * u, "v": d * u, "a": d, "b": d}


@problem(
    "ratings factorised, with gaps",
    wrt="U V m",
    shapes={"U": (3, 2), "V": (3, 2), "R": (3, 3), "M": (3, 3)},
    domain={"M": {0, 1}, "lam": "positive"},
)
def ratings(U, V, m, R, M, lam):
    miss = M * (U @ V.T + m - R)
    return 0.5 * (miss**2).sum() + 0.5 * lam * ((U**2).sum() + (V**2).sum())


def gaps(U, V, m, R, M):
    return M * (U @ V.T + m - R)


@ratings.right("E V + λU")
def _(U, V, m, R, M, lam):
    E = gaps(U, V, m, R, M)
    return {"U": E @ V + lam * U, "V": E.T @ U + lam * V, "m": E.sum()}


@ratings.right("one rating after the other, in place")
def _(U, V, m, R, M, lam):
    dU, dV, dm = lam * U, lam * V, 0.0
    for i, j in np.argwhere(M):
        e = U[i] @ V[j] + m - R[i, j]
        dU[i] += e * V[j]
        dV[j] += e * U[i]
        dm += e
    return {"U": dU, "V": dV, "m": dm}


@ratings.right("normal equations of each row")
def _(U, V, m, R, M, lam):
    A = np.einsum("ij,jk,jl->ikl", M, V, V) + lam * np.eye(2)
    B = np.einsum("ij,ik,il->jkl", M, U, U) + lam * np.eye(2)
    dU = np.einsum("ikl,il->ik", A, U) - (M * (R - m)) @ V
    dV = np.einsum("jkl,jl->jk", B, V) - (M * (R - m)).T @ U
    return {"U": dU, "V": dV, "m": np.vdot(M, U @ V.T - R) + m * M.sum()}


@ratings.wrong("gaps counted as ratings", "U V m", lacks(r"\bM\b", r"mask"))
def _(U, V, m, R, M, lam):
    E = U @ V.T + m - R
    return {"U": E @ V + lam * U, "V": E.T @ U + lam * V, "m": E.sum()}


@ratings.wrong("E for Eᵀ", "V", r"transpos|ᵀ|\.T\b|swapped")
def _(U, V, m, R, M, lam):
    E = gaps(U, V, m, R, M)
    return {"U": E @ V + lam * U, "V": E @ U + lam * V, "m": E.sum()}


@ratings.wrong(
    "penalty on the mean too", "m", r"(extra|surplus|additional).*\bm\b|\bm\b.*(extra|penal|regul)"
)
def _(U, V, m, R, M, lam):
    E = gaps(U, V, m, R, M)
    return {"U": E @ V + lam * U, "V": E.T @ U + lam * V, "m": E.sum() + lam * m}


@ratings.wrong("U already moved when V's turn comes", "V", r"updat|moved|stale|before it")
def _(U, V, m, R, M, lam):
    E = gaps(U, V, m, R, M)
    dU = E @ V + lam * U
    return {"U": dU, "V": E.T @ (U - 0.1 * dU) + lam * V, "m": E.sum()}


@ratings.wrong(
    "mean rating for the sum", "m", r"(?<![\w.])9(?!\.?\d)|⅑|0\.111|\bmean\b|\bsum\b|1/n"
)
def _(U, V, m, R, M, lam):
    E = gaps(U, V, m, R, M)
    return {"U": E @ V + lam * U, "V": E.T @ U + lam * V, "m": E.mean()}


WORDS = np.array([0, 2, 2, 4])


@problem("mean of word vectors, log loss", wrt="E w", shapes={"E": (5, 2), "w": (2,)})
def bag(E, w):
    mean = E[WORDS].mean(axis=0)
    return -log(sigmoid(mean @ w))


@bag.right("counts over their number")
def _(E, w):
    share = np.bincount(WORDS, minlength=5) / 4
    d = -1 / (1 + np.exp(share @ E @ w))
    return {"E": d * np.outer(share, w), "w": d * share @ E}


@bag.right("word after word, in place")
def _(E, w):
    m = sum(E[k] for k in WORDS) / 4
    d = -np.exp(-np.logaddexp(0, m @ w))
    dE = np.zeros((5, 2))
    for k in WORDS:
        dE[k] += 0.25 * d * w
    return {"E": dE, "w": d * m}


@bag.wrong("word that occurs twice counted once", "E", REPEATED, TWO)
def _(E, w):
    m = E[WORDS].mean(axis=0)
    d = -1 / (1 + np.exp(m @ w))
    dE = np.zeros((5, 2))
    dE[WORDS] += d * w / 4
    return {"E": dE, "w": d * m}


@bag.wrong(
    "not divided by the number of words", "E", r"(?<![\w.])4(?!\.?\d)|¼|0\.25|\bmean\b|1 ?/ ?n"
)
def _(E, w):
    share = np.bincount(WORDS, minlength=5)
    d = -1 / (1 + np.exp(share @ E @ w / 4))
    return {"E": d * np.outer(share, w), "w": d * share @ E / 4}


@bag.wrong(
    "divided by the words of the dictionary",
    "E w",
    r"4/5|0\.8\b|1\.25|⅘|with n = 5|(?<![\w.])5(?!\.?\d)",
)
def _(E, w):
    share = np.bincount(WORDS, minlength=5)
    d = -1 / (1 + np.exp(share @ E @ w / 4))
    return {"E": d * np.outer(share, w) / 5, "w": d * share @ E / 5}
