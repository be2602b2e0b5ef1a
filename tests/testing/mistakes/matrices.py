"""Matrix calculus and regression: transposes, symmetric parts, sizes of samples."""

import numpy as np

from autograd_lite import log
from tests.testing.mistakes.case import SIGN, TWO, problem

TRANSPOSE = r"transpos|ᵀ|\.T\b|A\[|symmetr|swapped"


@problem("½‖Ax − b‖²", wrt="A x b", shapes={"A": (3, 3), "x": (3,), "b": (3,)})
def squares(A, x, b):
    r = A @ x - b
    return 0.5 * (r * r).sum()


def fitted(A, x, b):
    r = A @ x - b
    return {"A": np.outer(r, x), "x": A.T @ r, "b": -r}


@squares.right("r xᵀ, Aᵀr, −r")
def _(A, x, b):
    return fitted(A, x, b)


@squares.right("normal equations, einsum")
def _(A, x, b):
    return {
        "A": np.einsum("ik,k,j->ij", A, x, x) - np.einsum("i,j->ij", b, x),
        "x": A.T @ A @ x - b @ A,
        "b": b - A @ x,
    }


@squares.wrong("A for its transpose", "x", TRANSPOSE)
def _(A, x, b):
    return {**fitted(A, x, b), "x": A @ (A @ x - b)}


@squares.wrong("outer product the wrong way round", "A", TRANSPOSE, r"\bx\b.*\br\b|\br\b.*\bx\b")
def _(A, x, b):
    return {**fitted(A, x, b), "A": np.outer(x, A @ x - b)}


@squares.wrong("sign of the data, twice the rest", "A x b", SIGN, TWO)
def _(A, x, b):
    r = 2 * (A @ x - b)
    return {"A": np.outer(r, x), "x": A.T @ r, "b": r / 2}


@squares.wrong("data left untouched by A", "x", r"\bb\b|Aᵀ|A\.T|transpos")
def _(A, x, b):
    return {**fitted(A, x, b), "x": A.T @ A @ x - b}


@problem("xᵀAx", wrt="x A", shapes={"x": (3,), "A": (3, 3)})
def form(x, A):
    y = A @ x
    return (x * y).sum()


@form.right("symmetric part twice")
def _(x, A):
    return {"x": (A + A.T) @ x, "A": np.outer(x, x)}


@form.right("row and column of each index")
def _(x, A):
    dx = np.array([A[i] @ x + A[:, i] @ x for i in range(3)])
    return {"x": dx, "A": np.einsum("i,j->ij", x, x)}


@form.wrong("2Ax although A is not symmetric", "x", TRANSPOSE, r"\by\b|product rule")
def _(x, A):
    return {"x": 2 * A @ x, "A": np.outer(x, x)}


@form.wrong("one of the two x taken as constant", "x", r"\by\b|product rule|once|ᵀ|transpos")
def _(x, A):
    return {"x": A @ x, "A": np.outer(x, x)}


@form.wrong("diagonal of A only", "x A", r"diagonal")
def _(x, A):
    return {"x": 2 * np.diag(A) * x, "A": np.diag(x * x)}


@problem("bilinear score xᵀWy", wrt="x W y", shapes={"x": (2,), "W": (2, 3), "y": (3,)})
def bilinear(x, W, y):
    h = x @ W
    s = (h * y).sum()
    return s**2


@bilinear.right("2s times the other two")
def _(x, W, y):
    s = x @ W @ y
    return {"x": 2 * s * W @ y, "W": 2 * s * np.outer(x, y), "y": 2 * s * x @ W}


@bilinear.wrong("square forgotten", "x W y", r"(?<![\w'’])s\b|squar")
def _(x, W, y):
    return {"x": W @ y, "W": np.outer(x, y), "y": x @ W}


@bilinear.wrong("mean of y, not y, in W", "W")
def _(x, W, y):
    s = x @ W @ y
    return {"x": 2 * s * W @ y, "W": 2 * s * np.outer(x, np.full(3, y.mean())), "y": 2 * s * x @ W}


@problem(
    "ridge regression",
    wrt="w",
    shapes={"X": (5, 3), "y": (5,), "w": (3,)},
    domain={"lam": "positive"},
)
def ridge(X, y, w, lam):
    r = X @ w - y
    return (r**2).mean() + lam * (w**2).sum()


@ridge.right("Gram matrix")
def _(X, y, w, lam):
    return 2 * ((X.T @ X / 5 + lam * np.eye(3)) @ w - X.T @ y / 5)


@ridge.right("sample by sample")
def _(X, y, w, lam):
    g = 2 * lam * w
    for x, target in zip(X, y, strict=True):
        g = g + 0.4 * (x @ w - target) * x
    return g


