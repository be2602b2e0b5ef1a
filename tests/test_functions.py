"""The functions of the table: what goes in, what comes out, and which names are public."""

import builtins
import math
import pkgutil
from fractions import Fraction
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite
from autograd_lite import (
    DomainError,
    Value,
    atan2,
    elu,
    exp,
    exponential,
    hypot,
    leaky_relu,
    log,
    maximum,
    minimum,
    power,
    relu,
    sigmoid,
    sin,
    sqrt,
    tanh,
)
from autograd_lite.linalg import data, grads, values
from autograd_lite.ops import OPS

MANY = settings(derandomize=True, deadline=None, max_examples=60)


def near(x, rel=1e-14):
    return pytest.approx(x, rel=rel, abs=0)


# name, operands (and then the parameter), value from 40 digits
TABLE = [
    ("add", (2.5, -0.75), 1.75),
    ("sub", (2.5, -0.75), 3.25),
    ("mul", (2.5, -0.75), -1.875),
    ("div", (1.0, 3.0), 0.3333333333333333),
    ("neg", (0.7,), -0.7),
    ("power", (0.7, 3.0), 0.3429999999999999),
    ("exponential", (0.7, 3.0), 2.157669279974593),
    ("pow", (0.7, -1.5), 1.7074694419062768),
    ("exp", (0.7,), 2.0137527074704766),
    ("exp2", (0.7,), 1.624504792712471),
    ("expm1", (1e-05,), 1.0000050000166668e-05),
    ("log", (0.7,), -0.35667494393873245),
    ("log1p", (1e-05,), 9.999950000333332e-06),
    ("log2", (0.7,), -0.5145731728297583),
    ("log10", (0.7,), -0.1549019599857432),
    ("sqrt", (0.7,), 0.8366600265340756),
    ("cbrt", (-0.7,), -0.8879040017426008),
    ("nthroot", (-0.7, 5.0), -0.9311499150948377),
    ("square", (0.7,), 0.48999999999999994),
    ("reciprocal", (0.7,), 1.4285714285714286),
    ("sin", (0.7,), 0.644217687237691),
    ("cos", (0.7,), 0.7648421872844885),
    ("tan", (0.7,), 0.8422883804630794),
    ("asin", (0.7,), 0.775397496610753),
    ("acos", (0.7,), 0.7953988301841436),
    ("atan", (0.7,), 0.6107259643892086),
    ("sinh", (0.7,), 0.7585837018395335),
    ("cosh", (0.7,), 1.255169005630943),
    ("tanh", (0.7,), 0.6043677771171635),
    ("hypot", (3.0, -4.0), 5.0),
    ("asinh", (0.7,), 0.6526665660823557),
    ("acosh", (1.7,), 1.123230982587296),
    ("atanh", (0.7,), 0.8673005276940531),
    ("atan2", (-0.7, -2.0), -2.8049178342030663),
    ("erf", (0.7,), 0.6778011938374184),
    ("erfc", (0.7,), 0.32219880616258156),
    ("abs", (-0.7,), 0.7),
    ("sign", (-0.7,), -1.0),
    ("step", (0.7,), 1.0),
    ("floor", (-0.7,), -1.0),
    ("maximum", (0.7, -2.0), 0.7),
    ("minimum", (0.7, -2.0), -2.0),
    ("logaddexp", (0.7, -2.0), 0.7650435617765905),
    ("relu", (0.7,), 0.7),
    ("leaky_relu", (-0.7, 0.2), -0.13999999999999999),
    ("sigmoid", (0.7,), 0.668187772168166),
    ("softplus", (0.7,), 1.103186048885458),
    ("elu", (-0.7, 1.5), -0.7551220443128857),
    ("silu", (0.7,), 0.46773144051771626),
    ("gelu", (0.7,), 0.5306254434438489),
]
each_row = pytest.mark.parametrize(("name", "x", "y"), TABLE, ids=[row[0] for row in TABLE])


def operands_and_rest(name, x):
    return x[: OPS[name].arity], x[OPS[name].arity :]


