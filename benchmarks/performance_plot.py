"""The plot of docs/performance.md: seconds by stage, one bar per contender, one panel per scale."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # needs no screen

from matplotlib import pyplot
from matplotlib.axes import Axes

from benchmarks import ratios
from benchmarks.contenders import CONTENDERS, STAGES
from benchmarks.ratios import Run

TITLES = {"0.1": "a tenth of the year", "1": "one year", "10": "ten years"}
COLORS = dict(zip(STAGES, pyplot.get_cmap("tab20").colors[: len(STAGES)], strict=True))


def draw(runs: Sequence[Run], into: Path) -> None:
    """Writes the plot of the medians as a PNG."""
    scales = [scale for scale in TITLES if any(run.scale == scale for run in runs)]
    figure, panels = pyplot.subplots(
        len(scales), 1, figsize=(9, 0.8 + 1.7 * len(scales)), squeeze=False, layout="constrained"
    )
    for scale, panel in zip(scales, panels[:, 0], strict=True):
        _draw_scale(panel, runs, scale)
    panels[-1, 0].set_xlabel("seconds, medians; bars from start of the process to pushed model")
    handles = [pyplot.Rectangle((0, 0), 1, 1, color=COLORS[stage]) for stage in STAGES]
    figure.legend(handles, STAGES, loc="outside upper center", ncols=6, fontsize=8, frameon=False)
    into.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(into, dpi=120, metadata={"Software": None})
    pyplot.close(figure)


def _draw_scale(panel: Axes, runs: Sequence[Run], scale: str) -> None:
    names = [name for name in CONTENDERS if ratios.of(runs, scale, name)]
    for row, name in enumerate(names):
        chosen, left = ratios.of(runs, scale, name), 0.0
        for stage in STAGES:
            seconds = statistics.median(
                run.stages[stage].wall_s if stage in run.stages else 0.0 for run in chosen
            )
            panel.barh(row, seconds, left=left, color=COLORS[stage])
            left += seconds
        panel.text(left, row, f" {statistics.median(run.whole.wall_s for run in chosen):.0f} s", va="center")
    panel.set_yticks(range(len(names)), names)
    panel.invert_yaxis()
    panel.margins(x=0.1)
    panel.set_title(TITLES[scale], loc="left", fontsize=10)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
