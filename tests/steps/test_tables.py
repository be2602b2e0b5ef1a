"""The steps as tables that people read: 80 columns, aligned, in any encoding; Markdown, LaTeX."""

import io
import math
import os
import re
import shutil
import subprocess
import sys

import pytest

from autograd_lite import Value, backward_steps, chain_rule, define, explain, forward_steps, stepper
from autograd_lite.draw import to_dot, to_svg
from autograd_lite.expr import LaTeX
from autograd_lite.functions import function
from autograd_lite.labels import clean, columns, fitted, raised, svg_of
from autograd_lite.nn import TwoLayerNetwork, log_loss
from autograd_lite.ops import OPS
from autograd_lite.steps import backward_table, forward_table, to_json, to_latex, to_markdown
from autograd_lite.steps.symbols import in_symbols, local_in_symbols, names_of
from autograd_lite.value import order

NASTY = [
    "a|b",
    "<b>",
    "`x`",
    "*x*",
    "\\",
    "[x](y)",
    "two\nlines",
    "权重",
    "e\u0301",
    "👩‍👩‍👧",
    "\ud800",
]
NASTY += ["x" * 20_000, "权" * 20_000, "%$#&{}~^_", '"', " ", "tab\t", "\x1b[31m", "w_11", "v1"]


def notes():
    loss = log_loss(1, TwoLayerNetwork(seed=0)([0.5, -1.0]))
    loss.label = "L"
    return loss


def test_the_tables():
    w, x = Value(0.5, label="w"), Value(2.0, label="x")
    p = (w * x - 0.3).sigmoid()
    p.label = "p"
    assert (forward_table(p * p) + "\n" + backward_table(p * p)).splitlines() == [
        "step      forward        value",
        "   1  v1  = w · x     = 1",
        "          = 0.5 · 2",
        "   2  v2  = v1 − 0.3  = 0.7",
        "          = 1 − 0.3",
        "   3  p   = σ(v2)     ≈ 0.6682",
        "          = σ(0.7)",
        "   4  v3  = p · p     ≈ 0.4465",
        "          = 0.6682 · 0.6682",
        "step  from → to  upstream  local derivative              adds     total",
        "   1  v3                   seed                        1         1",
        "   2  v3 → p       1       p                 0.6682  = 0.6682    0.6682  1/2",
        "   3  v3 → p       1       p                 0.6682  = 0.6682  ≈ 1.336   2/2",
        "   4  p → v2       1.336   p · (1 − p)       0.2217  ≈ 0.2963    0.2963",
        "                           ≈ 0.6682 · (1 − 0.6682)",
        "   5  v2 → v1      0.2963                    1       = 0.2963    0.2963",
        "   6  v1 → w       0.2963  x                 2       = 0.5926    0.5926",
        "   7  v1 → x       0.2963  w                 0.5     ≈ 0.1481    0.1481",
    ]


def lines_of(root, **options):
    text = forward_table(root, **options) + "\n" + backward_table(root, **options)
    return text.splitlines()


@pytest.mark.parametrize("label", NASTY, ids=range(len(NASTY)))
def test_no_line_is_wider_than_80_columns(label):
    a, b = Value(-1.2345e-5, label=label), Value(-9.8765e-7, label=label)
    y = (a * b).gelu() / (a - 3.3e-9) + (b * b * b).silu()
    lines = lines_of(y)
    assert max(map(columns, lines)) <= 80
    assert not re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "".join(lines))


def test_decimal_points_stand_below_each_other():
    loss = notes()
    points = {}
    for line in backward_table(loss).splitlines()[1:]:
        if re.match(r" *\d+ ", line):
            last = re.match(r"(.*?\S)( +\d/\d)?$", line)[1]
            number = re.search(r"[−\d.]+$", last)
            points.setdefault(number.start() + number[0].find("."), []).append(line)
    assert len([at for at, lines in points.items() if len(lines) > 2]) == 1


def test_wide_characters_stay_aligned():
    w = Value(2.0, label="权重")
    y = w * Value(3.0, label="x")
    first, second = backward_table(y).splitlines()[2:4]
    assert columns(first[: first.index("1")]) == columns(second[: second.index("1")])


