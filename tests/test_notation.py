"""The notation: every spelling reads into one tree, and what is printed reads back."""

import random
import re
import time

import pytest

from autograd_lite.expr import Mathematics, Source, compiled
from autograd_lite.notation import Call, Formula, Name, Number, canonical
from autograd_lite.ops import OPS, TOTAL
from autograd_lite.rows import arities

FUNCTIONS = arities()
ROWS = {name: op for name, op in OPS.items() if not name.startswith("test_")}
NAMES = {
    "a",
    "a1",
    "b",
    "c",
    "n",
    "w11",
    "x",
    "y",
    "yhat",
    "z",
    "z2",
    "theta",
    "xvec",
    "sd_w",
    "pi",
    "inf",
    "nan",
}


def read(text, names=NAMES, condition=False):
    return Formula(text, names, FUNCTIONS, condition=condition).tree


SPELLINGS = [  # on paper, the same in Python
    # signs
    ("a·b", "a * b"),
    ("a × b ÷ c", "a * b / c"),
    ("a − b – c", "a - b - c"),
    ("−a", "-a"),
    ("+a", "a"),
    ("x^2", "x ** 2"),
    ("x^−2", "x ** -2"),
    ("a^b^c", "a ** b ** c"),
    ("−x^2", "-(x ** 2)"),
    ("2^−x·y", "(2 ** -x) * y"),
    ("1 if a ≥ 0 else 2", "1 if a >= 0 else 2"),
    ("1 if a = 0 or b ≠ 0 and c ≤ 1 else 2", "1 if a == 0 or b != 0 and c <= 1 else 2"),
    # raised digits
    ("x²", "x ** 2"),
    ("x³y⁻¹", "x ** 3 * y ** -1"),
    ("xⁿ", "x ** n"),
    ("−x²", "-(x ** 2)"),
    ("(a + b)¹⁰", "(a + b) ** 10"),
    ("2x²", "2 * x ** 2"),
    ("x²^2", "(x ** 2) ** 2"),
    ("sin²(x) + cos^2(x)" .replace("cos^2(x)", "cos²(x)"), "sin(x) ** 2 + cos(x) ** 2"),
    # products without a sign
    ("2x", "2 * x"),
    ("2 x y", "2 * x * y"),
    ("a1(1 − a1)", "a1 * (1 - a1)"),
    ("(1−y)(a)", "(1 - y) * a"),
    ("(a)(b)(c)", "a * b * c"),
    ("2(a + b)x", "2 * (a + b) * x"),
    ("2sin(x)cos(x)", "2 * sin(x) * cos(x)"),
    ("x sin(x)", "x * sin(x)"),
    ("2x·sin(x) + x²·cos(x)", "2 * x * sin(x) + x ** 2 * cos(x)"),
    ("−y log(ŷ) − (1 − y) log(1 − ŷ)", "-y * log(yhat) - (1 - y) * log(1 - yhat)"),
    ("2^3x", "2 ** 3 * x"),
    ("½x²", "0.5 * x ** 2"),
    ("π x", "pi * x"),
    ("a / b · c", "a / b * c"),
    ("pi(a)", "pi * a"),
    # functions
    ("σ(z)", "sigmoid(z)"),
    ("σ(z)(1 − σ(z))", "sigmoid(z) * (1 - sigmoid(z))"),
    ("ln(x)", "log(x)"),
    ("arctan(x)", "atan(x)"),
    ("max(a, b) + min(a, 0)", "maximum(a, b) + minimum(a, 0)"),
    ("√(x)", "sqrt(x)"),
    ("√x", "sqrt(x)"),
    ("√x·y", "sqrt(x) * y"),
    ("√(x)²", "sqrt(x) ** 2"),
    ("2√2x", "2 * sqrt(2) * x"),
    ("|x|", "abs(x)"),
    ("|x − y|² / 2", "abs(x - y) ** 2 / 2"),
    ("||x| − 1|", "abs(abs(x) - 1)"),
    ("2|x||y|", "2 * abs(x) * abs(y)"),
    ("|(|x|)|", "abs(abs(x))"),
    ("⌊x⌋", "floor(x)"),
    ("log₂(x)", "log2(x)"),
    ("e^x", "exp(x)"),
    ("e^(−x²)", "exp(-(x ** 2))"),
    # names
    ("w₁₁·x", "w11 * x"),
    ("w_{11}", "w11"),
    ("w_11", "w11"),
    ("ŷ − y", "yhat - y"),
    ("y\u0302", "yhat"),
    ("y_hat", "yhat"),
    ("z⁽²⁾", "z2"),
    ("x\u20d7", "xvec"),
    ("θ", "theta"),
    ("sdw", "sd_w"),
    # numbers
    ("1.5·10^30", "1.5 * 10 ** 30"),
    ("1e-3x", "1e-3 * x"),
    ("−∞", "-inf"),
    ("1_000", "1000"),
]  # fmt: skip


