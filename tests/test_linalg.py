"""Matrices of Values: against NumPy on floats, exact integers, and the identities of note 004."""

import math
from itertools import permutations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import Value, derivative, grad, gradients, hessian, jacobian, log
from autograd_lite.linalg import data, det, dot, grads, inv, outer, solve, trace, values

MANY = settings(derandomize=True, deadline=None, max_examples=80)


def near(x, rel=1e-12):
    return pytest.approx(np.array(x), rel=rel, abs=1e-12)


def table(names, rows):
    return pytest.mark.parametrize(names, rows)


# ---- referees: random matrices for numpy.linalg, small whole numbers for exact answers -----------

sizes, seeds = st.integers(1, 6), st.integers(0, 2**32 - 1)
whole_matrices = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(st.integers(-3, 3), min_size=n, max_size=n), min_size=n, max_size=n)
)


def random_matrix(n, seed, corner=None):
    """Its elements are N(0, 1); the upper left one is ``corner``, if that is given."""
    m = np.random.default_rng(seed).normal(size=(n, n))
    if corner is not None:
        m[0, 0] = corner
    return m


def leibniz(m):
    """The determinant of whole numbers, exactly: Σ sign(p) ∏ m[i][p(i)]."""
    n = len(m)
    signs = {p: (-1) ** sum(p[i] > p[j] for j in range(n) for i in range(j)) for p in PERMUTED[n]}
    return sum(sign * math.prod(m[i][p[i]] for i in range(n)) for p, sign in signs.items())


PERMUTED = [list(permutations(range(n))) for n in range(5)]


def cofactors(m):
    """∂ det m / ∂ m[i][j] = (−1)^(i+j) · the minor without row i and column j: the adjugate, ᵀ."""

    def minor(i, j):
        return [row[:j] + row[j + 1 :] for k, row in enumerate(m) if k != i]

    return [[(-1) ** (i + j) * leibniz(minor(i, j)) for j in range(len(m))] for i in range(len(m))]


# ---- values, data, grads -------------------------------------------------------------------------


def test_values_labels_count_from_one():
    w = values([[1, 2, 3], [4, 5, 6]], "w")
    assert [v.label for v in w.flat] == ["w11", "w12", "w13", "w21", "w22", "w23"]
    assert [v.data for v in w.flat] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert w.dtype == object and w.shape == (2, 3)


def test_labels_of_vectors_of_big_arrays_and_of_none():
    assert [v.label for v in values([1.0, 2.0], "b")] == ["b1", "b2"]
    assert values(np.zeros((10, 2)), "w")[9, 0].label == "w10,1"
    assert values(np.zeros((2, 2, 2)), "t")[1, 0, 1].label == "t212"
    assert values([1.0])[0].label == ""


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0), (2, 1, 2)])
def test_values_and_data_are_inverse(shape):
    x = np.random.default_rng(0).normal(size=shape)
    assert values(x).shape == shape and data(values(x)).dtype == float
    np.testing.assert_array_equal(data(values(x)), x)


def test_data_takes_numbers_and_values_in_lists_and_arrays():
    np.testing.assert_array_equal(data([[Value(1.0), 2], [np.float64(3), True]]), [[1, 2], [3, 1]])
    np.testing.assert_array_equal(data(np.arange(3)), [0.0, 1.0, 2.0])


