"""The stock reference, this pipeline and the plain script, side by side: wall, CPU and memory by stage.

Command:  python -m benchmarks.side_by_side --scales 0.1 1 10 --repeats 3      (make bench)
Takes:    about 45 minutes on two cores; 5 with --scales 0.1
Result:   WORK/runs.json, and from it the tables in docs/performance.md and docs/images/performance.png

Each run is a process of its own with a new folder, started in turns: stock, ours, plain, stock, ours, plain.
A run that was measured is written down at once; --resume goes on after a break.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks import runs_file, ten_years
from benchmarks.contenders import CONTENDERS, NOT_COUNTED, Contender, Scale
from benchmarks.observation import Cost, Observation, attribute, observe
from benchmarks.ratios import TEN_YEARS, Run

PROJECT = Path(__file__).parents[1]
DAYS = {"0.1": (36, 8), "1": (365, 73), TEN_YEARS: (3_650, 730)}
# The stock reference would take an hour for ten years.
ALSO_AT_TEN_YEARS = ("ours", "plain")


def plan(scales: list[str], names: list[str], repeats: int) -> list[tuple[str, str, int]]:
    """Returns (scale, contender, repeat) of every run, in the order in which they are made."""
    return [
        (scale, name, repeat)
        for scale in scales
        for repeat in range(1, repeats + 1)
        for name in names
        if scale != TEN_YEARS or name in ALSO_AT_TEN_YEARS
    ]


def the_scale(name: str, data: Path, work: Path) -> Scale:
    """Returns a scale; writes the data of ten years first where there is none."""
    days, eval_days = DAYS[name]
    if name == TEN_YEARS:
        data = ten_years.write(data, work / "ten_years")
    return Scale(name, data.resolve(), days, eval_days)


def measure(contender: Contender, scale: Scale, repeat: int, work: Path) -> Run:
    """Runs a contender once and returns what it took.

    Raises:
      SystemExit: it failed, or no model came out of it; its log is kept.
    """
    root, log = work / "run", work / f"{contender.name}-{scale.name}-{repeat}.log"
    shutil.rmtree(root, ignore_errors=True)
    seen = observe(contender.command(scale, root), log, _environment(), PROJECT)
    if seen.exit_code:
        sys.exit(f"{contender.name} at {scale.name} ended with {seen.exit_code}; its output is in {log}")
    run = _run_of(contender, scale, repeat, root, seen)
    shutil.rmtree(root)
    return run


def whole(stages: dict[str, Cost]) -> Cost:
    """Returns the cost of all stages that count: from the start of a process to the pushed model."""
    counted = [cost for stage, cost in stages.items() if stage not in NOT_COUNTED]
    return Cost(
        sum(cost.wall_s for cost in counted),
        sum(cost.cpu_s for cost in counted),
        max(cost.peak_mib for cost in counted),
    )


def _run_of(contender: Contender, scale: Scale, repeat: int, root: Path, seen: Observation) -> Run:
    stages = attribute(seen.samples, contender.spans(root, seen))
    return Run(
        scale.name,
        contender.name,
        repeat,
        whole(stages),
        stages,
        seen.largest_process_mib,
        seen.others_cpu_s,
        contender.outcome(root),
        any((root / "models").rglob("saved_model.pb")),
        _commit(),
    )


def _environment() -> dict[str, str]:
    """Returns this process's environment for a contender: this tree's code, compiled files kept."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(PROJECT)}


def _commit() -> str:
    """Returns the commit, with a + where files differ from it; empty outside of git."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False).stdout.strip()


def line(run: Run) -> str:
    """Returns a run as one line of text."""
    return (
        f"{run.scale:>4} {run.contender:6} {run.repeat}  {run.whole.wall_s:7.1f} s  "
        f"CPU {run.whole.cpu_s:7.1f} s (others {run.others_cpu_s:6.1f} s)  "
        f"{run.whole.peak_mib:6.0f} MiB  AUC {run.outcome.auc:.4f}"
    )


def main() -> None:
    """Measures what the arguments name, then writes the tables and the plot."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--scales", nargs="+", choices=DAYS, default=list(DAYS), help="in years")
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--data", type=Path, default=Path("data/flights"), help="the year's daily CSV files")
    parser.add_argument(
        "--work", type=Path, default=Path(".evergreen-bench"), help="folder for runs and logs"
    )
    parser.add_argument("--resume", action="store_true", help="keep the runs of WORK/runs.json")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md as it is")
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    runs = runs_file.to_resume(work / "runs.json") if arguments.resume else []
    done = {(run.scale, run.contender, run.repeat) for run in runs}
    for scale, name, repeat in plan(arguments.scales, arguments.only, arguments.repeats):
        if (scale, name, repeat) in done:
            continue
        run = measure(CONTENDERS[name], the_scale(scale, arguments.data, work), repeat, work)
        runs.append(run)
        runs_file.save(work / "runs.json", runs)
        print(line(run), flush=True)
    if not arguments.no_page:
        from benchmarks import performance_page  # matplotlib, which the runs need not wait for

        performance_page.write(work / "runs.json")


if __name__ == "__main__":
    main()