def test_two_contributions_are_counted():
    a = Value(3.0, label="a")
    text = backward_table(a * a)
    assert [line.split()[-2:] for line in text.splitlines()[2:]] == [["3", "1/2"], ["6", "2/2"]]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "gbk", "utf-8", "utf-16"])
def test_any_encoding(encoding):
    script = (
        "from autograd_lite import *\n"
        "a = Value(2.0, label='权重')\n"
        "explain((a * 3 + a.relu()).sigmoid() ** 0.5, forward=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
    )
    text = done.stdout.decode(encoding)
    assert max(map(columns, text.splitlines())) <= 80
    assert ("∂" in text or "→" in text) == encoding.startswith(("utf", "gbk"))
    assert "->" in text or "→" in text
    assert "\x1b" not in text


def test_explain_prints_the_tables():
    loss = notes()
    out = io.StringIO()
    explain(loss, out)
    assert out.getvalue() == backward_table(loss) + "\n"
    out = io.StringIO()
    explain(loss, out, forward=True)
    first, second = out.getvalue().split("\n\n")
    assert first == forward_table(loss)
    assert second == backward_table(loss, start=18) + "\n"


@pytest.mark.parametrize(("tty", "no_color", "bold"), [(1, "", 1), (1, "1", 0), (0, "", 0)])
def test_color_on_a_terminal_only(tty, no_color, bold, monkeypatch):
    monkeypatch.setenv("NO_COLOR", no_color)
    out = io.StringIO()
    out.isatty = lambda: bool(tty)
    explain(Value(1.0) * 2, out)
    assert ("\x1b[1m" in out.getvalue()) == bool(bold)
    for color in (True, False):
        out = io.StringIO()
        explain(Value(1.0) * 2, out, color=color)
        assert ("\x1b[" in out.getvalue()) == color


# ---- Markdown and LaTeX -------------------------------------------------------------------------


@pytest.mark.parametrize("label", NASTY, ids=range(len(NASTY)))
def test_markdown_is_a_table_whatever_the_label(label):
    a = Value(2.0, label=label)
    for table in to_markdown(a * a + a.relu(), forward=True).strip().split("\n\n"):
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1 and counts.pop() in (6, 8)
        assert "<" not in table.replace("&lt;", "")


def formula_of(name):
    op = OPS[name]
    at = [Value(1.25 if name == "acosh" else 0.7, label="x1"), Value(0.3, label="yhat")][: op.arity]
    more = [2.0] if op.parameter and op.default is None else []
    return function(name)(*at, *more)


def balanced(text):
    depth = 0
    for c in re.sub(r"\\[{}]", "", text):
        depth += (c == "{") - (c == "}")
        assert depth >= 0
    return depth == 0


@pytest.mark.parametrize("name", OPS)
def test_latex_is_balanced(name):
    text = to_latex(formula_of(name), forward=True)
    assert balanced(text)
    assert text.count(r"\begin{") == text.count(r"\end{")
    assert text.isascii()
    table = to_latex(formula_of(name), document=False)
    assert table.startswith(r"\renewcommand") and table.rstrip().endswith(r"\end{longtable}")
    assert r"x_{1}" in table


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_latex_compiles(tmp_path):
    total = sum(formula_of(name) for name in OPS if name != "acosh")
    for label in NASTY:
        a = Value(2.0, label=label)
        total = total + a * a.exp() * 1e-30
    total.label = "yhat"
    (tmp_path / "steps.tex").write_text(to_latex(total, forward=True), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "steps.tex"],
        cwd=tmp_path,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert (tmp_path / "steps.pdf").exists()


# ---- labels that read as formulas, and operations of one's own ----------------------------------


def oplus(a, b):
    if "test_oplus" not in OPS:
        define("test_oplus", "a + b", da="1", db="1", shown="{a} ⊕ {b}")
    return function("test_oplus")(a, b)


