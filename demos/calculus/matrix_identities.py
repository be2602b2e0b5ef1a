"""Do the ten identities hold, and what do their ᵀ and tr mean for a derivative of four indices?

004 §5.5 (常用梯度恒等式, useful identities), (5.99)-(5.108): both sides, on one set of numbers.

中文: 常用梯度恒等式
"""

import numpy as np
from show import draw_array, pyplot, save, table

from autograd_lite import grad, jacobian
from autograd_lite.linalg import det, inv, outer, trace

# For f = XMX, and aᵀX⁻¹b.
X = np.array([[2.0, 1.0], [-1.0, 3.0]])
M = np.array([[1.0, 2.0], [0.0, -1.0]])
a = np.array([1.0, 2.0])
b = np.array([3.0, -1.0])
# Vectors and a matrix of three, for (5.104)-(5.107); B is not symmetric.
x = np.array([1.0, -2.0, 0.5])
a3 = np.array([3.0, 1.0, -4.0])
b3 = np.array([2.0, 0.0, -1.0])
B = np.array([[1.0, 2.0, 0.0], [-1.0, 3.0, 4.0], [2.0, 0.0, -2.0]])
# For (x − As)ᵀW(x − As), with two W.
A = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]])
s = np.array([0.5, -1.0])
SYMMETRIC = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 4.0]])
NOT_SYMMETRIC = np.array([[2.0, 1.0, 0.0], [5.0, 3.0, -1.0], [0.0, 2.0, 4.0]])


def f(X):
    return X @ M @ X


def between(left, T, right):
    """left · T[:, :, k, l] · right, for each k and l."""
    return np.einsum("ia,abkl,bj->ijkl", left, T, right)


def weighted_square(W):
    """(x − As)ᵀW(x − As), as a function of s."""
    return lambda s: (x - A @ s) @ W @ (x - A @ s)


def main():
    T = jacobian(f)(X)
    T_transposed = T.swapaxes(0, 1)
    f_inverse = inv(f(X))
    X_inverse = inv(X)
    error = x - A @ s
    sides = {  # identity: (the derivative, the formula for it)
        "(5.99) fᵀ": (jacobian(lambda X: f(X).T)(X), T_transposed),
        "(5.100) tr f": (grad(lambda X: trace(f(X)))(X), trace(T)),
        "(5.101) det f": (
            grad(lambda X: det(f(X)))(X),
            det(f(X)) * trace(between(f_inverse, T, np.eye(2))),
        ),
        "(5.102) f⁻¹": (
            jacobian(lambda X: inv(f(X)))(X),
            -between(f_inverse, T, f_inverse),
        ),
        "(5.103) aᵀX⁻¹b": (
            grad(lambda X: a @ inv(X) @ b)(X),
            -X_inverse.T @ outer(a, b) @ X_inverse.T,
        ),
        "(5.104) xᵀa": (grad(lambda x: x @ a3)(x), a3),
        "(5.105) aᵀx": (grad(lambda x: a3 @ x)(x), a3),
        "(5.106) aᵀXb": (grad(lambda X: a @ X @ b3)(np.ones((2, 3))), outer(a, b3)),
        "(5.107) xᵀBx": (grad(lambda x: x @ B @ x)(x), x @ (B + B.T)),
        "(5.108) W = Wᵀ": (
            grad(weighted_square(SYMMETRIC))(s),
            -2 * error @ SYMMETRIC @ A,
        ),
        "(5.108) W ≠ Wᵀ: not so": (
            grad(weighted_square(NOT_SYMMETRIC))(s),
            -2 * error @ NOT_SYMMETRIC @ A,
        ),
        "W ≠ Wᵀ: −(x − As)ᵀ(W + Wᵀ)A": (
            grad(weighted_square(NOT_SYMMETRIC))(s),
            -error @ (NOT_SYMMETRIC + NOT_SYMMETRIC.T) @ A,
        ),
    }
    for name, (ours, formula) in sides.items():
        rows = []
        for index in np.ndindex(ours.shape):
            from_one = tuple(k + 1 for k in index)
            rows.append((str(from_one), formula[index], ours[index]))
        table(name, rows)
    if plt := pyplot():
        figure, (left, middle, right) = plt.subplots(1, 3, figsize=(9, 3.4), width_ratios=(2, 2, 1))
        draw_array(left, T, "T_ijkl = ∂f_ij/∂X_kl, f = XMX")
        draw_array(middle, T_transposed, "Tᵀ: i and j change places")
        draw_array(right, trace(T), "tr T")
        finding = (
            "The derivative of a matrix by a matrix as a matrix of matrices, its transpose, and "
            "its trace."
        )
        save(figure, "matrix_identities.svg", finding)


if __name__ == "__main__":
    main()