@ridge.wrong("forgot the penalty", "w", r"\blam\b|λ|penalty|regular|w²|w\*\*2")
def _(X, y, w, lam):
    return 2 / 5 * X.T @ (X @ w - y)


@ridge.wrong("penalty's factor 2 forgotten", "w", TWO, r"\blam\b|λ|penalty")
def _(X, y, w, lam):
    return 2 / 5 * X.T @ (X @ w - y) + lam * w


@ridge.wrong(
    "penalty averaged with the samples", "w", r"\blam\b|λ|(?<![\w.])5(?!\.?\d)|1 ?/ ?n|0\.2\b|⅕"
)
def _(X, y, w, lam):
    return 2 / 5 * (X.T @ (X @ w - y) + lam * w)


@ridge.wrong(
    "divided by the number of weights",
    "w",
    r"\bn\b|(?<![\w.])[35](?!\.?\d)|\bmean\b|1\.66|0\.6|⅗|5/3|3/5",
)
def _(X, y, w, lam):
    return 2 / 3 * X.T @ (X @ w - y) + 2 * lam * w


@problem(
    "log-determinant of a 2×2 matrix",
    wrt="a b c d",
    domain={"a": (2, 3), "d": (2, 3), "b": (-1, 1), "c": (-1, 1)},
)
def logdet(a, b, c, d):
    det = a * d - b * c
    return log(det)


@logdet.right("transposed inverse")
def _(a, b, c, d):
    (ga, gb), (gc, gd) = np.linalg.inv([[a, b], [c, d]]).T
    return {"a": ga, "b": gb, "c": gc, "d": gd}


@logdet.wrong("inverse, not transposed", "b c", r"transpos|\bb\b.*\bc\b|\bc\b.*\bb\b|swap")
def _(a, b, c, d):
    (ga, gb), (gc, gd) = np.linalg.inv([[a, b], [c, d]])
    return {"a": ga, "b": gb, "c": gc, "d": gd}


@logdet.wrong("adjugate without the determinant", "a b c d", r"\bdet\b|determinant|\blog")
def _(a, b, c, d):
    return {"a": d, "b": -c, "c": -b, "d": a}


@logdet.wrong("plus in the determinant", "a b c d", SIGN, r"\+ b · c for − b · c")
def _(a, b, c, d):
    det = a * d + b * c
    return {"a": d / det, "b": c / det, "c": b / det, "d": a / det}


@problem("quadratic model of Newton's method", wrt="h", shapes={"h": (2,), "g": (2,), "H": (2, 2)})
def newton(h, g, H):
    linear = (g * h).sum()
    curved = 0.5 * (h * (H @ h)).sum()
    return linear + curved


@newton.right("g + symmetric part of H times h")
def _(h, g, H):
    return g + 0.5 * (H @ h + h @ H)


@newton.wrong("kept the half", "h", TWO, r"curved|product rule")
def _(h, g, H):
    return g + 0.5 * H @ h


@newton.wrong("H taken as symmetric", "h", r"transpos|ᵀ|\.T\b|symmetr|H\[|H @ h|curved")
def _(h, g, H):
    return g + H @ h


@newton.wrong("the step itself returned", "h")
def _(h, g, H):
    return -np.linalg.solve(H + 5 * np.eye(2), g)


@problem("Rayleigh quotient", wrt="x", shapes={"x": (3,), "A": (3, 3)})
def rayleigh(x, A):
    top = (x * (A @ x)).sum()
    bottom = (x * x).sum()
    return top / bottom


@rayleigh.right("residual of the eigenvalue")
def _(x, A):
    S, s = (A + A.T) / 2, x @ x
    return 2 * (S @ x - (x @ A @ x / s) * x) / s


@rayleigh.wrong("length taken as 1 and constant", "x", r"bottom|quotient|denominator|∂top")
def _(x, A):
    return (A + A.T) @ x


@rayleigh.wrong("factor 2 missing in the denominator's term", "x", TWO, r"bottom|product rule")
def _(x, A):
    s = x @ x
    return ((A + A.T) @ x - (x @ A @ x / s) * x) / s


@problem(
    "matrix factorisation, one rating",
    wrt="p q",
    shapes={"p": (2,), "q": (2,)},
    domain={"lam": "positive"},
)
def rating(p, q, r, lam):
    error = r - (p * q).sum()
    return error**2 + lam * ((p**2).sum() + (q**2).sum())


@rating.right("both factors")
def _(p, q, r, lam):
    e = r - p @ q
    return {"p": 2 * (lam * p - e * q), "q": 2 * (lam * q - e * p)}


@rating.wrong("p stepped before q's gradient was taken", "q", r"\bp\b")
def _(p, q, r, lam):
    e = r - p @ q
    dp = 2 * (lam * p - e * q)
    p -= 0.05 * dp
    return {"p": dp, "q": 2 * (lam * q - e * p)}
