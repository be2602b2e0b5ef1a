"""What the demos share: their folder for pictures, a table of notes beside ours, matplotlib."""

from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
INSTALLED = HERE.parent.name == "autograd_lite"  # in a package, which is not written to
OUT = Path.cwd() / "demos" / "out" if INSTALLED else HERE / "out"
DATA = HERE / "data"
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


def save(figure, name):
    """Write a figure to the folder of pictures and say where."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / name
    figure.savefig(path, metadata={"Date": None})
    print(f"picture: {path.relative_to(OUT.parent.parent)}")
    return path
