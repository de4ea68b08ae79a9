"""Questions are asked of somebody who sees the columns that they are about."""

from __future__ import annotations

import datetime as dt

from pipeline.cli.init import show_columns
from pipeline.data.infer.survey import survey
from pipeline.data.propose.proposal import propose
from pipeline.data.propose.questions import Answers, Terminal
from pipeline.data.raw.open_raw import open_raw
from tests.pipeline.data import practice_tables


def test_the_columns_of_a_question_are_shown_before_it_is_asked(tmp_path, capsys):
    table = practice_tables.orders()
    found = survey(open_raw(str(table.write(tmp_path))))
    asked = []

    def ask(text, _choices, default):
        asked.append((capsys.readouterr().out, text))
        return default

    show = Terminal(ask, lambda sources: show_columns(found, Answers(), sources))
    propose(found, table.label, Answers(), show, dt.date(2024, 6, 1))
    assert asked
    for printed, text in asked:
        header, *lines = printed.splitlines()
        assert header.startswith("column")
        assert any(line.split("  ")[0] in text for line in lines)
