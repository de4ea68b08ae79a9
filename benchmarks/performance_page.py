"""Writes what was measured side by side into docs/performance.md, between two markers.

Command:  python -m benchmarks.performance_page WORK/runs.json
Result:   the tables, nothing of them typed by hand, and docs/images/performance.png
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import ratios, runs_file
from benchmarks.contenders import CONTENDERS, NOT_COUNTED, STAGES
from benchmarks.marked_part import replaced
from benchmarks.observation import Cost
from benchmarks.performance_plot import draw
from benchmarks.ratios import Line, Run

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = (
    "<!-- side by side: begin, written by benchmarks.performance_page -->",
    "<!-- side by side: end -->",
)
SCALE_TITLES = {"0.1": "A tenth of the year", "1": "One year", "10": "Ten years"}


def write(runs_path: Path, docs: Path = DOCS) -> None:
    """Rewrites the part between the markers, and the plot.

    Raises:
      ValueError: the page has not each marker once.
    """
    machine, runs = runs_file.load(runs_path)
    page = docs / "performance.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(
        replaced(text, BEGIN, END, "\n".join(["", *content(machine, runs), ""])), encoding="utf-8"
    )
    draw(runs, docs / "images" / "performance.png")


def content(machine: dict[str, Any], runs: Sequence[Run]) -> list[str]:
    """Returns the lines that stand between the markers."""
    commits = ", ".join(dict.fromkeys(run.commit for run in runs))
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    lines = [
        f"{machine['cores']} cores of {machine['processor']}, {machine['memory_mib'] / 1024:.0f} GiB, "
        f"Python {machine['python']}, {packages}; commit {commits}.",
        "",
        "![seconds by stage](images/performance.png)",
        "",
        *_target_table(ratios.lines(runs)),
    ]
    for scale, title in SCALE_TITLES.items():
        of_scale = {name: values for name in CONTENDERS if (values := ratios.of(runs, scale, name))}
        if of_scale:
            lines += ["", f"### {title}", "", *_scale_table(of_scale), "", *_outcomes(of_scale)]
    return lines


def _target_table(lines: Sequence[Line]) -> list[str]:
    rows = ["| | target | measured | pairs | met |", "|---|---|---|---|---|"]
    return rows + [
        f"| {line.name} | {line.target} | {_number(line.value)} | {_pairs(line)} | {_met(line)} |"
        for line in lines
    ]


def _number(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:+.4f}"


def _pairs(line: Line) -> str:
    return f"{_number(line.pairs.lowest)} – {_number(line.pairs.highest)}" if line.pairs else ""


def _met(line: Line) -> str:
    return {None: "", True: "yes", False: "**no**"}[line.met]


def _scale_table(of_scale: dict[str, list[Run]]) -> list[str]:
    names = [f"{name} {unit}" for name in of_scale for unit in ("wall s", "CPU s", "peak MiB")]
    lines = [f"| median | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    lines += [line for stage in STAGES if (line := _stage_row(stage, stage, of_scale))]
    whole = [_costs([run.whole for run in runs], bold=True) for runs in of_scale.values()]
    lines.append(f"| **whole** | {' | '.join(whole)} |")
    ranges = [_ranges([run.whole for run in runs]) for runs in of_scale.values()]
    lines.append(f"| lowest – highest | {' | '.join(ranges)} |")
    not_counted = [_stage_row(f"*{stage}, not counted*", stage, of_scale) for stage in NOT_COUNTED]
    return [*lines, *(line for line in not_counted if line)]


def _stage_row(title: str, stage: str, of_scale: dict[str, list[Run]]) -> str:
    """Returns a line of the table; nothing if no contender has the stage."""
    costs = [[run.stages[stage] for run in runs if stage in run.stages] for runs in of_scale.values()]
    return f"| {title} | {' | '.join(map(_costs, costs))} |" if any(costs) else ""


def _costs(costs: Sequence[Cost], bold: bool = False) -> str:
    """Returns three cells: the medians, or dashes where a contender has no such stage."""
    if not costs:
        return "– | – | –"
    wall, cpu, peak = (
        statistics.median(getattr(cost, field) for cost in costs) for field in ("wall_s", "cpu_s", "peak_mib")
    )
    cells = [f"{wall:.1f}", f"{cpu:.1f}", f"{peak:,.0f}"]
    return " | ".join(f"**{cell}**" for cell in cells) if bold else " | ".join(cells)


def _ranges(costs: Sequence[Cost]) -> str:
    cells = []
    for field, digits in (("wall_s", ".1f"), ("cpu_s", ".1f"), ("peak_mib", ",.0f")):
        values = [getattr(cost, field) for cost in costs]
        cells.append(f"{min(values):{digits}} – {max(values):{digits}}")
    return " | ".join(cells)


def _outcomes(of_scale: dict[str, list[Run]]) -> list[str]:
    """Returns whether all had the same rows, and how good each model is, as text."""
    lines = []
    for name, runs in of_scale.items():
        rows = {(run.outcome.train_rows, run.outcome.eval_rows) for run in runs}
        counted = " or ".join(
            f"{train:,} rows trained on, {judged:,} judged" for train, judged in sorted(rows)
        )
        auc = " ".join(f"{run.outcome.auc:.4f}" for run in runs)
        largest = statistics.median(run.largest_process_mib for run in runs)
        others = statistics.median(run.others_cpu_s for run in runs)
        pushed = "pushed" if all(run.pushed for run in runs) else "NOT pushed: its own gate said no"
        lines.append(
            f"- {name}, runs: {len(runs)}: {counted}, AUC {auc}, largest process {largest:,.0f} MiB, "
            f"meanwhile {others:.0f} CPU s by other processes, {pushed}"
        )
    return lines


def main() -> None:
    """Writes the page from a file of runs."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("runs", type=Path)
    write(parser.parse_args().runs)


if __name__ == "__main__":
    main()