def test_grads_are_zero_until_computed():
    x = values([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(grads(x), np.zeros((2, 2)))
    (x[0] * x[1]).sum().backward()
    np.testing.assert_array_equal(grads(x), [[3.0, 4.0], [1.0, 2.0]])
    assert grads(x).dtype == float


def test_grads_that_are_values_themselves():
    x = values([3.0, 4.0])
    (x**2).sum().backward(create_graph=True)
    np.testing.assert_array_equal(grads(x), [6.0, 8.0])


# ---- against numpy.linalg ------------------------------------------------------------------------


def scale(x, a):
    """What rounding may do to x, computed from the matrix a."""
    return {"rtol": 0, "atol": 1e-14 * len(a) * np.linalg.cond(a) * abs(x).max()}


@pytest.mark.parametrize("corner", [None, 0.0, 1e-17])
@pytest.mark.parametrize("wrap", [np.array, values], ids=["floats", "Values"])
@MANY
@given(n=sizes, seed=seeds)
def test_det_inv_and_solve(wrap, corner, n, seed):
    m = random_matrix(n, seed, corner if n > 1 else None)
    b, several = random_matrix(n, seed + 1)[0], random_matrix(n, seed + 2)[:, : n // 2 + 1]
    for ours, numpys in [
        (data(det(wrap(m))), np.linalg.det(m)),
        (data(inv(wrap(m))), np.linalg.inv(m)),
        (data(solve(wrap(m), b)), np.linalg.solve(m, b)),
        (data(solve(m, wrap(b))), np.linalg.solve(m, b)),
        (data(solve(wrap(m), wrap(several))), np.linalg.solve(m, several)),
    ]:
        np.testing.assert_allclose(ours, numpys, **scale(np.atleast_1d(numpys), m))


@MANY
@given(n=sizes, p=sizes, seed=seeds)
def test_trace_dot_and_outer(n, p, seed):
    a, b = random_matrix(6, seed)[:n, :p], random_matrix(6, seed + 1)[:p, :n]
    x, y = a[0], b[:, 0]
    for wrap in (np.array, values):
        assert data(dot(wrap(a), b)) == near(a @ b)
        assert data(dot(a, wrap(y))) == near(a @ y)
        assert data(dot(wrap(x), wrap(b))) == near(x @ b)
        assert data(dot(wrap(x), wrap(y))) == near(x @ y)
        assert data(outer(wrap(x), a[:, 0])) == near(np.outer(x, a[:, 0]))
        assert data(trace(wrap(a @ b))) == near(np.trace(a @ b))


KINDS = [  # result, its type
    (lambda: det([[1.0, 2.0], [3.0, 4.0]]), float),
    (lambda: det([[1, 2], [2, 4]]), float),
    (lambda: det([[0]]), float),
    (lambda: det(np.eye(3, dtype=int)), float),
    (lambda: det(values([[1.0, 2.0], [3.0, 4.0]])), Value),
    (lambda: det(values([[1.0, 2.0], [2.0, 4.0]])), Value),
    (lambda: det([[Value(1.0), 2], [3, 4.0]]), Value),
    (lambda: det(values([[2.0]])), Value),
    (lambda: trace([[1, 2], [3, 4]]), float),
    (lambda: trace(values([[1.0, 2.0], [3.0, 4.0]])), Value),
    (lambda: dot(values([1.0, 2.0]), [3.0, 4.0]), Value),
]


@table(("made", "kind"), KINDS)
def test_scalar_results_are_floats_or_values(made, kind):
    assert type(made()) is kind


def test_plain_arrays_stay_plain():
    m = np.array([[2, 1], [-1, 3]])
    for result in (inv(m), solve(m, [4, 5]), outer([1.0, 2.0], [3.0])):
        assert result.dtype == float
    assert inv(values(m)).dtype == solve(m, values([4, 5])).dtype == object


def test_nothing_given_is_changed():
    m, b = random_matrix(3, 5, corner=0.0), np.array([1.0, 2.0, 3.0])
    before, v = m.copy(), values(m)
    elements = v.copy()
    det(m), inv(m), solve(m, b), det(v), inv(v), solve(v, b)
    np.testing.assert_array_equal(m, before)
    np.testing.assert_array_equal(b, [1.0, 2.0, 3.0])
    assert all(p is q for p, q in zip(v.flat, elements.flat, strict=True))


# ---- determinants of whole numbers: exact, with the adjugate for a gradient ----------------------

EXACT = [  # matrix, determinant, gradient = adjugateᵀ
    ([[7]], 7, [[1]]),
    ([[0]], 0, [[1]]),
    ([[0, 1], [1, 0]], -1, [[0, -1], [-1, 0]]),
    ([[2, 1], [-1, 3]], 7, [[3, 1], [-1, 2]]),
    ([[0, 0], [0, 0]], 0, [[0, 0], [0, 0]]),
    ([[0, 5], [0, 0]], 0, [[0, 0], [-5, 0]]),
    # rank n − 1: the determinant is 0, its gradient is not
    ([[1, 2], [2, 4]], 0, [[4, -2], [-2, 1]]),
    ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 0, [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]]),
    ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], 0, [[0, 0, 0], [0, 0, 0], [1, 0, 0]]),
    ([[1, 0, 0], [0, 0, 0], [0, 0, 2]], 0, [[0, 0, 0], [0, 2, 0], [0, 0, 0]]),
    ([[14, 13, 8], [3, 3, 8], [8, 7, -8]], 0, [[-80, 88, -3], [160, -176, 6], [80, -88, 3]]),
    # rank n − 2: both are 0
    ([[1, 2, 3], [2, 4, 6], [3, 6, 9]], 0, np.zeros((3, 3))),
    ([[1, 2, 0, 0], [0, 0, 0, 0], [1, 2, 0, 0], [0, 0, 3, 4]], 0, np.zeros((4, 4))),
    ([[0, 2, 3], [4, 0, 6], [7, 8, 0]], 180, [[-48, 42, 32], [24, -21, 14], [12, 12, -8]]),
]


