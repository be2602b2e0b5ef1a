"""Do the ten identities hold, and what do their ᵀ and tr mean for a derivative of four indices?

004 §5.5 (常用梯度恒等式, useful identities), (5.99)-(5.108): both sides, on one set of numbers.
"""

import numpy as np
from show import draw_array, pyplot, save, table

from autograd_lite import grad, jacobian
from autograd_lite.linalg import det, inv, outer, trace

X, M = np.array([[2.0, 1.0], [-1.0, 3.0]]), np.array([[1.0, 2.0], [0.0, -1.0]])
a, b, b3 = np.array([1.0, 2.0]), np.array([3.0, -1.0]), np.array([2.0, 0.0, -1.0])
x, a3 = np.array([1.0, -2.0, 0.5]), np.array([3.0, 1.0, -4.0])
B = np.array([[1.0, 2.0, 0.0], [-1.0, 3.0, 4.0], [2.0, 0.0, -2.0]])  # not symmetric
A, s = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]]), np.array([0.5, -1.0])
SYMMETRIC = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 4.0]])
OTHER = np.array([[2.0, 1.0, 0.0], [5.0, 3.0, -1.0], [0.0, 2.0, 4.0]])


def f(X):
    return X @ M @ X


def between(left, T, right):  # for each k, l
    return np.einsum("ia,abkl,bj->ijkl", left, T, right)


def main():
    def loss(W):
        return lambda s: (x - A @ s) @ W @ (x - A @ s)

    T, D, F, V = jacobian(f)(X), det(f(X)), inv(f(X)), inv(X)
    sides = {
        "(5.99) fᵀ": (jacobian(lambda X: f(X).T)(X), T.swapaxes(0, 1)),
        "(5.100) tr f": (grad(lambda X: trace(f(X)))(X), trace(T)),
        "(5.101) det f": (grad(lambda X: det(f(X)))(X), D * trace(between(F, T, np.eye(2)))),
        "(5.102) f⁻¹": (jacobian(lambda X: inv(f(X)))(X), -between(F, T, F)),
        "(5.103) aᵀX⁻¹b": (grad(lambda X: a @ inv(X) @ b)(X), -V.T @ outer(a, b) @ V.T),
        "(5.104) xᵀa": (grad(lambda x: x @ a3)(x), a3),
        "(5.105) aᵀx": (grad(lambda x: a3 @ x)(x), a3),
        "(5.106) aᵀXb": (grad(lambda X: a @ X @ b3)(np.ones((2, 3))), outer(a, b3)),
        "(5.107) xᵀBx": (grad(lambda x: x @ B @ x)(x), x @ (B + B.T)),
        "(5.108) W = Wᵀ": (grad(loss(SYMMETRIC))(s), -2 * (x - A @ s) @ SYMMETRIC @ A),
        "(5.108) W ≠ Wᵀ: not so": (grad(loss(OTHER))(s), -2 * (x - A @ s) @ OTHER @ A),
        "W ≠ Wᵀ: −(x − As)ᵀ(W + Wᵀ)A": (grad(loss(OTHER))(s), -(x - A @ s) @ (OTHER + OTHER.T) @ A),
    }
    for name, (ours, formula) in sides.items():
        index = [tuple(k + 1 for k in i) for i in np.ndindex(ours.shape)]
        table(name, list(zip(map(str, index), formula.flat, ours.flat, strict=True)))
    if plt := pyplot():
        figure, panels = plt.subplots(1, 3, figsize=(9, 3.4), width_ratios=(2, 2, 1))
        names = "T_ijkl = ∂f_ij/∂X_kl, f = XMX", "Tᵀ: i and j change places", "tr T"
        for axes, array, name in zip(panels, (T, T.swapaxes(0, 1), trace(T)), names, strict=True):
            draw_array(axes, array, name)
        save(figure, "matrix_identities.svg")


if __name__ == "__main__":
    main()
