"""Likelihoods and divergences."""

import numpy as np

from autograd_lite import exp, log, log2, sigmoid, softplus
from tests.testing.mistakes.case import SIGN, TWO, problem

SIGMA = r"sigma|σ|varian"


@problem(
    "Gaussian negative log-likelihood",
    wrt="mu sigma",
    domain={"sigma": "positive"},
)
def gaussian(mu, sigma, x):
    r = (x - mu) / sigma
    return log(sigma) + 0.5 * r**2


@gaussian.right("over powers of sigma")
def _(mu, sigma, x):
    return {"mu": (mu - x) / sigma**2, "sigma": 1 / sigma - (x - mu) ** 2 / sigma**3}


@gaussian.right("on one denominator")
def _(mu, sigma, x):
    r = (x - mu) / sigma
    return {"mu": -r / sigma, "sigma": (1 - r) * (1 + r) / sigma}


@gaussian.wrong("forgot 1/σ²", "mu", SIGMA)
def _(mu, sigma, x):
    return {"mu": mu - x, "sigma": 1 / sigma - (x - mu) ** 2 / sigma**3}


@gaussian.wrong("1/σ for 1/σ²", "mu", SIGMA)
def _(mu, sigma, x):
    return {"mu": (mu - x) / sigma, "sigma": 1 / sigma - (x - mu) ** 2 / sigma**3}


@gaussian.wrong(
    "derivative by the variance", "sigma", r"varian|σ²|factor.*(sigma|σ)|(sigma|σ).*factor", TWO
)
def _(mu, sigma, x):
    return {"mu": (mu - x) / sigma**2, "sigma": 0.5 / sigma**2 - 0.5 * (x - mu) ** 2 / sigma**4}


@gaussian.wrong("log of sigma forgotten", "sigma", r"\blog|\bln\b|1 ?/ ?(sigma|σ)")
def _(mu, sigma, x):
    return {"mu": (mu - x) / sigma**2, "sigma": -((x - mu) ** 2) / sigma**3}


@gaussian.wrong("residual turned, and plus for minus in sigma", "mu sigma", SIGN)
def _(mu, sigma, x):
    return {"mu": (x - mu) / sigma**2, "sigma": 1 / sigma + (x - mu) ** 2 / sigma**3}


@problem(
    "Gaussian negative log-likelihood of a sample, by log sigma",
    wrt="mu s",
    shapes={"x": (5,)},
    domain={"s": (-1, 1)},
)
def gaussians(mu, s, x):
    sigma = exp(s)
    r = (x - mu) / sigma
    return (s + 0.5 * r**2).mean()


@gaussians.right("1 minus the mean square")
def _(mu, s, x):
    r = (x - mu) * np.exp(-s)
    return {"mu": -r.mean() * np.exp(-s), "s": 1 - r @ r / 5}


@gaussians.right("by moments of the sample")
def _(mu, s, x):
    precision = np.exp(-2 * s)
    return {
        "mu": precision * (mu - x.mean()),
        "s": 1 - precision * (x.var() + (x.mean() - mu) ** 2),
    }


@gaussians.wrong("derivative by sigma left as it was", "s", SIGMA, r"\bexp\b")
def _(mu, s, x):
    sigma = np.exp(s)
    r = (x - mu) / sigma
    return {"mu": -r.mean() / sigma, "s": (1 - r @ r / 5) / sigma}


@gaussians.wrong("variance about the sample mean, not mu", "s", r"\bmu\b|μ|\bmean\b")
def _(mu, s, x):
    return {"mu": (mu - x.mean()) * np.exp(-2 * s), "s": 1 - x.var() * np.exp(-2 * s)}


@gaussians.wrong(
    "sum for the mean", "mu s", r"1 ?/ ?n|(?<![\w.])5(?!\.?\d)|0\.2\b|⅕|\bmean\b|average"
)
def _(mu, s, x):
    r = (x - mu) * np.exp(-s)
    return {"mu": -r.sum() * np.exp(-s), "s": 5 - r @ r}


@problem(
    "Poisson regression",
    wrt="w b",
    shapes={"x": (4,), "k": (4,)},
    domain={"k": {0, 1, 2, 3}},
)
def poisson(w, b, x, k):
    eta = w * x + b
    rate = exp(eta)
    return (rate - k * eta).sum()


@poisson.right("rate minus count")
def _(w, b, x, k):
    r = np.exp(w * x) * np.exp(b) - k
    return {"w": x @ r, "b": r.sum()}


@poisson.wrong("rate's chain to w without x", "w", r"\bx\b")
def _(w, b, x, k):
    rate = np.exp(w * x + b)
    return {"w": (rate - k * x).sum(), "b": (rate - k).sum()}


@poisson.wrong("derivative by the rate, not its log", "w b", r"\brate|\bexp\b|\beta\b|η")
def _(w, b, x, k):
    r = 1 - k / np.exp(w * x + b)
    return {"w": x @ r, "b": r.sum()}


@poisson.wrong("linear rate as in least squares", "w b", r"\bexp\b|\brate")
def _(w, b, x, k):
    r = w * x + b - k
    return {"w": x @ r, "b": r.sum()}


@problem("KL divergence of two Bernoullis", wrt="p q", domain={"p": (0, 1), "q": (0, 1)})
def divergence(p, q):
    success = p * log(p / q)
    failure = (1 - p) * log((1 - p) / (1 - q))
    return success + failure


