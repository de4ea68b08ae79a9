"""What a person reads of a proposal: whole lines, words that say what they mean, no row that does nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.data.infer.survey import survey
from pipeline.data.propose.proposal import Proposal, propose
from pipeline.data.propose.questions import Answers, Defaults
from pipeline.data.raw.open_raw import open_raw
from pipeline.data.write import printed
from pipeline.data.write.columns_text import columns_text
from tests.pipeline.data import practice_tables
from tests.pipeline.data.practice_tables import Table

TODAY = dt.date(2024, 6, 1)


def _proposed(table: Table, folder) -> Proposal:
    return propose(survey(open_raw(str(table.write(folder)))), table.label, Answers(), Defaults(), TODAY)


def _unlabelled(*, dated: bool) -> Table:
    """Of 1,200 rows those of the first 600 have a label; those that are dated, of every second day."""
    first, rows = dt.date(2023, 1, 1), []
    for row in range(1_200):
        has_label = row // 20 % 2 == 0 if dated else row < 600
        day = first + dt.timedelta(days=row // 20)
        rows.append([day if dated else row % 5, row * 7919 % 101, row * 31 % 97 % 2 if has_label else ""])
    return Table("half.csv", "y", rows, {"day": None, "x": None, "y": None})


@pytest.mark.parametrize("dated", [True, False])
def test_rows_without_a_label_are_not_counted_among_those_that_train_or_judge(dated, tmp_path):
    proposal = _proposed(_unlabelled(dated=dated), tmp_path)
    assert (proposal.calendar is not None) == dated
    assert proposal.train_rows + proposal.eval_rows == 600
    assert 60 < proposal.eval_rows < 240
    line = next(line for line in printed.facts(proposal) if line.startswith("trains"))
    assert f"about {proposal.train_rows:,} rows," in line


def test_each_metric_has_its_line_and_words_and_the_prior_its_name(tmp_path):
    lines = [*printed.facts(_proposed(practice_tables.houses(), tmp_path))]
    (rmse,) = (line for line in lines if "RootMeanSquaredError" in line)
    assert "(prior " in rmse
    assert "typical error" in rmse
    assert any(line.strip().startswith("MeanAbsoluteError") for line in lines)
    assert not any("constant" in line for line in lines)
    assert max(map(len, lines)) <= printed.WIDTH


@pytest.mark.parametrize(("make", "has"), [(practice_tables.reviews, True), (practice_tables.houses, False)])
def test_buckets_of_texts_are_written_where_there_are_texts(make, has, tmp_path):
    proposal = _proposed(make(), tmp_path)
    assert ("text_buckets" in columns_text(proposal.kept, proposal.training)) == has