def test_every_operation_stands_in_the_table_above():
    built_in = {name for name in OPS if name in autograd_lite.__all__} | {"abs", "pow"}
    assert built_in == {row[0] for row in TABLE}


# ---- what comes out: a float for floats, a Value for Values, an array for arrays -----------------


@each_row
def test_floats_give_a_float(name, x, y):
    result = getattr(autograd_lite, name)(*x)
    assert type(result) is float
    assert result == near(y)


@each_row
def test_values_give_a_value_of_one_node(name, x, y):
    x, rest = operands_and_rest(name, x)
    leaves = tuple(map(Value, x))
    result = getattr(autograd_lite, name)(*leaves, *rest)
    assert type(result) is Value
    assert result.data == near(y)
    assert result.operands == leaves and result.op is OPS[name]


@each_row
def test_zero_dimensional_arrays_are_numbers(name, x, y):
    x, rest = operands_and_rest(name, x)
    result = getattr(autograd_lite, name)(*map(np.array, x), *rest)
    assert type(result) is float
    assert result == near(y)


@each_row
def test_float_arrays_give_a_float_array(name, x, y):
    x, rest = operands_and_rest(name, x)
    result = getattr(autograd_lite, name)(*(np.full((2, 3), a) for a in x), *rest)
    assert type(result) is np.ndarray and result.dtype == float
    assert result == near(np.full((2, 3), y))


@each_row
def test_arrays_of_values_give_an_array_of_values(name, x, y):
    x, rest = operands_and_rest(name, x)
    leaves = [values(np.full((2, 3), a)) for a in x]
    result = getattr(autograd_lite, name)(*leaves, *rest)
    assert result.shape == (2, 3) and result.dtype == object
    assert all(type(v) is Value for v in result.flat)
    assert data(result) == near(np.full((2, 3), y))
    assert result[1, 2].operands == tuple(a[1, 2] for a in leaves)


KINDS = [  # what goes in, and the type, dtype and shape of what comes out
    (lambda: exp(1), float, None, ()),
    (lambda: exp(True), float, None, ()),
    (lambda: exp(np.float64(1)), float, None, ()),
    (lambda: exp(np.float32(1)), float, None, ()),
    (lambda: exp(np.int64(1)), float, None, ()),
    (lambda: exp(np.array(1)), float, None, ()),
    (lambda: exp(Value(1)), Value, None, ()),
    (lambda: exp(np.array(Value(1.0))), Value, None, ()),
    (lambda: exp(np.array([1, 2])), np.ndarray, float, (2,)),
    (lambda: exp(np.array([True])), np.ndarray, float, (1,)),
    (lambda: exp(np.array([1.0], dtype=np.float32)), np.ndarray, float, (1,)),
    (lambda: exp(np.array([1.0, 2.0], dtype=object)), np.ndarray, float, (2,)),
    (lambda: exp(np.array([])), np.ndarray, float, (0,)),
    (lambda: exp(np.ones((0, 3))), np.ndarray, float, (0, 3)),
    (lambda: exp(np.ones((3, 4, 2)).T), np.ndarray, float, (2, 4, 3)),
    (lambda: exp(values([1.0, 2.0])), np.ndarray, object, (2,)),
    (lambda: exp(np.array([Value(1.0), 2.0])), np.ndarray, object, (2,)),
    (lambda: maximum(1, 2.0), float, None, ()),
    (lambda: maximum(1, Value(2.0)), Value, None, ()),
    (lambda: maximum(Value(1.0), 2), Value, None, ()),
    (lambda: maximum(Value(1.0), np.array(2.0)), Value, None, ()),
    (lambda: maximum(np.float64(1), Value(2.0)), Value, None, ()),
    (lambda: maximum(np.array([1.0, 2.0]), 0), np.ndarray, float, (2,)),
    (lambda: maximum(0, np.array([1.0, 2.0])), np.ndarray, float, (2,)),
    (lambda: maximum(np.array([1.0, 2.0]), Value(0.0)), np.ndarray, object, (2,)),
    (lambda: maximum(Value(0.0), np.array([1.0, 2.0])), np.ndarray, object, (2,)),
    (lambda: maximum(values([1.0, 2.0]), np.array([1.0, 2.0])), np.ndarray, object, (2,)),
    (lambda: maximum(np.ones((3, 1)), np.ones(4)), np.ndarray, float, (3, 4)),
    (lambda: maximum(np.ones((3, 1)), values(np.ones(4))), np.ndarray, object, (3, 4)),
    (lambda: leaky_relu(np.array([-1, 2])), np.ndarray, float, (2,)),
    (lambda: elu(values([-1.0, 2.0]), alpha=2), np.ndarray, object, (2,)),
]