@divergence.right("log of the odds' ratio")
def _(p, q):
    return {"p": np.log(p / (1 - p)) - np.log(q / (1 - q)), "q": (q - p) / (q * (1 - q))}


@divergence.right("term by term")
def _(p, q):
    return {
        "p": np.log(p / q) + 1 - np.log((1 - p) / (1 - q)) - 1,
        "q": -p / q + (1 - p) / (1 - q),
    }


@divergence.wrong(
    "p in front of the log taken as constant", "p", r"product rule|\blog|success|failure"
)
def _(p, q):
    return {"p": p / p - (1 - p) / (1 - p), "q": (q - p) / (q * (1 - q))}


@divergence.wrong("q differentiated in the first term only", "q", r"failure|1 [-−] q")
def _(p, q):
    return {"p": np.log(p / q) - np.log((1 - p) / (1 - q)), "q": -p / q}


@divergence.wrong(
    "the arguments the other way round", "p q", r"swap|\bp\b.*\bq\b|\bq\b.*\bp\b|order"
)
def _(p, q):
    return {"q": np.log(q / p) - np.log((1 - q) / (1 - p)), "p": (p - q) / (p * (1 - p))}


@divergence.wrong("minus of 1 - q forgotten", "q", SIGN, r"1 [-−] q")
def _(p, q):
    return {"p": np.log(p / q) - np.log((1 - p) / (1 - q)), "q": -p / q - (1 - p) / (1 - q)}


@problem("KL divergence of a Gaussian to the standard one", wrt="mu s", domain={"s": (-1, 1)})
def prior(mu, s):
    var = exp(2 * s)
    return 0.5 * (var + mu**2 - 1) - s


@prior.right("with expm1")
def _(mu, s):
    return {"mu": mu, "s": np.expm1(2 * s)}


@prior.wrong("inner factor 2 of the variance forgotten", "s", TWO, r"\bexp\b|\bvar\b|varian")
def _(mu, s):
    return {"mu": mu, "s": 0.5 * np.exp(2 * s) - 1}


@prior.wrong("entropy forgotten", "s", r"[-−] ?1|(?<![\w.])1(?!\.?\d)|(?<!')\bs\b")
def _(mu, s):
    return {"mu": mu, "s": np.exp(2 * s)}


@problem("entropy in bits", wrt="p", domain={"p": (0, 1)})
def entropy(p):
    q = 1 - p
    return -p * log2(p) - q * log2(q)


@entropy.right("log2 of the odds")
def _(p):
    return np.log2(1 - p) - np.log2(p)


@entropy.wrong("natural logarithm for log2", "p", r"ln ?2|log2|log\(2\)|0\.693|1\.44|base")
def _(p):
    return np.log((1 - p) / p)


@entropy.wrong("forgot that q depends on p", "p", r"\bq\b|1 [-−] p")
def _(p):
    return -np.log2(p) - 1 / np.log(2)


@entropy.wrong("product rule in the first term only", "p", r"product rule|log2|\bq\b|1\.44")
def _(p):
    return -np.log2(p) - 1 / np.log(2) + np.log2(1 - p)


@problem(
    "logistic regression on a batch, with weight decay",
    wrt="w b",
    shapes={"X": (6, 2), "y": (6,), "w": (2,)},
    domain={"y": {0, 1}, "lam": "positive"},
)
def logistic(X, y, w, b, lam):
    z = X @ w + b
    loss = (softplus(z) - y * z).mean()
    return loss + 0.5 * lam * (w**2).sum()


def residual(X, y, w, b):
    return (1 / (1 + np.exp(-(X @ w + b))) - y) / len(y)


@logistic.right("matrices")
def _(X, y, w, b, lam):
    r = residual(X, y, w, b)
    return {"w": X.T @ r + lam * w, "b": r.sum()}


@logistic.right("split by class")
def _(X, y, w, b, lam):
    p = sigmoid(X @ w + b)
    up, down = (1 - p) * (y == 1), p * (y == 0)
    return {"w": ((down - up)[:, None] * X).mean(0) + w * lam, "b": (down - up).mean()}


@logistic.wrong("forgot the weight decay", "w", r"\blam\b|λ|regular|decay|penalty")
def _(X, y, w, b, lam):
    r = residual(X, y, w, b)
    return {"w": X.T @ r, "b": r.sum()}


@logistic.wrong("decayed the bias too", "b", r"\blam\b|λ|decay")
def _(X, y, w, b, lam):
    r = residual(X, y, w, b)
    return {"w": X.T @ r + lam * w, "b": r.sum() + lam * b}


@logistic.wrong(
    "weight decay averaged over the batch, and twice its size", "w", r"\blam\b|λ|decay|axis 0"
)
def _(X, y, w, b, lam):
    r = residual(X, y, w, b)
    return {"w": X.T @ r + 2 * lam * w / 6, "b": r.sum()}


@logistic.wrong(
    "loss summed, decay not", "w b", r"1 ?/ ?n|(?<![\w.])6(?!\.?\d)|\bmean\b|average|batch|0\.16|⅙"
)
def _(X, y, w, b, lam):
    r = residual(X, y, w, b) * 6
    return {"w": X.T @ r + lam * w, "b": r.sum()}


@logistic.wrong("targets of -1 and 1 in a formula for 0 and 1", "w b", r"\by\b|target")
def _(X, y, w, b, lam):
    r = residual(X, 2 * y - 1, w, b)
    return {"w": X.T @ r + lam * w, "b": r.sum()}