@table(("m", "expected", "slopes"), EXACT)
def test_det_of_whole_numbers(m, expected, slopes):
    assert det(m) == near(expected)
    assert grad(det)(np.array(m)) == near(slopes)


@MANY
@given(whole_matrices)
def test_det_and_its_gradient_are_exact_up_to_rounding(m):
    assert det(m) == near(leibniz(m))
    assert data(det(values(m))) == near(leibniz(m))
    assert grad(det)(np.array(m)) == near(cofactors(m))


@MANY
@given(whole_matrices)
def test_inv_and_solve_succeed_exactly_when_the_determinant_is_not_zero(m):
    determinant, b = leibniz(m), list(range(1, len(m) + 1))
    if determinant == 0:
        for singular in (lambda: inv(m), lambda: inv(values(m)), lambda: solve(m, b)):
            with pytest.raises(np.linalg.LinAlgError, match="singular"):
                singular()
    else:
        inverse = np.array(cofactors(m)).T / determinant
        assert inv(m) == near(inverse)
        assert data(inv(values(m))) == near(inverse)
        assert solve(m, b) == near(inverse @ b)


@MANY
@given(n=sizes, seed=seeds)
def test_gradient_of_det_is_det_times_the_inverse_transposed(n, seed):
    m = random_matrix(n, seed, corner=0.0 if n > 1 else None)
    expected = np.linalg.det(m) * np.linalg.inv(m).T
    np.testing.assert_allclose(grad(det)(m), expected, **scale(expected, m))