@pytest.mark.parametrize(("made", "kind", "dtype", "shape"), KINDS)
def test_kinds(made, kind, dtype, shape):
    result = made()
    assert type(result) is kind
    assert np.shape(result) == shape
    assert getattr(result, "dtype", None) == dtype


# ---- what the arrays hold ------------------------------------------------------------------------

ARRAYS = [  # result, expected element by element
    (lambda: exp(np.array([0.0, 1.0])), [1.0, math.e]),
    (lambda: exp(np.array([[0], [1]])), [[1.0], [math.e]]),
    (lambda: sqrt(np.array([[1.0, 4.0], [9.0, 16.0]])), [[1.0, 2.0], [3.0, 4.0]]),
    (lambda: sqrt(np.array([[1.0, 4.0], [9.0, 16.0]]).T), [[1.0, 3.0], [2.0, 4.0]]),
    (lambda: relu(np.array([-1.0, 0.0, 2.0])), [0.0, 0.0, 2.0]),
    (lambda: maximum(np.array([1.0, 5.0]), np.array([3.0, 2.0])), [3.0, 5.0]),
    (lambda: minimum(2.0, np.array([1.0, 5.0])), [1.0, 2.0]),
    (lambda: maximum(np.array([[1], [5]]), np.array([3, 6])), [[3.0, 6.0], [5.0, 6.0]]),
    (lambda: hypot(np.array([3.0, 5.0]), np.array([4.0, 12.0])), [5.0, 13.0]),
    (lambda: hypot(np.array([3.0, -3.0]), 4), [5.0, 5.0]),
    (lambda: atan2(np.array([0.0, 1.0]), np.array([-1.0, 0.0])), [math.pi, math.pi / 2]),
    (lambda: atan2(1.0, np.array([[1.0], [-1.0]])), [[math.pi / 4], [3 * math.pi / 4]]),
    (lambda: data(maximum(values([1.0, 5.0]), 3.0)), [3.0, 5.0]),
    (lambda: data(maximum(Value(3.0), np.array([1.0, 5.0]))), [3.0, 5.0]),
    (
        lambda: data(atan2(np.array([[1.0], [-1.0]]), values([1.0]))),
        [[math.pi / 4], [-math.pi / 4]],
    ),
    (lambda: data(exp(np.array([Value(0.0), 1.0]))), [1.0, math.e]),
    (lambda: leaky_relu(np.array([-2.0, 3.0])), [-0.02, 3.0]),
    (lambda: leaky_relu(np.array([-2.0, 3.0]), 0.5), [-1.0, 3.0]),
    (lambda: leaky_relu(np.array([-2.0, 3.0]), slope=0.5), [-1.0, 3.0]),
    (lambda: data(leaky_relu(values([-2.0, 3.0]), 0.5)), [-1.0, 3.0]),
    (lambda: data(leaky_relu(values([-2.0, 3.0]), slope=0.5)), [-1.0, 3.0]),
    (lambda: power(np.array([2.0, 3.0]), 2), [4.0, 9.0]),
    (lambda: power(np.array([2.0, 3.0]), n=2), [4.0, 9.0]),
    (lambda: exponential(np.array([2.0, 3.0]), 2), [4.0, 8.0]),
]


@pytest.mark.parametrize(("made", "expected"), ARRAYS)
def test_arrays_element_by_element(made, expected):
    assert made() == near(np.array(expected))


