"""What the demos share: their pictures, a table of notes beside ours, derivations by hand."""

import math
import re
from html import escape
from pathlib import Path

import numpy as np

from autograd_lite import Value, chain_rule, render
from autograd_lite.labels import typeset
from autograd_lite.value import order

HERE = Path(__file__).resolve().parent
INSTALLED = HERE.parent.name == "autograd_lite"  # in a package, which is not written to
OUT = Path.cwd() / "demos" / "out" if INSTALLED else HERE / "out"
DATA = HERE / "data"
# Each with 3:1 on white, and apart for every kind of colour vision, as a test measures.
COLORS = ["#2e41ad", "#ed0e00", "#0e9f78", "#994594", "#779f3a", "#2e64ff", "#212121"]
LIGHTNESS = np.array([0.2126, 0.7152, 0.0722])  # of red, green, blue
BESIDE = np.array([(1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1), (-1, 0)])
CORNERS = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)])


def table(title, rows):
    """Print (what, notes, ours) with their difference; ``notes`` is ``None`` where none stands."""
    print(f"\n{title}")
    width = max(len(what) for what, _, _ in rows)
    print(f"  {'':{width}}  {'notes':>16} {'ours':>16} {'difference':>11}")
    for what, notes, ours in rows:
        known = f"{'':>16} {ours:>16.10g}"
        if notes is not None:
            known = f"{notes:>16.10g} {ours:>16.10g} {ours - notes:>11.1e}"
        print(f"  {what:{width}}  {known}")


def written(formula):
    """A formula in Python as the notes write it: ``-(y - yhat)*x1`` is −(y − ŷ)·x1."""
    return formula.replace("yhat", "ŷ").replace("*", "·").replace("-", "−")


def derivation(root, leaf, local, product, source):
    """Print a gradient as the notes derive it, factor by factor, beside those of the chain rule.

    Returns the gradient by the notes' formula.

    Args:
        root: the loss, after ``backward()``.
        leaf: the parameter.
        local: the notes' formula of each factor, such as ``{"z1/w11": "x1"}``, in the names of
            the graph.
        product: their formula of the gradient.
        source: where it stands.
    """
    values = {v.label: v.data for v in order(root) if v.label}
    [path] = chain_rule(root, leaf).paths
    known = {"__builtins__": {}} | values
    rows = []
    for factor in path.factors:
        formula = local[f"{factor.node.label}/{factor.operand.label}"]
        name = written(f"∂{factor.node.label}/∂{factor.operand.label}")
        rows.append((name, written(formula), eval(formula, known), factor.value))
    whole = written(f"∂{root.label}/∂{leaf.label}")
    print(f"\n{whole} = {' · '.join(name for name, *_ in rows)}   ({source})")
    rows.append((whole, written(product), eval(product, known), math.prod(row[3] for row in rows)))
    width = max(len(formula) for _, formula, *_ in rows)
    print(f"  {'':8}   {'by hand':{width}} {'':14}   {'chain_rule':>14}")
    for name, formula, by_hand, ours in rows:
        print(f"  {name:8} = {formula:{width}} = {by_hand:<14.10f}  {ours:>14.10f}")
    return rows[-1][2]


def pyplot():
    """matplotlib's pyplot, writing SVG in a fixed style; ``None``, said so, if not installed."""
    try:
        import matplotlib
    except ImportError:
        print("(no curves: matplotlib is not installed; pip install matplotlib)")
        return None
    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"svg.hashsalt": "autograd_lite", "figure.figsize": (6, 4)})
    pyplot.rcParams.update(
        {"axes.grid": True, "grid.alpha": 0.3, "figure.constrained_layout.use": True}
    )
    pyplot.rcParams.update(
        {"axes.prop_cycle": pyplot.cycler(color=COLORS), "axes.formatter.use_mathtext": True}
    )
    return pyplot


def draw_array(axes, array, title):
    """Its numbers in boxes: with three or four indices, a matrix of matrices."""
    array = np.asarray(array)
    shape = {0: (1, 1, 1, 1), 1: (1, 1, 1, -1), 2: (1, 1, *array.shape)}.get(array.ndim)
    if array.ndim > 2:
        shape = (*array.shape[:-2], 1, *array.shape[-2:]) if array.ndim == 3 else array.shape
    blocks = array.reshape(shape)
    height, width = blocks.shape[2] + 0.5, blocks.shape[3] + 0.5
    for (i, j, k, m), number in np.ndenumerate(blocks):
        place = j * width + m, -i * height - k
        text = f"{number:.3g}".replace("-", "−")
        axes.text(*place, text, ha="center", va="center")
        axes.plot(*np.transpose(place + CORNERS), "k-", linewidth=0.8)
    axes.set(xlim=(-1, blocks.shape[1] * width), ylim=(-blocks.shape[0] * height, 1))
    axes.set_aspect("equal")
    axes.set_title(title, fontsize="medium")
    axes.axis("off")