def test_second_derivatives_of_det_at_singular_matrices():
    # det = ad − bc: ∂²/∂a∂d = 1, ∂²/∂b∂c = −1, everywhere
    expected = np.zeros((2, 2, 2, 2))
    expected[0, 0, 1, 1] = expected[1, 1, 0, 0] = 1
    expected[0, 1, 1, 0] = expected[1, 0, 0, 1] = -1
    for m in ([[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [2.0, 3.0]]):
        assert hessian(det)(np.array(m)) == near(expected)


def test_derivatives_of_det_along_a_line_through_a_singular_matrix():
    def f(t):  # t² − 1
        return det([[t, 1.0], [1.0, t]])

    assert np.array([derivative(f, n)(1.0) for n in range(4)]) == near([0.0, 2.0, 2.0, 0.0])
    assert np.array([derivative(f, n)(0.0) for n in range(4)]) == near([-1.0, 0.0, 2.0, 0.0])


def second_derivatives(m):
    """∂²det/∂m[i][j]∂m[k][l]: the determinant with row i of zeros but for 1 at j, row k at l."""
    n, one = len(m), np.eye(len(m), dtype=int)
    out = np.zeros((n, n, n, n))
    for i, j, k, l in np.ndindex(out.shape):  # noqa: E741
        if i != k:
            rows = [one[j] if r == i else one[l] if r == k else m[r] for r in range(n)]
            out[i, j, k, l] = leibniz([[int(x) for x in row] for row in rows])
    return out


@table(("m", "expected", "slopes"), EXACT)
def test_second_derivatives_of_det_of_whole_numbers(m, expected, slopes):
    assert hessian(det)(np.array(m)) == near(second_derivatives(m))


@pytest.mark.parametrize(
    "m",
    [
        [[1, 2, 7], [3, 6, 2], [5, 10, 9]],  # no pivot in the middle column
        [[1, 2, 7, 3], [3, 6, 2, 1], [5, 10, 9, 4], [0, 0, 1, 6]],
        [[1, 3, 7], [2, 6, 14], [3, 9, 21]],  # rank n − 2
        [[1, 2, 3, 5], [3, 6, 9, 4], [7, 14, 21, 3], [9, 18, 27, 1]],
    ],
)
@pytest.mark.parametrize("unit", [0.1, 1 / 3])  # now the multiples are so up to rounding only
def test_derivatives_of_det_at_matrices_singular_up_to_rounding(m, unit):
    n, tenths = len(m), unit * np.array(m)
    assert det(tenths) == near(0.0)
    assert grad(det)(tenths) == near(np.multiply(cofactors(m), unit ** (n - 1)))
    assert hessian(det)(tenths) == near(second_derivatives(m) * unit ** (n - 2))


# ---- larger matrices: against the same in 60 digits, and NumPy's own errors ----------------------

G = np.random.default_rng(7)
LARGE = {
    "normal": G.normal(size=(20, 20)),
    "correlations": 0.99 ** abs(np.subtract.outer(np.arange(27), np.arange(27))),
    "min(i, j)": np.minimum.outer(np.arange(1.0, 28), np.arange(1.0, 28)),
    "orthogonal": np.linalg.qr(G.normal(size=(20, 20)))[0],
    "Hilbert 6": 1 / (1.0 + np.add.outer(np.arange(6), np.arange(6))),
    "Hilbert 9": 1 / (1.0 + np.add.outer(np.arange(9), np.arange(9))),
    "Vandermonde": np.vander(np.linspace(-1, 1, 12)),
    "lower": np.tril(G.normal(size=(12, 12))) + 2 * np.eye(12),
    "upper": np.triu(G.normal(size=(12, 12))) + 2 * np.eye(12),
    "permutation": np.eye(30)[G.permutation(30)],
    "graded rows": G.normal(size=(20, 20)) * 10.0 ** np.linspace(-12, 12, 20)[:, None],
    "graded columns": G.normal(size=(20, 20)) * 10.0 ** np.linspace(12, -12, 20),
    "nearly singular": np.ones((9, 9)) + 1e-9 * G.normal(size=(9, 9)),
    "of 1e-120": 1e-120 * G.normal(size=(1, 1)),
}


def error(x, exact):
    """The largest error in proportion to the largest entry."""
    pairs = zip(np.ravel(x).tolist(), exact, strict=True)
    return float(max(abs(a - b) for a, b in pairs) / max(map(abs, exact)))


@pytest.mark.parametrize("m", LARGE.values(), ids=LARGE)
def test_det_solve_and_inv_are_as_accurate_as_numpys(m):
    n, b = len(m), np.ones(len(m))
    with mpmath.workdps(60):
        exact = mpmath.matrix(m.tolist())
        for ours, numpys, right in [
            (det, np.linalg.det, [mpmath.det(exact)]),
            (lambda m: solve(m, b), lambda m: np.linalg.solve(m, b), mpmath.lu_solve(exact, b)),
            (inv, np.linalg.inv, exact**-1),
        ]:
            right = list(right)
            allowed = 10 * error(numpys(m), right) + n * np.finfo(float).eps
            assert error(ours(m), right) <= allowed
            if n <= 12:
                assert error(data(ours(values(m))), right) <= allowed


NORMAL = G.normal(size=(48, 48))  # np.linalg.det: some 1e30


def test_larger_still():
    orthogonal = np.linalg.qr(G.normal(size=(59, 59)))[0]
    assert inv(orthogonal) == near(orthogonal.T)
    assert solve(orthogonal, orthogonal[:, 3]) == near(np.eye(59)[3])
    assert abs(det(orthogonal)) == near(1.0)
    assert det(NORMAL) == near(np.linalg.det(NORMAL))
    assert data(det(values(NORMAL))) == near(np.linalg.det(NORMAL))


@table("m", [*(LARGE[k] for k in ("correlations", "graded rows", "Vandermonde")), NORMAL])
def test_gradient_of_log_det_is_the_inverse_transposed(m):
    expected = np.linalg.inv(m).T
    found = grad(lambda m: log(abs(det(m))))(m)
    np.testing.assert_allclose(found, expected, **scale(expected, m))


@table("n", [10, 30])
def test_gradient_of_det_at_large_singular_matrices_is_the_adjugate_transposed(n):
    m = G.normal(size=(n, n - 1)) @ G.normal(size=(n - 1, n))  # u diag(s) v: adjᵀ = u adj(s) v
    u, s, v = np.linalg.svd(m)
    others = np.array([np.prod(np.delete(s, i)) for i in range(n)])
    expected = np.linalg.det(u) * np.linalg.det(v) * (u * others) @ v
    np.testing.assert_allclose(grad(det)(m), expected, rtol=0, atol=1e-11 * abs(expected).max())
    m = G.normal(size=(n, n))
    m[:, 3] = 0.0
    minors = [np.delete(np.delete(m, i, 0), 3, 1) for i in range(n)]
    expected = np.zeros((n, n))
    expected[:, 3] = [(-1) ** (i + 3) * np.linalg.det(minor) for i, minor in enumerate(minors)]
    np.testing.assert_allclose(grad(det)(m), expected, rtol=0, atol=1e-11 * abs(expected).max())


@MANY
@given(n=st.integers(2, 40), seed=seeds)
def test_products_that_lack_one_rank_are_singular(n, seed):
    g = np.random.default_rng(seed)
    m = g.normal(size=(n, n - 1)) @ g.normal(size=(n - 1, n)) * 10.0 ** g.integers(-9, 9, (n, 1))
    with pytest.raises(np.linalg.LinAlgError, match="singular, up to rounding"):
        inv(m)


def test_rows_of_different_scale_do_not_hide_a_number():
    # x + 1e20·y = 1, x + y = 0: y = 1e-20, x = −y; with 1 as the pivot x is lost
    for wrap in (np.array, values):
        x = data(solve(wrap([[1.0, 1e20], [1.0, 1.0]]), [1.0, 0.0]))
        assert x == pytest.approx([-1e-20, 1e-20], rel=1e-14, abs=0)


# ---- singular, and only badly scaled -------------------------------------------------------------

SINGULAR = [
    [[0.0]],
    [[0.0, 0.0], [0.0, 0.0]],
    [[1.0, 2.0], [2.0, 4.0]],
    [[1.0, 0.0], [1.0, 0.0]],
    [[0.1, 0.3], [0.2, 0.6]],
    [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
    [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]],
    [[14, 13, 8], [3, 3, 8], [8, 7, -8]],  # the first row is the third and twice the second
    [[0, 0, -1, -1], [-3, 1, 2, 0], [1, -1, 0, 0], [-1, 0, 1, 0]],
    [[1e-8, 2e-8], [2e-8, 4e-8]],
    [[1e150, 2e150], [2e150, 4e150]],
    [[1.0, 1e20], [1.0, 1e20]],
]


@pytest.mark.parametrize("m", SINGULAR)
@pytest.mark.parametrize("wrap", [np.array, values], ids=["floats", "Values"])
def test_singular_matrices_have_no_inverse(wrap, m):
    with pytest.raises(np.linalg.LinAlgError, match=r"singular.*column"):
        solve(wrap(m), np.ones(len(m)))
    with pytest.raises(np.linalg.LinAlgError, match=r"singular.*column"):
        inv(wrap(m))


REGULAR = [  # matrix, inverse, determinant
    ([[1.0, 0.0], [0.0, 1e-20]], [[1.0, 0.0], [0.0, 1e20]], 1e-20),
    ([[1e-20, 0.0], [0.0, 1.0]], [[1e20, 0.0], [0.0, 1.0]], 1e-20),
    ([[1.0, 1e20], [0.0, 1.0]], [[1.0, -1e20], [0.0, 1.0]], 1.0),
    ([[1.0, 0.0], [1e20, 1.0]], [[1.0, 0.0], [-1e20, 1.0]], 1.0),
    ([[0.0, 1e-20], [1e20, 0.0]], [[0.0, 1e-20], [1e20, 0.0]], -1.0),
    ([[1e-100, 0.0], [0.0, 1e100]], [[1e100, 0.0], [0.0, 1e-100]], 1.0),
    ([[1e-30, 2e-30], [3e-30, 5e-30]], [[-5e30, 2e30], [3e30, -1e30]], -1e-60),
    ([[1e-20, 1.0], [1.0, 1.0]], [[-1.0, 1.0], [1.0, -1e-20]], -1.0),
    ([[1.0, 1.0], [1.0, 1.0 + 2**-40]], [[1.0 + 2**40, -(2**40)], [-(2**40), 2**40]], 2**-40),
    (
        [[1.0, 0.0, 1e15], [0.0, 1e-15, 0.0], [0.0, 0.0, 1.0]],
        [[1.0, 0.0, -1e15], [0.0, 1e15, 0.0], [0.0, 0.0, 1.0]],
        1e-15,
    ),
]


@table(("m", "inverse", "determinant"), REGULAR)
@pytest.mark.parametrize("wrap", [np.array, values], ids=["floats", "Values"])
def test_badly_scaled_matrices_are_solved(wrap, m, inverse, determinant):
    def exact(x):
        return pytest.approx(np.array(x), rel=1e-14, abs=0)

    assert data(inv(wrap(m))) == exact(inverse)
    assert data(solve(wrap(m), np.eye(len(m))[0])) == exact(np.array(inverse)[:, 0])
    assert data(det(wrap(m))) == exact(determinant)


ERRORS = [
    (lambda: det([1.0, 2.0]), ValueError, r"det .*square.*\(2,\)"),
    (lambda: det([[1.0, 2.0]]), ValueError, r"det .*square.*\(1, 2\)"),
    (lambda: det(3.0), ValueError, r"det .*square.*\(\)"),
    (lambda: det(np.zeros((0, 0))), ValueError, r"det .*square.*\(0, 0\)"),
    (lambda: det(np.zeros((2, 2, 2))), ValueError, r"det .*square.*\(2, 2, 2\)"),
    (lambda: inv([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), ValueError, r"inv .*square.*\(2, 3\)"),
    (lambda: trace([[1.0, 2.0]]), ValueError, r"trace .*square.*\(1, 2\)"),
    (lambda: trace(values([1.0])), ValueError, r"trace .*square.*\(1,\)"),
    (lambda: solve([[1.0, 2.0]], [1.0]), ValueError, r"solve .*square.*\(1, 2\)"),
    (lambda: solve(np.eye(2), [1.0, 2.0, 3.0]), ValueError, r"solve: .*\(2, 2\) and \(3,\)"),
    (lambda: solve(np.eye(2), 1.0), ValueError, r"solve: .*\(2, 2\) and \(\)"),
    (lambda: solve(np.eye(2), np.ones((2, 1, 1))), ValueError, r"solve: .*\(2, 1, 1\)"),
    (lambda: dot([1.0, 2.0], [1.0]), ValueError, r"dot: .*\(2,\) and \(1,\)"),
    (lambda: dot(np.ones((2, 3)), values([1.0, 2.0])), ValueError, r"dot: .*\(2, 3\) and \(2,\)"),
    (lambda: dot(2.0, [1.0]), ValueError, r"dot: .*\(\) and \(1,\)"),
    (lambda: outer([[1.0]], [1.0]), ValueError, r"outer .*vectors.*\(1, 1\) and \(1,\)"),
    (lambda: outer(1.0, [1.0]), ValueError, r"outer .*vectors.*\(\) and \(1,\)"),
    (lambda: solve([[1, 2], [2, 4]], [1, 1]), np.linalg.LinAlgError, "^solve: .*column 2 of 2"),
    (lambda: inv([[1, 2], [2, 4]]), np.linalg.LinAlgError, "^inv: .*column 2 of 2"),
    (lambda: inv(np.zeros((0, 0))), ValueError, r"inv .*square.*\(0, 0\)"),
    (lambda: solve(np.zeros((0, 0)), []), ValueError, r"solve .*square.*\(0, 0\)"),
    (
        lambda: inv([[1.0, 1.0], [1.0, 1.0 + 2e-15]]),
        np.linalg.LinAlgError,
        r"singular, up to rounding \(no pivot in column 2 of 2\)",
    ),
    (
        lambda: inv(1 / (1.0 + np.add.outer(np.arange(12), np.arange(12)))),
        np.linalg.LinAlgError,
        r"singular, up to rounding \(condition number 3e\+15 with rows and columns scaled\)",
    ),
    (lambda: inv(values([[0.0]])), np.linalg.LinAlgError, "^inv: .*column 1 of 1"),
    (lambda: det([[1.0, math.nan], [0.0, 1.0]]), ValueError, "det: .*not finite"),
    (lambda: inv(values([[1.0, math.inf], [0.0, 1.0]])), ValueError, "inv: .*not finite"),
    (lambda: solve([[math.nan]], [1.0]), ValueError, "solve: .*not finite"),
    (lambda: data(["1"]), TypeError, r"float\('1'\)"),
]


@table(("wrong", "error", "message"), ERRORS)
def test_errors(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


# ---- the identities of note 004, at a 3 × 3 instance that is not symmetric -----------------------
# Left: jacobian or grad of the function.  Right: the identity's right side in plain NumPy.
# T[i, j, k, l] is ∂f_ij / ∂X_kl; ᵀ, tr and products act on i and j.

X, M, A, W = np.random.default_rng(4).normal(size=(4, 3, 3)) + 3 * np.eye(3)
a, b, x, s = np.random.default_rng(5).normal(size=(4, 3))
V = W + W.T  # symmetric


def f(X, M=M):
    return X @ M @ X


def df(X, M=M):
    """The product rule by hand: ∂(X M X)_ij / ∂X_kl = δ_ik (M X)_lj + (X M)_ik δ_jl."""
    one = np.eye(len(X))
    return np.einsum("ik,lj->ijkl", one, M @ X) + np.einsum("ik,lj->ijkl", X @ M, one)


def test_5_99_transpose():
    assert jacobian(lambda X: f(X).T)(X) == near(df(X).transpose(1, 0, 2, 3))


def test_the_trace_of_four_indices_is_over_the_first_two():
    tensor = np.arange(36.0).reshape(2, 2, 3, 3)
    assert trace(tensor) == near(tensor[0, 0] + tensor[1, 1])
    assert data(trace(values(tensor))) == near(np.einsum("iikl->kl", tensor))
    assert trace(np.ones((1, 1, 2))) == near([1, 1])
    for shape in ((2, 3, 2, 2), (0, 0, 2)):
        with pytest.raises(ValueError, match=r"trace: the first two indices of shape \("):
            trace(np.ones(shape))


def test_5_100_trace():
    assert grad(lambda X: trace(f(X)))(X) == near(np.einsum("iikl->kl", df(X)))
    assert grad(lambda X: trace(f(X)))(X) == near(trace(jacobian(f)(X)))


def test_5_101_determinant():
    F = f(X)
    right = np.linalg.det(F) * np.einsum("ij,jikl->kl", np.linalg.inv(F), df(X))
    assert grad(lambda X: det(f(X)))(X) == near(right)


def test_5_102_inverse():
    F = np.linalg.inv(f(X))
    assert jacobian(lambda X: inv(f(X)))(X) == near(-np.einsum("ip,pqkl,qj->ijkl", F, df(X), F))


def test_5_103_bilinear_in_the_inverse():
    I = np.linalg.inv(X)  # noqa: E741
    assert grad(lambda X: a @ inv(X) @ b)(X) == near(-I.T @ np.outer(a, b) @ I.T)
    assert grad(lambda X: a @ solve(X, b))(X) == near(-I.T @ np.outer(a, b) @ I.T)


def test_5_104_linear():
    assert grad(lambda x: dot(x, a))(x) == near(a)


def test_5_105_linear():
    assert grad(lambda x: dot(a, x))(x) == near(a)


def test_5_106_bilinear():
    assert grad(lambda X: a @ X @ b)(X) == near(np.outer(a, b))


def test_5_107_quadratic_form():
    assert grad(lambda x: x @ W @ x)(x) == near(x @ (W + W.T))


def weighted_squares(W):
    return lambda s: (x - A @ s) @ W @ (x - A @ s)


def test_5_108_weighted_least_squares():
    assert grad(weighted_squares(V))(s) == near(-2 * (x - A @ s) @ V @ A)


def test_5_108_needs_a_symmetric_matrix():
    r = x - A @ s
    printed, right = -2 * r @ W @ A, -r @ (W + W.T) @ A
    assert grad(weighted_squares(W))(s) == near(right)
    assert abs(grad(weighted_squares(W))(s) - printed).max() > 0.1


# ---- the same at a small instance, in figures ----------------------------------------------------

X2, M2 = np.array([[2.0, 1.0], [-1.0, 3.0]]), np.array([[1.0, 2.0], [0.0, -1.0]])
A2 = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]])
B3 = np.array([[1.0, 2.0, 0.0], [-1.0, 3.0, 4.0], [2.0, 0.0, -2.0]])
SYMMETRIC = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 4.0]])
NOT_SYMMETRIC = np.array([[2.0, 1.0, 0.0], [5.0, 3.0, -1.0], [0.0, 2.0, 4.0]])
x3, s2 = np.array([1.0, -2.0, 0.5]), np.array([0.5, -1.0])
a2, b2, a3, b3 = map(np.array, ([1.0, 2.0], [3.0, -1.0], [3.0, 1.0, -4.0], [2.0, 0.0, -1.0]))