ODD_POINTS = [  # overflow is infinity and NaN propagates, without a warning (warnings are errors)
    (lambda x: exp(x), [1000.0, -1000.0, 0.0], [math.inf, 0.0, 1.0]),
    (lambda x: exp(x), [math.inf, -math.inf, math.nan], [math.inf, 0.0, math.nan]),
    (lambda x: sin(x), [math.inf, 0.0], [math.nan, 0.0]),
    (lambda x: relu(x), [math.nan, -math.inf, math.inf], [math.nan, 0.0, math.inf]),
    (lambda x: maximum(x, 1.0), [math.nan, math.inf, -math.inf], [math.nan, math.inf, 1.0]),
    (lambda x: log(x), [math.nan, math.inf], [math.nan, math.inf]),
    (lambda x: power(x, 3), [1e200, -1e200], [math.inf, -math.inf]),
    (lambda x: sigmoid(x), [1e308, -1e308], [1.0, 0.0]),
]


@pytest.mark.parametrize(("f", "x", "expected"), ODD_POINTS)
def test_odd_points_in_arrays(f, x, expected):
    np.testing.assert_array_equal(f(np.array(x)), expected)
    np.testing.assert_array_equal(data(f(values(x))), expected)


PARAMETERS = [  # result, expected
    (lambda: leaky_relu(-2.0), -0.02),
    (lambda: leaky_relu(-2.0, 0.5), -1.0),
    (lambda: leaky_relu(-2.0, slope=0.5), -1.0),
    (lambda: leaky_relu(-2.0, slope=np.float64(0.5)), -1.0),
    (lambda: leaky_relu(Value(-2.0)).data, -0.02),
    (lambda: leaky_relu(Value(-2.0), 0.5).data, -1.0),
    (lambda: leaky_relu(Value(-2.0), slope=0.5).data, -1.0),
    (lambda: leaky_relu(Value(-2.0), slope=0.5).parameter, 0.5),
    (lambda: elu(-1.0), 1 / math.e - 1),
    (lambda: elu(-1.0, 2), 2 / math.e - 2),
    (lambda: elu(-1.0, alpha=2), 2 / math.e - 2),
    (lambda: elu(Value(-1.0), alpha=2).data, 2 / math.e - 2),
    (lambda: elu(Value(-1.0), 2).parameter, 2.0),
    (lambda: power(3, 2), 9.0),
    (lambda: power(Value(3.0), n=2).data, 9.0),
    (lambda: exponential(3, 2), 8.0),
    (lambda: exponential(Value(3.0), n=2).data, 8.0),
]


@pytest.mark.parametrize(("made", "expected"), PARAMETERS)
def test_parameters_by_position_and_by_name(made, expected):
    assert made() == near(expected)


@MANY
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
def test_one_element_at_a_time(numbers):
    for f in (sigmoid, tanh, sin, autograd_lite.abs, autograd_lite.softplus):
        expected = [f(x) for x in numbers]
        assert f(np.array(numbers)).tolist() == expected
        assert data(f(values(numbers))).tolist() == expected


@MANY
@given(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2**32 - 1))
def test_two_arrays_broadcast_as_numpy_does(p, q, seed):
    random = np.random.default_rng(seed)
    shapes = [(1,), (3,), (2, 1)]
    a, b = random.normal(size=shapes[p]), random.normal(size=shapes[q])
    for ours, numpys in [(maximum, np.maximum), (hypot, np.hypot), (atan2, np.arctan2)]:
        expected = numpys(a, b)
        assert np.shape(ours(a, b)) == expected.shape
        assert ours(a, b) == near(expected)
        assert data(ours(values(a), b)) == near(expected)
        assert data(ours(a, values(b))) == near(expected)


