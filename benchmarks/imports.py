"""Where the start-up of a run goes: seconds of import by package, the median of three processes.

Command:  python -m benchmarks.imports
Takes:    half a minute
Result:   a table in Markdown: package, seconds of its own modules, how many modules
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections import defaultdict

# What `evergreen run` has imported when its first stage begins, and what Trainer imports in it.
WORK = """
import pipeline.cli.commands, pipeline.retrain
from serving.process.startup import OPTIONAL_IMPORTS, gc_paused, hidden_imports
with gc_paused(), hidden_imports(*OPTIONAL_IMPORTS):
    import pipeline.graph, pipeline.runners.local, trainer.entry
"""
REPEATS = 3
SHOWN_S = 0.1


def seconds_by_package() -> dict[str, tuple[float, int]]:
    """Returns package to (seconds spent in its modules, without what these import; number of modules)."""
    command = [sys.executable, "-W", "ignore", "-X", "importtime", "-c", WORK]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    by_package: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for line in done.stderr.splitlines():
        if line.startswith("import time:") and "[us]" not in line:
            own, _, module = line.removeprefix("import time:").split("|")
            package = module.strip().partition(".")[0]
            seconds, modules = by_package[package]
            by_package[package] = (seconds + int(own) / 1e6, modules + 1)
    return by_package


def main() -> None:
    """Prints the table."""
    runs = [seconds_by_package() for _ in range(REPEATS)]
    medians = {package: statistics.median(run[package][0] for run in runs) for package in runs[0]}
    shown = sorted((p for p, seconds in medians.items() if seconds >= SHOWN_S), key=lambda p: -medians[p])
    print("| package | seconds | modules |\n|---|---|---|")
    for package in shown:
        print(f"| {package} | {medians[package]:.2f} | {runs[0][package][1]:,} |")
    others = [package for package in medians if package not in shown]
    rest = sum(medians[package] for package in others), sum(runs[0][package][1] for package in others)
    print(f"| {len(others)} others | {rest[0]:.2f} | {rest[1]:,} |")
    print(f"| all | {sum(medians.values()):.2f} | {sum(count for _, count in runs[0].values()):,} |")


if __name__ == "__main__":
    main()