FIGURES = [  # left side, its value, source
    (lambda: f(X2, M2), [[1, 11], [3, -16]], "X M X"),
    (lambda: det(X2), 7, "det X"),
    (lambda: det(f(X2, M2)), -49, "det f"),
    (lambda: trace(f(X2, M2)), -15, "tr f"),
    (lambda: inv(X2), [[3 / 7, -1 / 7], [1 / 7, 2 / 7]], "X⁻¹"),
    (lambda: inv(f(X2, M2)), [[16 / 49, 11 / 49], [3 / 49, -1 / 49]], "f⁻¹"),
    (
        lambda: jacobian(lambda X: f(X, M2))(X2),
        [[[[2, 1], [3, 0]], [[7, -1], [0, 3]]], [[[-1, 0], [-5, 1]], [[0, -1], [7, -8]]]],
        "∂f/∂X",
    ),
    (
        lambda: jacobian(lambda X: f(X, M2).T)(X2),
        [[[[2, 1], [3, 0]], [[-1, 0], [-5, 1]]], [[[7, -1], [0, 3]], [[0, -1], [7, -8]]]],
        "(5.99)",
    ),
    (lambda: grad(lambda X: trace(f(X, M2)))(X2), [[2, 0], [10, -8]], "(5.100)"),
    (lambda: grad(lambda X: det(f(X, M2)))(X2), [[-42, -14], [14, -28]], "(5.101)"),
    (
        lambda: 343 * jacobian(lambda X: inv(f(X, M2)))(X2),
        [
            [[[-96, -25], [-17, -8]], [[-17, -29], [22, -23]]],
            [[[-25, -6], [-29, -5]], [[-8, -5], [-23, 4]]],
        ],
        "(5.102)",
    ),
    (lambda: a2 @ inv(X2) @ b2, 12 / 7, "(5.103), value"),
    (
        lambda: grad(lambda X: a2 @ inv(X) @ b2)(X2),
        [[-50 / 49, -5 / 49], [-30 / 49, -3 / 49]],
        "(5.103)",
    ),
    (lambda: dot(x3, a3), -1, "(5.104), value"),
    (lambda: grad(lambda x: x @ a3)(x3), [3, 1, -4], "(5.104)"),
    (lambda: grad(lambda x: a3 @ x)(x3), [3, 1, -4], "(5.105)"),
    (lambda: grad(lambda Y: a2 @ Y @ b3)(np.ones((2, 3))), [[2, 0, -1], [4, 0, -2]], "(5.106)"),
    (lambda: x3 @ B3 @ x3, 7.5, "(5.107), value"),
    (lambda: grad(lambda x: x @ B3 @ x)(x3), [1, -9, -8], "(5.107)"),
    (
        lambda: grad(lambda s: (x3 - A2 @ s) @ SYMMETRIC @ (x3 - A2 @ s))(s2),
        [34, -33],
        "(5.108)",
    ),
    (
        lambda: grad(lambda s: (x3 - A2 @ s) @ NOT_SYMMETRIC @ (x3 - A2 @ s))(s2),
        [47, -32],  # the printed formula gives [42, -5] here: it is for symmetric W
        "(5.108), W not symmetric",
    ),
]