GRADIENTS = [  # f of an array, point, expected gradient
    (lambda x: exp(x).sum(), [0.0, 1.0], [1.0, math.e]),
    (lambda x: maximum(x, 1.0).sum(), [0.0, 1.0, 2.0], [0.0, 0.5, 1.0]),
    (lambda x: maximum(x, np.array([[0.0], [3.0]])).sum(), [1.0, 4.0], [1.0, 2.0]),
    (lambda x: maximum(x[:, None], x).sum(), [1.0, 2.0], [1.0, 3.0]),
    (lambda x: hypot(x, 4.0).sum(), [3.0, 0.0], [0.6, 0.0]),
    (lambda x: atan2(1.0, x).sum(), [1.0, 2.0], [-0.5, -0.2]),
    (lambda x: leaky_relu(x, slope=0.5).sum(), [-1.0, 1.0], [0.5, 1.0]),
    (lambda x: (log(x) * np.array([2.0, 3.0])).sum(), [4.0, 5.0], [0.5, 0.6]),
]


@pytest.mark.parametrize(("f", "x", "expected"), GRADIENTS)
def test_gradients_flow_through_arrays(f, x, expected):
    x = values(x)
    f(x).backward()
    assert grads(x) == pytest.approx(np.array(expected), rel=1e-14, abs=1e-16)


def test_a_value_broadcast_over_an_array_gathers_every_share():
    x = Value(1.0)
    maximum(x, np.array([0.0, 1.0, 2.0])).sum().backward()  # 1 + ½ + 0
    assert x.grad == 1.5


# ---- errors that read like advice ----------------------------------------------------------------

ERRORS = [
    (lambda: exp(), TypeError, "exp takes a; got 0"),
    (lambda: exp(1.0, 2.0), TypeError, r"exp takes a; got also 2\.0"),
    (lambda: exp(Value(1.0), 2.0), TypeError, r"exp takes a; got also 2\.0"),
    (lambda: exp(1.0, base=2.0), TypeError, "exp takes a; got also base"),
    (lambda: exp(a=1.0), TypeError, "exp takes a; got also a"),
    (lambda: maximum(1.0), TypeError, "maximum takes a, b; got 1"),
    (lambda: maximum(Value(1.0)), TypeError, "maximum takes a, b; got 1"),
    (lambda: maximum(np.array([1.0])), TypeError, "maximum takes a, b; got 1"),
    (lambda: maximum(1.0, 2.0, 3.0), TypeError, r"maximum takes a, b; got also 3\.0"),
    (lambda: maximum(1.0, b=2.0), TypeError, "maximum takes a, b; got also b"),
    (lambda: leaky_relu(), TypeError, "leaky_relu takes a, slope; got 0"),
    (lambda: leaky_relu(slope=0.1), TypeError, "leaky_relu takes a, slope; got 0"),
    (lambda: leaky_relu(1.0, 0.1, 0.2), TypeError, r"got also 0\.1, 0\.2"),
    (lambda: leaky_relu(1.0, 0.1, slope=0.2), TypeError, r"got also 0\.1, slope"),
    (lambda: leaky_relu(1.0, alpha=0.2), TypeError, "leaky_relu takes a, slope; got also alpha"),
    (lambda: elu(np.array([1.0]), slope=1), TypeError, "elu takes a, alpha; got also slope"),
    (lambda: leaky_relu(1.0, "0.1"), TypeError, r"float\('0\.1'\)"),
    (lambda: leaky_relu(1.0, slope=Value(0.1)), TypeError, r"v\.data"),
    (lambda: power(2.0), TypeError, "power takes a, n; n is missing"),
    (lambda: power(Value(2.0)), TypeError, "power takes a, n; n is missing"),
    (lambda: power(np.array([2.0])), TypeError, "power takes a, n; n is missing"),
    (lambda: exp("1"), TypeError, r"write Value\(float\('1'\)\)"),
    (lambda: exp([1.0]), TypeError, "each element"),
    (lambda: exp((1.0, 2.0)), TypeError, "each element"),
    (lambda: exp(None), TypeError, "None"),
    (lambda: exp(1j), TypeError, r"\.real"),
    (lambda: exp(Fraction(1, 2)), TypeError, r"Fraction\(1, 2\)"),
    (lambda: exp(np.array(["1"])), TypeError, "float"),
    (lambda: exp(np.array([1j])), TypeError, r"\.real"),
    (lambda: exp(np.array([Value(1.0), "2"], dtype=object)), TypeError, r"float\('2'\)"),
    (lambda: maximum(1.0, "2"), TypeError, r"float\('2'\)"),
    (lambda: maximum("2", Value(1.0)), TypeError, r"float\('2'\)"),
    (lambda: maximum(Value(1.0), [2.0]), TypeError, "each element"),
    (lambda: maximum(np.array([1.0]), [2.0]), TypeError, "each element"),
    (lambda: maximum(Value(1.0), None), TypeError, "None"),
    (lambda: maximum(1.0, Fraction(1, 2)), TypeError, r"Fraction\(1, 2\)"),
    (lambda: maximum(Value(1.0), Fraction(1, 2)), TypeError, r"Fraction\(1, 2\)"),
    (lambda: maximum(Fraction(1, 2), Value(1.0)), TypeError, r"Fraction\(1, 2\)"),
    (lambda: maximum(np.ones(2), np.ones(3)), ValueError, "broadcast"),
    (lambda: log(0.0), DomainError, r"log\(a\) with a = 0\.0; log needs a > 0"),
    (lambda: log(np.array([1.0, -2.0])), DomainError, r"a = -2\.0; log needs a > 0"),
    (lambda: log(values([1.0, -2.0], "p")), DomainError, r"a = -2\.0 \('p2'\)"),
    (lambda: sqrt(Value(-1.0, label="d")), DomainError, r"a = -1\.0 \('d'\)"),
]


