"""Policy gradients and values of a reinforcement-learning course."""

import math

import numpy as np

from autograd_lite import exp, log, maximum, minimum
from tests.testing.mistakes.case import SIGN, TWO, lacks, problem

ACTIONS = np.array([0, 2, 2, 1])


@problem("REINFORCE with a baseline", wrt="theta", shapes={"theta": (3,), "returns": (4,)})
def reinforce(theta, returns, baseline):
    e = exp(theta)
    p = e / e.sum()
    advantage = returns - baseline
    return -(advantage * log(p[ACTIONS])).mean()


def policy(theta):
    return np.exp(theta - np.logaddexp.reduce(theta))


@reinforce.right("one-hot minus policy, weighed by the advantage")
def _(theta, returns, baseline):
    return -(returns - baseline) @ (np.eye(3)[ACTIONS] - policy(theta)) / 4


@reinforce.right("advantages gathered by action")
def _(theta, returns, baseline):
    a = returns - baseline
    by_action = np.bincount(ACTIONS, weights=a, minlength=3)
    return (policy(theta) * by_action.sum() - by_action) / 4


@reinforce.right("np.add.at, action after action")
def _(theta, returns, baseline):
    g = np.zeros(3)
    np.add.at(g, ACTIONS, (baseline - returns) / 4)
    g += policy(theta) * (np.mean(returns) - baseline)
    return g


@reinforce.wrong("ascends: the minus of the loss forgotten", "theta", SIGN)
def _(theta, returns, baseline):
    return (returns - baseline) @ (np.eye(3)[ACTIONS] - policy(theta)) / 4


@reinforce.wrong(
    "baseline forgotten", "theta", lacks(r"baseline"), r"returns stands where advantage"
)
def _(theta, returns, baseline):
    return -returns @ (np.eye(3)[ACTIONS] - policy(theta)) / 4


@reinforce.wrong(
    "an action taken twice counted once", "theta", r"repeat|duplic|np\.add\.at|index|once|occur"
)
def _(theta, returns, baseline):
    g = policy(theta) * (returns - baseline).mean()
    g[ACTIONS] -= (returns - baseline) / 4
    return g


@reinforce.wrong(
    "advantages squared", "theta", r"advantage.*(squar|twice|²)|(extra|squar).*advantage"
)
def _(theta, returns, baseline):
    return -((returns - baseline) ** 2) @ (np.eye(3)[ACTIONS] - policy(theta)) / 4


@reinforce.wrong(
    "policy's normalisation taken as constant",
    "theta",
    lacks(r"\be \+ e[ +e]*", r"\bsum\b", r"denominator", r"normali[sz]\w+"),
    r"quotient",
)
def _(theta, returns, baseline):
    return -(returns - baseline) @ np.eye(3)[ACTIONS] / 4


@problem("entropy of a softmax policy", wrt="theta", shapes={"theta": (4,)})
def entropy(theta):
    e = exp(theta)
    p = e / e.sum()
    return -(p * log(p)).sum()


@entropy.right("−p(log p + H)")
def _(theta):
    p = policy(theta)
    logp = np.log(p)
    return -p * (logp - p @ logp)


@entropy.right("covariance of the logits under the policy")
def _(theta):
    p = policy(theta)
    return np.outer(p, p) @ theta - p * theta


@entropy.wrong("Jacobian's diagonal alone", "theta", r"diagonal|cross terms|off-diagonal")
def _(theta):
    p = policy(theta)
    return -p * (1 - p) * (np.log(p) + 1)


@entropy.wrong("stopped at the probabilities", "theta", r"stopped|towards p\b|∂p|softmax")
def _(theta):
    return -(np.log(policy(theta)) + 1)


@entropy.wrong("entropy's own minus twice", "theta", SIGN)
def _(theta):
    p = policy(theta)
    return -p * (np.log(p) - (p * np.log(p)).sum()) * -1


@problem("clipped policy ratio", wrt="logp", domain={"logp": (-1.5, 0), "old": (-1, -0.5)})
def clipped(logp, old, A):
    ratio = exp(logp - old)
    kept = minimum(maximum(ratio, 0.8), 1.2)
    return -minimum(ratio * A, kept * A)


