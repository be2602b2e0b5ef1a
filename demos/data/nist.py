"""Do our fits agree with certified ones?  NIST's 27 nonlinear regression problems.

Levenberg and Marquardt's method on the engine's Jacobian, from both starting points of each
problem, against the certified parameters, standard deviations and residual sums of squares.

中文: 非线性回归: NIST 数据
"""

import math
import re
import time
from dataclasses import dataclass
from pathlib import Path

from autograd_lite import atan, cos, exp, least_squares, sin

DATA = Path(__file__).parent / "nist"


def misra1a(x, b1, b2):
    return b1 * (1 - exp(-b2 * x))


def chwirut(x, b1, b2, b3):
    return exp(-b1 * x) / (b2 + b3 * x)


def lanczos(x, b1, b2, b3, b4, b5, b6):
    return b1 * exp(-b2 * x) + b3 * exp(-b4 * x) + b5 * exp(-b6 * x)


def gauss(x, b1, b2, b3, b4, b5, b6, b7, b8):
    bells = b3 * exp(-((x - b4) ** 2) / b5**2) + b6 * exp(-((x - b7) ** 2) / b8**2)
    return b1 * exp(-b2 * x) + bells


def cubic(x, b1, b2, b3, b4, b5, b6, b7):
    return (b1 + b2 * x + b3 * x**2 + b4 * x**3) / (1 + b5 * x + b6 * x**2 + b7 * x**3)


def enso(x, b1, b2, b3, b4, b5, b6, b7, b8, b9):
    year = 2 * math.pi * x / 12
    p = 2 * math.pi * x / b4
    q = 2 * math.pi * x / b7
    yearly = b1 + b2 * math.cos(year) + b3 * math.sin(year)
    return yearly + b5 * cos(p) + b6 * sin(p) + b8 * cos(q) + b9 * sin(q)


MODELS = {
    "Bennett5": lambda x, b1, b2, b3: b1 * (b2 + x) ** (-1 / b3),
    "BoxBOD": misra1a,
    "Chwirut1": chwirut,
    "Chwirut2": chwirut,
    "DanWood": lambda x, b1, b2: b1 * x**b2,
    "ENSO": enso,
    "Eckerle4": lambda x, b1, b2, b3: b1 / b2 * exp(-0.5 * ((x - b3) / b2) ** 2),
    "Gauss1": gauss,
    "Gauss2": gauss,
    "Gauss3": gauss,
    "Hahn1": cubic,
    "Kirby2": lambda x, b1, b2, b3, b4, b5: (b1 + b2 * x + b3 * x**2) / (1 + b4 * x + b5 * x**2),
    "Lanczos1": lanczos,
    "Lanczos2": lanczos,
    "Lanczos3": lanczos,
    "MGH09": lambda x, b1, b2, b3, b4: b1 * (x**2 + x * b2) / (x**2 + x * b3 + b4),
    "MGH10": lambda x, b1, b2, b3: b1 * exp(b2 / (x + b3)),
    "MGH17": lambda x, b1, b2, b3, b4, b5: b1 + b2 * exp(-x * b4) + b3 * exp(-x * b5),
    "Misra1a": misra1a,
    "Misra1b": lambda x, b1, b2: b1 * (1 - (1 + b2 * x / 2) ** -2),
    "Misra1c": lambda x, b1, b2: b1 * (1 - (1 + 2 * b2 * x) ** -0.5),
    "Misra1d": lambda x, b1, b2: b1 * b2 * x / (1 + b2 * x),
    "Nelson": lambda x, b1, b2, b3: b1 - b2 * x[0] * exp(-b3 * x[1]),
    "Rat42": lambda x, b1, b2, b3: b1 / (1 + exp(b2 - b3 * x)),
    "Rat43": lambda x, b1, b2, b3, b4: b1 / (1 + exp(b2 - b3 * x)) ** (1 / b4),
    "Roszman1": lambda x, b1, b2, b3, b4: b1 - b2 * x - atan(b3 / (x - b4)) / math.pi,
    "Thurber": cubic,
}


@dataclass
class Problem:
    """One of the files: data, two starting points, certified results."""

    name: str
    starts: list
    certified: list
    deviations: list
    sum_of_squares: float
    x: list
    y: list

    def residuals(self, *b):
        """Model − observation, for each observation."""
        model = MODELS[self.name]
        return [model(x, *b) - y for x, y in zip(self.x, self.y, strict=True)]


def problem(name):
    """Read one of the files."""
    text = (DATA / f"{name}.dat").read_text(encoding="ascii")
    number = r"([-+]?[\d.]+(?:[Ee][-+]?\d+)?)"
    rows = re.findall(r"^\s*b\d =\s+" + r"\s+".join([number] * 4), text, re.MULTILINE)
    table = [[float(x) for x in row] for row in rows]
    squares = float(re.search(rf"Residual Sum of Squares:\s+{number}", text)[1])
    body = text[text.rindex("Data:") :].splitlines()[1:]
    data = [[float(x) for x in line.split()] for line in body if line.strip()]
    x = [row[1] if len(row) == 2 else row[1:] for row in data]
    y = [math.log(row[0]) if name == "Nelson" else row[0] for row in data]
    first, second, certified, deviations = map(list, zip(*table, strict=True))
    return Problem(name, [first, second], certified, deviations, squares, x, y)


def digits(ours, certified):
    """How many digits agree, at worst over the list; 11 are certified."""
    errors = [abs(a - b) / abs(b) for a, b in zip(ours, certified, strict=True)]
    if not all(map(math.isfinite, errors)):
        return -math.inf
    return min(11.0, -math.log10(max(*errors, 1e-99)))


def solved(name, start):
    """(fit, digits of the parameters, digits of the standard deviations)."""
    p = problem(name)
    fit = least_squares(p.residuals, p.starts[start])
    return fit, digits(fit.x, p.certified), digits(fit.standard_errors, p.deviations)


def main():
    """Print the table: correct digits of parameters and of standard deviations."""
    print(f"{'problem':10}{'start':>6}{'steps':>7}{'digits of b':>13}{'of s':>6}   how it ended")
    good = [0, 0]
    began = time.perf_counter()
    for name in MODELS:
        for start in (0, 1):
            fit, b, s = solved(name, start)
            good[start] += b >= 6 and s >= 4
            ended = f"{fit.stopped}: {fit.message}"
            print(f"{name:10}{start + 1:>6}{fit.nit:>7}{b:>13.1f}{s:>6.1f}   {ended}", flush=True)
    seconds = time.perf_counter() - began
    print(f"≥ 6 digits of every parameter and ≥ 4 of every standard deviation, in {seconds:.0f} s:")
    print(f"  from start 1: {good[0]} of {len(MODELS)}; from start 2: {good[1]} of {len(MODELS)}")


if __name__ == "__main__":
    main()