@pytest.mark.parametrize(("left", "expected", "source"), FIGURES, ids=[row[-1] for row in FIGURES])
def test_figures_of_004(left, expected, source):
    assert left() == near(expected)


# ---- more gradients ------------------------------------------------------------------------------


def test_gradients_of_solve_towards_both_sides():
    # x = A⁻¹ b: ∂x_i/∂b_j = A⁻¹_ij, ∂x_i/∂A_kl = −A⁻¹_ik x_l
    I = np.linalg.inv(A)  # noqa: E741
    assert jacobian(lambda b: solve(A, b))(b) == near(I)
    assert jacobian(lambda A: solve(A, b))(A) == near(-np.einsum("ik,l->ikl", I, I @ b))


def test_gradients_through_a_zero_in_the_corner():
    m = np.array([[0.0, 2.0], [4.0, 3.0]])  # inverse [[-3/8, 1/4], [1/2, 0]]
    I = np.array([[-0.375, 0.25], [0.5, 0.0]])  # noqa: E741
    assert jacobian(inv)(m) == near(-np.einsum("ik,lj->ijkl", I, I))


def test_one_unknown_in_a_matrix_of_numbers():
    t = Value(3.0)  # det = 2t − 2, inverse[0, 0] = 2 / (2t − 2)
    m = [[t, 1.0], [2.0, 2.0]]
    assert gradients(det(m), [t])[0] == near(2.0)
    assert gradients(inv(m)[0, 0], [t])[0] == near(-0.25)


def test_second_derivatives_of_the_inverse():
    # (1/t)'' = 2/t³ in the corner of diag(t, 1)⁻¹
    assert derivative(lambda t: inv([[t, 0.0], [0.0, 1.0]])[0, 0], 2)(2.0) == near(0.25)


def test_the_gradient_of_trace_dot_and_outer():
    assert grad(trace)(X) == near(np.eye(3))
    assert jacobian(lambda x: outer(x, a))(x) == near(np.einsum("ik,j->ijk", np.eye(3), a))
    assert jacobian(lambda X: dot(X, A))(X) == near(np.einsum("ik,lj->ijkl", np.eye(3), A))