S, T, U = (
    Value(2.0, label="x + y"),
    Value(3.0, label="-a"),
    Value(4.0, label="2x"),
)
WRITTEN = [  # the result, by which operand, operation, local derivative, both in LaTeX
    (lambda: S * T, 0, "(x + y) · (-a)", "-a", r"(x + y) \cdot (-a)", "-a"),
    (lambda: S * U, 0, "(x + y) · 2x", "2x", r"(x + y) \cdot 2x", "2x"),
    (lambda: S + T, 0, "x + y + (-a)", "1", "x + y + (-a)", "1"),
    (lambda: U - S, 1, "2x − (x + y)", "−1", "2x - (x + y)", "-1"),
    (lambda: T / S, 0, "(-a) / (x + y)", "1 / (x + y)", r"\frac{-a}{x + y}", r"\frac{1}{x + y}"),
    (lambda: S / U, 0, "(x + y) / (2x)", "1 / (2x)", r"\frac{x + y}{2x}", r"\frac{1}{2x}"),
    (lambda: S**2, 0, "(x + y)^2", "2 · (x + y)", "(x + y)^{2}", r"2 \cdot (x + y)"),
    (lambda: U**3, 0, "(2x)^3", "3 · (2x)^2", "(2x)^{3}", r"3 \cdot (2x)^{2}"),
    (lambda: -T, 0, "−(-a)", "−1", "-(-a)", "-1"),
    (lambda: S.exp(), 0, "exp(x + y)", "exp(x + y)", r"\exp(x + y)", r"\exp(x + y)"),
    (lambda: S.sqrt(), 0, "√(x + y)", "1 / (2 · √(x + y))", r"\sqrt{x + y}", None),
    (lambda: 2**S, 0, "2^(x + y)", None, "2^{x + y}", None),
    (lambda: S.square(), 0, "(x + y)²", "2 · (x + y)", "(x + y)^{2}", r"2 \cdot (x + y)"),
    (lambda: oplus(S, T), 0, "(x + y) ⊕ (-a)", "1", r"(x + y) \oplus (-a)", "1"),
    (lambda: S.relu(), 0, "relu(x + y)", "1 if x + y > 0", None, r"1 \text{ if } x + y > 0"),
]


def test_labels_that_read_as_formulas_stand_in_brackets_where_they_must():
    for make, position, formula, local, in_latex, local_in_latex in WRITTEN:
        y = make()
        (step,) = forward_steps(y)
        slope = [s for s in backward_steps(y) if s.node is y][position]
        assert step.formula == formula
        assert local is None or slope.formula == local
        names = names_of(order(y), LaTeX)
        assert in_latex is None or in_symbols(y, names, LaTeX) == in_latex
        assert (
            local_in_latex is None or local_in_symbols(y, position, names, LaTeX) == local_in_latex
        )
        assert formula in forward_table(y)
        assert formula in to_markdown(y, forward=True).replace("\\", "")
        base, *power = svg_of(raised(formula)).split("<tspan", 1)
        drawn = f" = {base}</tspan>" + "".join(f"<tspan{x}" for x in power)
        assert f"{drawn}</text>" in to_svg(y, engine="builtin")


def test_an_operation_with_a_sign_of_its_own_is_bracketed_in_a_product():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    plus = oplus(a, b)
    plus.label = "a ⊕ b"
    y = plus * a
    (*_, step) = forward_steps(y)
    assert step.formula == "(a ⊕ b) · a"
    assert r"(a \oplus b) \cdot a" in to_latex(y, forward=True)
    assert str(chain_rule(y, b)).splitlines()[:2] == ["∂v1/∂b", "  = ∂v1/∂(a ⊕ b) · ∂(a ⊕ b)/∂b"]
    assert "∂v₁/∂(a ⊕ b) = a = 2" in to_svg(y, engine="builtin")
    assert "∂v1/∂(a ⊕ b)" in stepper(y, engine="builtin").html


def test_a_formula_of_a_known_power_has_no_condition_left():
    w = Value(3.0, label="w")
    y = 2 * w**2
    texts = [str(chain_rule(y, w)), backward_table(y), to_latex(y), to_markdown(y), to_json(y)]
    for text in [*texts, to_svg(y, engine="builtin"), stepper(y, engine="builtin").html]:
        assert " if " not in re.sub("<script>.*?</script>", "", text, flags=re.DOTALL)
        assert "2 − 1" not in text and "2-1" not in text
    assert "  = 2 · 2 · w\n" in texts[0]