@clipped.right("zero where the clip holds it back")
def _(logp, old, A):
    ratio = math.exp(logp - old)
    stopped = (A > 0 and ratio > 1.2) or (A < 0 and ratio < 0.8)
    return 0.0 if stopped else -ratio * A


@clipped.right("in logs, a step of the sign")
def _(logp, old, A):
    gap = (logp - old) * np.sign(A)
    bound = math.log(1.2) if A > 0 else -math.log(0.8)
    return -A * np.exp(logp - old) * (gap < bound)


@clipped.wrong(
    "clip never active",
    "logp",
    r"ratio · A everywhere|never|minimum left out",
    lacks(r"clip", r"kept", r"gate", r"minimum"),
)
def _(logp, old, A):
    return -math.exp(logp - old) * A


@clipped.wrong(
    "gate blind to the advantage's sign",
    "logp",
    r"kept · A everywhere|minimum left out|clip|advantage",
)
def _(logp, old, A):
    ratio = math.exp(logp - old)
    return -ratio * A * (0.8 < ratio < 1.2)


@clipped.wrong(
    "ratio's own slope taken to be 1", "logp", lacks(r"ratio", r"exp", r"local derivative")
)
def _(logp, old, A):
    ratio = math.exp(logp - old)
    stopped = (A > 0 and ratio > 1.2) or (A < 0 and ratio < 0.8)
    return 0.0 if stopped else -A


@problem("Gaussian policy", wrt="w s", shapes={"w": (2,), "x": (2,)}, domain={"s": (-1, 1)})
def gaussian(w, s, x, action, G):
    mean = (w * x).sum()
    z = (action - mean) * exp(-s)
    logp = -0.5 * z**2 - s
    return -G * logp


@gaussian.right("z over sigma, and 1 − z²")
def _(w, s, x, action, G):
    sigma = math.exp(s)
    z = (action - w @ x) / sigma
    return {"w": -G * z / sigma * x, "s": G * (1 - z) * (1 + z)}


@gaussian.right("in single precision", rel=1e-4, abs=1e-5)
def _(w, s, x, action, G):
    w, x = w.astype(np.float32), x.astype(np.float32)
    s, action, G = np.float32(s), np.float32(action), np.float32(G)
    miss, precision = action - w @ x, np.exp(-2 * s)
    return {"w": -G * miss * precision * x, "s": G - G * miss * miss * precision}


@gaussian.wrong("1/σ for 1/σ²", "w", lacks(r"exp\([-−]s\)", r"σ", r"sigma"), r"division by")
def _(w, s, x, action, G):
    z = (action - w @ x) * math.exp(-s)
    return {"w": -G * z * x, "s": G * (1 - z * z)}


@gaussian.wrong("half too much in z²", "s", TWO)
def _(w, s, x, action, G):
    z = (action - w @ x) * math.exp(-s)
    return {"w": -G * z * math.exp(-s) * x, "s": G * (1 - z * z / 2)}


@problem("squared Bellman residual", wrt="w", shapes={"w": (3,), "now": (3,), "next": (3,)})
def bellman(w, now, next, reward):
    v = (w * now).sum()
    v2 = (w * next).sum()
    delta = reward + 0.9 * v2 - v
    return 0.5 * delta**2


@bellman.right("residual gradient")
def _(w, now, next, reward):
    step = 0.9 * next - now
    return (reward + w @ step) * step


@bellman.right("rank-one matrix")
def _(w, now, next, reward):
    d = now - 0.9 * next
    return np.outer(d, d) @ w - reward * d


@bellman.wrong("semi-gradient: the target held constant", "w", lacks(r"v2", r"target", r"next"))
def _(w, now, next, reward):
    return -(reward + w @ (0.9 * next - now)) * now


@bellman.wrong("discount forgotten in the step", "w", lacks(r"0\.9", r"discount"))
def _(w, now, next, reward):
    return (reward + w @ (0.9 * next - now)) * (next - now)


@bellman.wrong("sign of the value lost", "w", SIGN)
def _(w, now, next, reward):
    return (reward + w @ (0.9 * next - now)) * (0.9 * next + now)
