"""By how much a retrained model's answers differ from the champion's: as judged, and on the days after.

    evergreen run --until 2013-04-24                                       # becomes the champion
    evergreen run --until 2013-04-25 --set release.policy=manual           # and so on: candidates
    python -m benchmarks.answer_shift

A rollout's guard of the predictions compares the two (docs/rollouts.md).
"""

from __future__ import annotations

import argparse
import datetime as dt
import functools
from pathlib import Path

import numpy as np

from components.gates.judged_answers import Shift, shift_of
from components.iso_day import iso_day
from pipeline.cli.model_values import window
from pipeline.config.config import Config
from pipeline.config.load import load
from pipeline.launch.launch import available_days
from pipeline.lineage.events import ModelVersion
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.rollout.scored_rows import Scored, scored
from pipeline.runners.workspace import Workspace
from serving.models.model import ServableModel
from serving.rollout.plan import GuardLimits


def main() -> None:
    """Prints a line for each candidate that is newer than what is live."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--root", default=".evergreen", help="of the deployment")
    parser.add_argument(
        "--days", type=int, default=7, help="after the newest that the candidate was judged on"
    )
    parser.add_argument("--champion", help="version to compare with; what is live, if left out")
    arguments = parser.parse_args()
    config = load("local", {"root": arguments.root})
    workspace = Workspace(Path(config.root).resolve())
    models = MlmdRegistry(workspace).read()
    if models.live is None:
        parser.error(f"nothing is live in {config.root}")
    champion = models.find(arguments.champion) if arguments.champion else models.live
    print("| champion until | candidate until | judged | sd of days | seen | apart | one day, most | limit |")
    print("|---|---|---|---|---|---|---|---|")
    for version in models.versions:
        if version.number > champion.number:
            print(_line(config, workspace, champion, version, arguments.days))


def _line(
    config: Config, workspace: Workspace, champion: ModelVersion, version: ModelVersion, days: int
) -> str:
    old, new = (
        ServableModel(workspace.served_models(each.model_name) / str(each.number))
        for each in (champion, version)
    )
    first, last = (iso_day(window(version)[f"eval_{end}"]) for end in ("first", "last"))

    @functools.cache
    def rows_of(day: dt.date) -> Scored | None:
        return scored(spans[day]().ref, config.data.format, old, new, "")

    def shift(chosen: list[dt.date]) -> Shift:
        parts = [each for day in chosen if (each := rows_of(day))]
        days = np.repeat(np.arange(len(parts)), [len(each.labels) for each in parts])
        rows = functools.reduce(Scored.__add__, parts)
        found = shift_of(rows.candidate, rows.champion, days)
        assert found is not None, "the champion answers all rows alike"
        return found

    spans = available_days(config).days
    judged = shift([day for day in sorted(spans) if first <= day <= last])
    after = [day for day in sorted(spans) if day > last][:days]
    seen = shift(after).mean
    by_day = max(abs(shift([day]).mean - judged.mean) for day in after)
    until = [window(each)["eval_last"] for each in (champion, version)]
    limit = GuardLimits().shift_sd + GuardLimits().shift_days * judged.day_sd
    return (
        f"| {until[0]} | {until[1]} | {judged.mean:+.2f} | {judged.day_sd:.2f} | {seen:+.2f} | "
        f"{abs(seen - judged.mean):.2f} | {by_day:.2f} | {limit:.2f} |"
    )


if __name__ == "__main__":
    main()
