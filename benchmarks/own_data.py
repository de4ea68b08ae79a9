"""How long `evergreen init` and the first run take on tables of three sizes.

Command:  python -m benchmarks.own_data (make bench-own-data)
Takes:    about 4 minutes on two cores
Result:   a table of wall and CPU seconds, in docs/your-data.md

Each table is made up: a day, amounts, counts, categories, codes, a time, and a label that some decide.
Each is initialised, and the small ones run, in a clone of this checkout's last commit.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
LABEL = "returned"
# Rows, columns, whether a model is trained, too.
TABLES = ((10_000, 30, True), (3_000, 300, True), (1_000_000, 30, False))
_EVERGREEN = "import sys; sys.argv[0] = 'evergreen'; from pipeline.cli.main import main; main()"


def table(rows: int, columns: int) -> pd.DataFrame:
    """Returns a table with a row's day, LABEL and so many columns in all."""
    random = np.random.default_rng(3)
    days = np.array([dt.date(2023, 1, 1) + dt.timedelta(days=day) for day in range(365)])
    day = np.sort(random.integers(0, 365, rows))
    second = random.integers(0, 86_400, rows)
    found = {
        "order_id": np.arange(rows) + 100_000,
        "order_date": days[day],
        "zip": [f"{code:05d}" for code in random.integers(0, 900, rows)],
        "created_at": pd.to_datetime(days[day]) + pd.to_timedelta(second, unit="s"),
    }
    for number, values in enumerate((3, 12, 50, 400, 5_000)):
        found[f"category {number}"] = [f"v{value:04d}" for value in random.integers(0, values, rows)]
    for number in range(6):
        found[f"count {number}"] = random.integers(0, 500, rows)
    for number in range(columns - len(found) - 1):
        found[f"amount {number}"] = random.lognormal(3, 1, rows).round(2)
    score = (found["amount 0"] > 20) * 1.0 + (found["count 0"] > 250) - (found["amount 1"] > 30)
    found[LABEL] = np.where(random.random(rows) < 1 / (1 + np.exp(1 - score)), "yes", "no")
    return pd.DataFrame(found)


def timed(fork: Path, *arguments: str) -> tuple[float, float]:
    """Returns wall and CPU seconds of a command in a fork.

    Raises:
      CalledProcessError: it failed.
    """
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-c", _EVERGREEN, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(fork)}
    subprocess.run(command, cwd=fork, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Prints a line for each table."""
    print("| rows | columns | init, wall s | CPU s | first run, wall s | CPU s |\n|---|---|---|---|---|---|")
    for rows, columns, is_run in TABLES:
        with tempfile.TemporaryDirectory() as folder:
            file, fork = Path(folder) / "orders.csv", Path(folder) / "fork"
            table(rows, columns).to_csv(file, index=False)
            subprocess.run(["git", "clone", "-q", str(ROOT), str(fork)], check=True)
            seconds = timed(fork, "init", str(file), "--label", LABEL, "--yes")
            seconds += timed(fork, "run") if is_run else ()
        shown = [f"{each:.0f}" for each in seconds] + ["-"] * (4 - len(seconds))
        print(f"| {rows:,} | {columns} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    main()