@pytest.mark.parametrize(("paper", "python"), SPELLINGS)
def test_paper_reads_as_python(paper, python):
    assert read(paper) == read(python)


def test_two_names_with_one_spelling():
    assert read("w₁", {"w_1", "w"}) == Name("w_1")
    assert read("w1", {"w_1", "w1"}) == Name("w1")
    with pytest.raises(ValueError, match="'w₁' may be w1 or w_1"):
        read("w₁", {"w_1", "w1"})


def test_an_operation_before_brackets_is_called():
    assert read("step(x)", {"step", "x"}) == read("step(x)", {"x"})
    assert read("step x", {"step", "x"}) == read("a * b", {"a", "b"})._replace(
        arguments=(Name("step"), Name("x"))
    )


@pytest.mark.parametrize("name", ["e", "σ", "log"])
def test_a_variable_may_be_called_as_a_constant_or_an_operation(name):
    assert read(f"{name} + 1", {name}).arguments[0] == Name(name)


REFUSED = [  # text, message, what stands at the caret
    ("sin(x) * k", "unknown name 'k'", "k"),
    ("thetta + 1", "unknown name 'thetta'; did you mean theta?", "thetta"),
    ("sigmoyd(x)", "unknown operation 'sigmoyd'; did you mean sigmoid?", "sigmoyd"),
    ("1 + sin", "'sin' is an operation: write sin(…)", "sin"),
    ("sin x", "'sin' is an operation: write sin(…)", "sin"),
    ("hypot(a)", "wrong arguments: hypot takes 2, not 1", "hypot"),
    ("sin(a, b)", "wrong arguments: sin takes 1, not 2", "sin"),
    ("3.0.1", "write a sign before the number", ".1"),
    ("2 3", "write a sign before the number", "3"),
    ("xy", "unknown name 'xy'; for a product write x·y", "xy"),
    ("abx", "for a product write a·b·x", "abx"),
    ("log x", "'log' is an operation: write log(…)", "log"),
    ("1/2x", "write brackets: a / (b c) or (a / b) c", "x"),
    ("a / b c", "write brackets", "c"),
    ("√x²", "write brackets: √(x²) or (√x)²", "²"),
    ("sin⁻¹(x)", "write asin(…) or 1/sin(…)", "sin"),
    ("a.__class__", "'.' is not allowed: a name has no parts", ".__"),
    ("a[0]", "'[' is not allowed: brackets are round", "[0"),
    ("{a}", "'{' is not allowed", "{"),
    ("'a'", "is not allowed", "'a"),
    ("lambda a", "'lambda' is not allowed", "lambda"),
    ("[a for a in b]", "'[' is not allowed", "["),
    ("not a", "'not' is not allowed", "not"),
    ("a in b", "'in' is not allowed", "in"),
    ("__import__(a)", "unknown operation '__import__'", "__"),
    ("__builtins__", "unknown name '__builtins__'", "__"),
    ("a // b", "not a formula: nothing can follow here but an operator, not '//'", "//"),
    ("a +", "a number or a name is missing before the end", ""),
    ("(a", "')' is missing", ""),
    ("a)", "nothing can follow here but an operator, not ')'", ")"),
    ("sin(a b, )", "a number or a name is missing before ')'", ")"),
    ("sin(a; b)", "the character ';'", ";"),
    ("sin(a=1)", "a condition where a number is needed", "a="),
    ("a > 0", "a condition where a number is needed", "a >"),
    ("1 + (a > 0)", "a condition where a number is needed", "(a"),
    ("1 if a", "'else' is missing", ""),
    ("|a", "'|' is missing", ""),
    ("a; b", "the character ';'", ";"),
    ("a := 1", "the character ':'", ":"),
    ("a @ b", "the character '@'", "@"),
    ("1e999", "'1e999' is not a number: it is too large", "1e999"),
    ("a\x00", "the character '\\x00'", "\x00"),
    ("a + \ud800", "the character '\\ud800'", "\ud800"),
    ("x⁺", "this is not a power", "⁺"),
    ("", "a number or a name is missing before the end", ""),
    ("   ", "a number or a name is missing before the end", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "at"), REFUSED)