@pytest.mark.parametrize(("wrong", "error", "message"), ERRORS)
def test_errors(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


# ---- the public names ----------------------------------------------------------------------------

MODULES = {module.name for module in pkgutil.iter_modules(autograd_lite.__path__)}


@pytest.mark.parametrize("name", list(OPS))
def test_every_operation_is_an_attribute(name):
    f = getattr(autograd_lite, name)
    assert f is getattr(autograd_lite, name)
    assert f.op is OPS[name] and f.__name__ == name and f.__doc__


@pytest.mark.parametrize("name", autograd_lite.__all__)
def test_every_public_name_exists(name):
    assert getattr(autograd_lite, name) is not None


def test_no_public_name_is_listed_twice():
    assert len(autograd_lite.__all__) == len(set(autograd_lite.__all__))


def test_no_public_name_hides_a_module():
    for name in MODULES & (set(autograd_lite.__all__) | set(dir(autograd_lite))):
        assert isinstance(getattr(autograd_lite, name), ModuleType), name
    assert MODULES.isdisjoint(OPS)


def test_a_star_import_hides_no_built_in():
    names = {}
    exec("from autograd_lite import *", names)
    assert names.keys().isdisjoint(vars(builtins))
    assert names["exp"] is exp and names["Value"] is Value
    assert names.keys() - {"__builtins__"} == set(autograd_lite.__all__)


def test_the_built_ins_names_are_there_by_name():
    assert autograd_lite.abs(-2.0) == 2.0 and autograd_lite.pow(2.0, 3.0) == 8.0
    assert {"abs", "pow"}.isdisjoint(autograd_lite.__all__)


def test_dir_lists_the_operations_and_the_public_names():
    assert set(dir(autograd_lite)) >= set(OPS) | set(autograd_lite.__all__)


@pytest.mark.parametrize("name", ["nonsense", "Exp", "arcsine", "__wrapped__"])
def test_an_unknown_name_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match=f"'autograd_lite' has no attribute '{name}'"):
        getattr(autograd_lite, name)
    assert not hasattr(autograd_lite, name)


def test_an_unknown_name_cannot_be_imported():
    with pytest.raises(ImportError, match="nonsense"):
        exec("from autograd_lite import nonsense", {})


def test_a_function_shows_its_row():
    assert repr(exp) == "<function exp: exp(a)>"
    assert repr(leaky_relu) == "<function leaky_relu: a * slope if a <= 0 else a>"
