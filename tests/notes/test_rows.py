"""The helper of the tables must itself be able to say no."""

import math

import numpy as np
import pytest

from tests.notes.rows import (
    Erratum,
    Reason,
    Row,
    agrees,
    check,
    check_covered,
    check_erratum,
    raised,
)

CASES = [  # got, expected, whether they agree
    (1.0, 1, True),
    (1.0 + 1e-11, 1, False),
    (np.float64(2), 2, True),
    (-2, 2, False),
    (1e-13, 0, True),
    (1e-11, 0, False),
    (1e-13, 2e-13, False),  # small is not zero
    (math.nan, math.nan, True),
    (math.nan, 1, False),
    (1, math.nan, False),
    (math.inf, math.inf, True),
    (-math.inf, math.inf, False),
    (1e308, math.inf, False),
    (True, True, True),
    (np.False_, False, True),
    (1.0, True, False),
    (True, 1, False),
    ("saddle", "saddle", True),
    ("saddle", "minimum", False),
    ("1", 1, False),
    (1, "1", False),
    (None, None, True),
    (0.0, None, False),
    (None, 0.0, False),
    (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]], True),
    ((1, "corner", [2, None]), (1, "corner", (2, None)), True),
    ([1, 2], [1, 2, 3], False),
    ([1, 2], 1, False),
    (1, [1], False),
    ("ab", ["a", "b"], False),
    ([], 0, False),
]


@pytest.mark.parametrize(("got", "expected", "same"), CASES)
def test_agrees(got, expected, same):
    assert agrees(got, expected, 1e-12) is same


def test_a_wrong_row_fails():
    with pytest.raises(AssertionError, match=r"S0-001, 1 \+ 1: 3, expected 2 \(000 §1, l. 1\)"):
        check(Row("S0-001", "1 + 1", lambda: 3, 2, "000 §1, l. 1"))


WITNESSES = [  # witness, expected pair, whether it is one
    (lambda: (2, 3), (2, 3), True),
    (lambda: (2, 3), (2, 4), False),  # not the numbers that are told
    (lambda: (3, 3), (3, 3), False),  # no difference between printed and true
    (lambda: (False, True), (False, True), True),
    (lambda: (True, True), (False, True), False),
    (lambda: (False, False), (False, True), False),
]


@pytest.mark.parametrize(("witness", "expected", "holds"), WITNESSES)
def test_an_erratum_needs_its_witness(witness, expected, holds):
    e = Erratum("S0-001", "a number", "1 + 1 = 3", "1 + 1 = 2", witness, "000 §1, l. 1", expected)
    if holds:
        check_erratum(e)
    else:
        with pytest.raises(AssertionError, match="S0-001, a number"):
            check_erratum(e)


def test_an_erratum_has_a_place():
    e = Erratum("S3-002", "", "a", "b", lambda: (False, True), "003 Models, l. 13")
    assert e.place == (3, 13)
    with pytest.raises(ValueError, match="is not like"):
        Erratum("S3-002", "", "a", "b", lambda: (False, True), "page 1").place  # noqa: B018


ONE, TWO = Row("S9-001", "", int, 0, ""), Row("S9-002", "", int, 0, "")


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({"": [ONE]}, "missing: .'S9-002'"),
        ({"": [ONE, TWO, Row("S9-003", "", int, 0, "")]}, "unknown: .'S9-003'"),
        ({"": [ONE, TWO, Reason("S9-001", "no")]}, "computed, so no reason is due"),
    ],
)
def test_an_item_left_out_is_noticed(table, text):
    check_covered({"a": [ONE], "b": [Reason("S9-002", "a heading")]}, "S9", 2)
    with pytest.raises(AssertionError, match=text):
        check_covered(table, "S9", 2)


def test_raised():
    assert raised(lambda: math.log(0)) == "ValueError" and raised(lambda: 1) == "nothing"