def name_curves(axes):
    """Write each label at its curve, where it hides least; what is no curve has a legend.

    The figure has been drawn, so that its layout is known.
    """
    handles, labels = axes.get_legend_handles_labels()
    if not handles or axes.name == "3d":
        return
    curves = {line: _seen(line, axes) for line in axes.lines}
    everything = np.concatenate([*curves.values(), np.empty((0, 2))])
    taken = [np.array(text.get_window_extent().get_points()) for text in axes.texts]
    rest = []
    for handle, name in zip(handles, labels, strict=True):
        own = curves.get(handle, ())
        others = [points for line, points in curves.items() if line is not handle]
        others = np.concatenate([*others, np.empty((0, 2))])
        text = axes.text(
            0, 0, typeset_numbers(typeset(name).text), fontsize="small", ha="center", va="center"
        )
        half = np.ptp(text.get_window_extent().get_points(), axis=0) / 2
        places, costs = [], []
        for k in np.unique(np.linspace(0, len(own) - 1, 60).astype(int))[::-1] if len(own) else ():
            doubt = np.sum(np.hypot(*(others - own[k]).T) < 14)  # whose name it is
            for beside in BESIDE:
                places.append(own[k] + (half + 5) * beside)
                costs.append(doubt + 2 * _hidden(places[-1], half, everything, taken, axes))
        if min(costs, default=np.inf) < np.inf:
            best = places[int(np.argmin(costs))]
            text.set(transform=axes.transAxes, color=_ink(handle.get_color()), in_layout=False)
            text.set_position(axes.transAxes.inverted().transform(best))
            taken.append(np.array([best - half - 2, best + half + 2]))
        else:
            text.remove()
            rest.append((handle, name))
    if rest:
        axes.legend(*zip(*rest, strict=True), fontsize="small")


def typeset_numbers(text):
    """A text whose numbers are written as on paper: −2, ∞, 5·10⁻³ for -2, inf, 5e-03."""

    def power(found):
        exponent = typeset(f"x^{int(found[2])}").text[1:]
        return f"10{exponent}" if found[1] == "1" else f"{found[1]}·10{exponent}"

    text = re.sub(r"(?<![\w.])(\d[\d.]*)e([+-]?\d+)\b", power, text)
    return re.sub(r"(?<![\w-])-(?=[\d.∞])", "−", re.sub(r"\binf\b", "∞", text))


def _seen(line, axes):
    """Points in pixels along what is seen of a line, or its markers if no line joins them."""
    points = line.get_transform().transform(line.get_xydata().astype(float))
    points = points[np.isfinite(points).all(axis=1)]
    (left, low), (right, high) = axes.get_window_extent().get_points()
    points = np.clip(points, (2 * left - right, 2 * low - high), (2 * right - left, 2 * high - low))
    if line.get_linestyle() not in ("None", "", " ") and len(points) > 1:
        length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        along = np.linspace(0, length[-1], max(int(length[-1] / 3), len(points)))
        points = np.transpose([np.interp(along, length, points[:, k]) for k in (0, 1)])
    x, y = points.T
    return points[(x >= left) & (x <= right) & (y >= low) & (y <= high)]


def _hidden(place, half, everything, taken, axes):
    """How much a text at this place hides; infinite outside of the axes and on other texts."""
    low, high = place - half, place + half
    (left, bottom), (right, top) = axes.get_window_extent().get_points()
    if low[0] < left + 3 or low[1] < bottom + 3 or high[0] > right - 3 or high[1] > top - 3:
        return np.inf
    if any(np.all(low < other[1]) and np.all(high > other[0]) for other in taken):
        return np.inf
    return np.sum(np.all((everything > low - 2) & (everything < high + 2), axis=1))


def _ink(color):
    """A line's colour, dark enough for text on white."""
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(color))
    while 1.05 / (np.where(rgb > 0.04, ((rgb + 0.055) / 1.055) ** 2.4, 0) @ LIGHTNESS + 0.05) < 4.6:
        rgb = rgb * 0.95
    return tuple(rgb)


def save(figure, name, finding=""):
    """Name the curves, write the figure to the folder of pictures, and say where.

    ``finding`` says in a sentence what is to be seen, with the numbers of this run, for those who
    do not see it; it is the picture's title.
    """
    for axes in figure.axes:
        axes.xaxis.label.set_text(typeset(axes.get_xlabel()).text)
        axes.yaxis.label.set_text(typeset(axes.get_ylabel()).text)
        axes.title.set_text(typeset_numbers(axes.get_title()))
    figure.canvas.draw()
    for axes in figure.axes:
        name_curves(axes)
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / name
    figure.savefig(path, metadata={"Date": None, "Title": typeset_numbers(finding)})
    print(f"picture: {path.relative_to(OUT.parent.parent)}")
    return path


def draw(root, name, finding, **options):
    """Draw a graph, and its page to step through, or a network of circles; say where they are.

    ``finding`` becomes the picture's title, as that of ``save``; options are those of ``render``.
    """
    OUT.mkdir(parents=True, exist_ok=True)
    path = render(root, OUT / f"{name}.svg", **options)
    svg = path.read_text(encoding="utf-8")
    title = f"<title>{escape(typeset_numbers(finding), quote=False)}</title>"
    path.write_text(re.sub("<title>.*?</title>", lambda _: title, svg, count=1), encoding="utf-8")
    pages = [render(root, OUT / f"{name}.html")] if isinstance(root, Value) else []
    for picture in (path, *pages):
        print(f"picture: {picture.relative_to(OUT.parent.parent)}")