def test_what_is_refused_and_where(text, message, at):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read(text)
    _, excerpt, caret = str(caught.value).split("\n")
    assert excerpt[2:].startswith(text[:3].translate({0: "�", 0xD800: "�"}))
    assert caret == " " * (2 + text.find(at) if at else len(caret) - 1) + "^"


def test_the_caret_in_a_long_text_and_under_wide_characters():
    with pytest.raises(ValueError, match="unknown name 'q'") as caught:
        read(" + ".join(["x"] * 40) + " + q + " + " + ".join(["x"] * 40))
    _, excerpt, caret = str(caught.value).split("\n")
    assert excerpt[len(caret) - 1] == "q" and len(excerpt) < 70
    with pytest.raises(ValueError, match="unknown name 'q'") as caught:
        read("权重 + q", {"权重"})
    assert str(caught.value).split("\n")[2].index("^") == 9


HOSTILE = [
    "9" * 10**7,
    "x" + " + x" * 10**6,
    "(" * 4999 + "x" + ")" * 4999,
    "(" * 9999,
    "|" * 9999,
    "√" * 9999,
    "-" * 9999,
    "x" * 9999,
    "2" * 9999,
    "x²" * 4999,
    "²" * 9999,
    "x**" * 3333,
    "x if x else " * 800 + "x",
    "sin(" * 2000,
    "x_{" * 3000,
    "x" + "\u0302" * 9000,
    "x<" * 4999 + "x",
    "x,," * 3000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_answered_at_once(text):
    before = time.process_time()
    with pytest.raises(ValueError, match="formula") as caught:
        read(text)
    assert time.process_time() - before < 0.5 and len(str(caught.value)) < 400


def test_towers_are_read_and_not_evaluated():
    assert str(Source().text(read("9**9**9**9"))) == "9.0 ** (9.0 ** (9.0 ** 9.0))"


# ---- what is printed reads back ------------------------------------------------------------------


def value(tree, point):
    """The formula at a point; ``None`` outside a domain."""
    try:
        return compiled(tree, tuple(point), TOTAL.__getitem__)(*point.values())
    except (ArithmeticError, ValueError):
        return None


def random_tree(draw, depth):
    """A random formula of the table's operations."""
    if depth == 0:
        names = [Name(x) for x in ("x", "w11", "yhat", "theta")]
        return draw.choice([*names, Number(2.0), Number(0.5)])
    op = draw.choice([*ROWS.values()])
    operands = [
        random_tree(draw, depth - 1 if i == 0 else draw.randrange(depth)) for i in op.operands
    ]
    return Call(op.name, (*operands, *[Number(0.25)] * bool(op.parameter)))


class Exact(Mathematics):
    """Mathematics with all digits."""

    def number(self, x, digits=17):
        return super().number(x, digits)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_as_it_is_printed_reads_back(name):
    op, draw, checked = OPS[name], random.Random(name), 0
    tree = Call(name, tuple(map(Name, op.operands)) + (Number(0.75),) * bool(op.parameter))
    text = Exact(OPS).text(tree)
    for _ in range(60):
        point = {x: draw.uniform(-3, 3) for x in op.operands}
        expected = value(tree, point)
        if expected is not None:
            assert value(read(text), point) == pytest.approx(
                expected, rel=1e-13, abs=1e-15, nan_ok=True
            )
            checked += 1
    assert checked > 5, name


@pytest.mark.parametrize("seed", range(300))
def test_a_formula_as_it_is_printed_reads_back(seed):
    draw = random.Random(seed)
    tree = random_tree(draw, 3)
    again = read(Exact(OPS).text(tree))
    for _ in range(5):
        point = {x: draw.uniform(0.1, 1.5) for x in ("x", "w11", "yhat", "theta")}
        first, second = value(tree, point), value(again, point)
        if first is not None and second is not None and abs(first) < 1e12:
            assert second == pytest.approx(first, rel=1e-7, abs=1e-9, nan_ok=True), Exact(OPS).text(
                tree
            )


@pytest.mark.parametrize(("name", "plain"), [("w₁,₂", "w12"), ("σ²"[:1], "sigma"), ("x̄", "xbar")])
def test_canonical(name, plain):
    assert canonical(name) == plain