def test_one_word_each_for_what_is_no_number():
    """NaN, ∞ and 0, whatever the sign of the zero, in every output for people."""
    y = Value(math.inf, label="u") * Value(-0.0, label="m") + Value(math.nan, label="k") / -math.inf
    y.backward()
    for text in (
        forward_table(y) + backward_table(y) + str(chain_rule(y, order(y)[0])),
        to_markdown(y, forward=True),
        re.sub("<script>.*?</script>", "", stepper(y, engine="builtin").html, flags=re.DOTALL),
        to_svg(y, engine="builtin", local_derivatives=True),
        to_dot(y),
    ):
        assert "NaN" in text and "∞" in text
        assert not re.search(r"\b(nan|inf|Infinity)\b|−0(?![.\d])", text)
    latex = to_latex(y, forward=True)
    assert r"\infty" in latex and r"\mathrm{NaN}" in latex
    assert not re.search(r"\b(nan|inf)\b|-0(?![.\d])", latex)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.5e30, r"1.5 \cdot 10^{30}"),
        (-1e-12, r"-1 \cdot 10^{-12}"),
        (-0.25, "-0.25"),
        (-math.inf, r"-\infty"),
        (math.nan, r"\mathrm{NaN}"),
        (-0.0, "0"),
    ],
)
def test_numbers_in_latex(number, text):
    assert LaTeX(OPS).number(number) == text


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("w11", "w_{11}"),
        ("w1_2", "w_{1,2}"),
        ("yhat", r"\hat{y}"),
        ("loss", r"\mathrm{loss}"),
        ("layer 1", r"\mathrm{layer}\ 1"),
        ("x^2", "x^{2}"),
        ("x^(n + 1)", "x^{n + 1}"),
        ("50%", r"50\%"),
        ("权", r"\text{\letter{6743}{权}}"),
    ],
)
def test_labels_in_latex(text, latex):
    assert LaTeX(OPS).label(text) == latex


def test_the_sum_of_the_paths_is_the_derivative_as_text_too():
    """The line of formulas of ``chain_rule``, evaluated, for labels that are formulas."""
    x, y, a = 1.25, 0.75, -3.0
    numbers = {"x": x, "y": y, "a": a, "Twox": 2 * x, **vars(math)}
    s, t, u = Value(x + y, label="x + y"), Value(-a, label="-a"), Value(2 * x, label="2x")
    root = s * t * u + s**2 * t - t * (s - u) / s - s / u + (-s).exp()
    for leaf in (s, t, u):
        rule = chain_rule(root, leaf)
        lines = rule.text(width=10_000).splitlines()
        text = lines[2].removeprefix("  = ")
        for sign, python in {"2x": "Twox", "·": "*", "−": "-", "^": "**"}.items():
            text = text.replace(sign, python)
        inner = {f"v{k}": v.data for k, v in enumerate(_unnamed(root), 1)}
        assert eval(text, numbers | inner) == pytest.approx(rule.value, rel=1e-12)


def _unnamed(root):
    return [v for v in order(root) if not v.label and not v.is_constant]


# ---- labels -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("two\nlines", "two⏎lines"),
        ("tab\there", "tab⇥here"),
        ("\x00\x1b\ud800\ufffe", "����"),
        ("x" * 24, "x" * 24),
        ("x" * 25, "x" * 12 + "…" + "x" * 11),
        ("weight_of_the_layer_number_1", "weight_of_th…er_number_1"),
        (3, "3"),
        ("\u202eabc\u2028", "�abc�"),
        ("👩\u200d👩", "👩\u200d👩"),
    ],
)
def test_clean(text, cleaned):
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "a…d"),
        ("权重权", 5, "权…权"),
        ("权重", 3, "权…"),
        ("a", 1, "a"),
    ],
)
def test_fitted(text, width, cut):
    assert fitted(text, width) == cut
    assert columns(cut) <= width
