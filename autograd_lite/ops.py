"""The calculus table: every operation once, as text.

A row holds the operation's value, its local derivatives, its domain and how it is written.
The text is all there is: the method of ``Value``, higher derivatives, power series, formulas,
drawings and programs are made from it.  In the text

* ``a`` and ``b`` are the operands, ``y`` is the result, and a row may name one plain-number
  parameter (the ``n`` of ``a ** n``);
* ``+ - * / **``, ``x if condition else z``, the constants ``pi``, ``inf`` and ``nan``, the
  functions in ``PRIMITIVES`` and every row above may be used.

>>> from autograd_lite.ops import OPS
>>> OPS["sigmoid"].derivatives
('y * (1 - y)',)
>>> OPS["sigmoid"](0.0)
0.5
"""

from .notation import CONSTANTS as CONSTANTS
from .rows import FAST as FAST
from .rows import OPS as OPS
from .rows import PRIMITIVES as PRIMITIVES
from .rows import RESERVED as RESERVED
from .rows import TOTAL as TOTAL
from .rows import TROUBLE as TROUBLE
from .rows import Op as Op
from .rows import arities as arities
from .rows import chained as chained
from .rows import define as define
from .rows import find as find
from .rows import operands_of as operands_of

define("add", "a + b", da="1", db="1", shown="{a} + {b}")
define("sub", "a - b", da="1", db="-1", shown="{a} − {b}")
define("mul", "a * b", da="b", db="a", shown="{a} · {b}")
ZERO_HINT = "Keep the denominator away from zero, for instance by adding a small number."
define(
    "div",
    "a / b",
    da="1 / b",
    db="-y / b",
    shown="{a} / {b}",
    domain="b != 0",
    hint=ZERO_HINT,
    raises=True,
)
define("neg", "-a", da="-1", shown="−{a}")
POWER_HINT = (
    "A fractional power needs a ≥ 0, a negative one a ≠ 0; a real odd root is cbrt(a) or "
    "nthroot(a, 5)."
)
define(
    "power",
    "a ** n",
    da="n * a ** (n - 1) if n else 0",
    shown="{a}^{n}",
    parameter="n",
    domain="a > 0 or a == 0 and n >= 0 or a < 0 and n == floor(n)",
    hint=POWER_HINT,
    note="(x⁰)′(0) = 0",
    raises=True,
)
define(
    "exponential",
    "n ** a",
    da="y * log(n) if n else 0",
    shown="{n}^{a}",
    parameter="n",
    domain="n > 0 or n == 0 and a >= 0 or n < 0 and a == floor(a)",
    hint="A base below zero needs a whole exponent, a base of zero an exponent ≥ 0.",
    note="base 0: derivative 0; base below 0: NaN",
    raises=True,
)
define(
    "pow",
    "a ** b",
    da="b * a ** (b - 1) if a or b else 0",
    db="y * log(a) if a else 0",
    shown="{a}^{b}",
    domain="a > 0 or a == 0 and b >= 0 or a < 0 and b == floor(b)",
    hint=POWER_HINT,
    note="∂/∂a = 0 at (0, 0); ∂/∂b = 0 at a = 0, NaN for a < 0",
    raises=True,
)
define("exp", "exp(a)", da="y")
define("exp2", "2 ** a", da="y * log(2)", shown="2^{a}")
define("expm1", "expm1(a)", da="exp(a)", shown="(exp({a}) − 1)")
LOG_HINT = "Keep a above 0; of a probability, take the log loss of the logit z instead."
define("log", "log(a)", da="1 / a", domain="a > 0", hint=LOG_HINT, raises=True)
define(
    "log1p",
    "log1p(a)",
    da="1 / (1 + a)",
    shown="log(1 + {a})",
    domain="a > -1",
    hint="Keep a above −1.",
    raises=True,
)
define("log2", "log2(a)", da="1 / (a * log(2))", domain="a > 0", hint=LOG_HINT, raises=True)
define("log10", "log10(a)", da="1 / (a * log(10))", domain="a > 0", hint=LOG_HINT, raises=True)
define(
    "sqrt",
    "sqrt(a + 0)",  # √(−0.0) is 0.0, so that its slope is +inf
    da="1 / (2 * y)",
    shown="√({a})",
    domain="a >= 0",
    hint="Add a small positive number under the root, or take abs first.",
    note="√′(0) = inf: the tangent is vertical",
    raises=True,
)
define(
    "cbrt",
    "cbrt(a)",
    da="1 / (3 * y * y)",
    shown="∛({a})",
    note="∛′(0) = inf: the tangent is vertical",
)
define(
    "nthroot",
    "a ** (1 / n) if a >= 0 else -(-a) ** (1 / n) if a < 0 else a",
    da="y / (n * a) if a else inf if n > 1 else 1 if n == 1 else 0",
    parameter="n",
    domain="a > 0 or a == 0 and n > 0 or a < 0 and n == floor(n) and n != 2 * floor(n / 2)",
    hint="A number below zero has a real root of odd degree only.",
    note="the slope at 0 is inf for n > 1: the tangent is vertical",
)
define("square", "a * a", da="2 * a", shown="{a}²")
define(
    "reciprocal",
    "1 / a",
    da="-y / a",
    shown="1 / {a}",
    domain="a != 0",
    hint=ZERO_HINT,
    raises=True,
)
define("sin", "sin(a)", da="cos(a)", note="sin(±inf) is NaN")
define("cos", "cos(a)", da="-sin(a)", note="cos(±inf) is NaN")
define("tan", "tan(a)", da="1 + y * y")
BETWEEN = "-1 <= a <= 1"
UNIT_HINT = "Rounding may have led out of [−1, 1]: clip with minimum and maximum."
define(
    "asin",
    "asin(a)",
    da="1 / sqrt((1 - a) * (1 + a))",
    domain=BETWEEN,
    hint=UNIT_HINT,
    aliases=("arcsin",),
    raises=True,
)
define(
    "acos",
    "acos(a)",
    da="-1 / sqrt((1 - a) * (1 + a))",
    domain=BETWEEN,
    hint=UNIT_HINT,
    aliases=("arccos",),
    raises=True,
)
define("atan", "atan(a)", da="1 / (1 + a * a)", aliases=("arctan",))
define("sinh", "sinh(a)", da="cosh(a)")
define("cosh", "cosh(a)", da="sinh(a)")
define("tanh", "tanh(a)", da="1 - y * y")
define(
    "hypot",
    "hypot(a, b)",
    da="0 if y == 0 else a / y",
    db="0 if y == 0 else b / y",
    note="0 at (0, 0)",
)
define("asinh", "asinh(a)", da="1 / hypot(1, a)", aliases=("arcsinh",))
define(
    "acosh",
    "acosh(a)",
    da="1 / (sqrt(a - 1) * sqrt(a + 1))",
    domain="a >= 1",
    hint="Keep a at 1 or above.",
    aliases=("arccosh",),
    note="acosh′(1) = inf",
    raises=True,
)
define(
    "atanh",
    "atanh(a)",
    da="1 / ((1 - a) * (1 + a))",
    domain=BETWEEN,
    hint=UNIT_HINT,
    aliases=("arctanh",),
    note="atanh(±1) = ±inf",
    raises=True,
)
define(
    "atan2",
    "atan2(a, b)",
    da="0 if a == 0 and b == 0 else b / hypot(a, b) / hypot(a, b)",
    db="0 if a == 0 and b == 0 else -a / hypot(a, b) / hypot(a, b)",
    aliases=("arctan2",),
    note="derivatives 0 at (0, 0)",
)
define("erf", "erf(a)", da="2 / sqrt(pi) * exp(-a * a)")
define("erfc", "erfc(a)", da="-2 / sqrt(pi) * exp(-a * a)")
# A NaN fails every comparison; the last branch of each line below hands it on.
define(
    "abs",
    "abs(a)",
    da="1 if a > 0 else -1 if a < 0 else 0 if a == 0 else nan",
    shown="|{a}|",
    note="0 at 0",
)
define("sign", "1 if a > 0 else -1 if a < 0 else a", da="0", note="0 at 0")
define("step", "0 if a <= 0 else 1 if a > 0 else a", da="0", note="0 at 0")
define("floor", "floor(a)", da="0", shown="⌊{a}⌋", note="derivative 0")
define(
    "maximum",
    "a if a > b or a != a else b",
    da="1 if a > b else 0 if a < b else 0.5 if a == b else nan",
    db="0 if a > b else 1 if a < b else 0.5 if a == b else nan",
    shown="max({a}, {b})",
    note="½ to each at a tie",
)
define(
    "minimum",
    "a if a < b or a != a else b",
    da="1 if a < b else 0 if a > b else 0.5 if a == b else nan",
    db="0 if a < b else 1 if a > b else 0.5 if a == b else nan",
    shown="min({a}, {b})",
    note="½ to each at a tie",
)
define("relu", "0 if a <= 0 else a", da="0 if a <= 0 else 1 if a > 0 else nan", note="relu′(0) = 0")
define(
    "leaky_relu",
    "a * slope if a <= 0 else a",
    da="slope if a <= 0 else 1 if a > 0 else nan",
    parameter="slope",
    default=0.01,
    note="the slope at 0",
)
define(
    "sigmoid",
    "1 / (1 + exp(-a)) if a >= 0 else exp(a) / (1 + exp(a))",
    da="y * (1 - y)",
    shown="σ({a})",
)
define(
    "softplus",
    "a + log1p(exp(-a)) if a > 0 else log1p(exp(a))",
    da="sigmoid(a)",
)
define(
    "logaddexp",
    "a + log(2) if a == b else maximum(a, b) + log1p(exp(-abs(a - b)))",
    da="sigmoid(a - b)",
    db="sigmoid(b - a)",
    shown="log(exp({a}) + exp({b}))",
)
define(
    "elu",
    "alpha * expm1(a) if a <= 0 else a",
    da="alpha * exp(a) if a <= 0 else 1 if a > 0 else nan",
    parameter="alpha",
    default=1.0,
    note="α at 0",
)
define("silu", "a * sigmoid(a)", da="sigmoid(a) * (1 + a * sigmoid(-a))")
define(
    "gelu",
    "0.5 * a * erfc(-a / sqrt(2))",
    da="0.5 * erfc(-a / sqrt(2)) + a * exp(-a * a / 2) / sqrt(2 * pi)",
)
