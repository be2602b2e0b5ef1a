"""docs/performance.svg: the times of one run, on a logarithmic scale."""

import io

from .report import OURS, amount, median, rows_of

SHOWN = ("step", "notes-10000", "rosenbrock-hessian", "gpt")
INK, OUR, PEER = "#334155", "#2563eb", "#94a3b8"


def svg(data):
    """The plot; a library that is not there is left out with it."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams.update({"svg.hashsalt": "autograd_lite", "svg.fonttype": "none", "font.size": 8})
    from matplotlib.figure import Figure

    shown = [w for w in data["workloads"] if w["key"] in SHOWN]
    groups = [[row for row in rows_of(data, w) if row["on"]] for w in shown]
    heights = [len(group) + 1.5 for group in groups]
    figure = Figure(figsize=(7.5, 0.19 * sum(heights)), layout="constrained")
    axes = figure.subplots(len(groups), height_ratios=heights, squeeze=False)[:, 0]
    for axis, workload, group in zip(axes, shown, groups, strict=True):
        group = sorted(group, key=lambda row: -median(row, False))
        names = [row["contestant"] for row in group]
        ours = [name.startswith(OURS) for name in names]
        times = [median(row, False) for row in group]
        axis.barh(names, times, color=[OUR if our else PEER for our in ours], height=0.7)
        axis.set(xscale="log", xlim=(min(times) / 2, max(times) * 8))
        axis.set_title(workload["title"], loc="left", fontsize=8.5, color=INK)
        axis.spines[["top", "right"]].set_visible(False)
        for place, time in enumerate(times):
            axis.text(time * 1.1, place, amount(time), va="center", fontsize=7, color=INK)
        axis.minorticks_off()
        axis.invert_yaxis()
    axes[-1].set_xlabel("seconds, garbage collector off; blue is autograd_lite")
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
