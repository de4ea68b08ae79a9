"""The tables that init is timed on are of the size that the page says, and what they are made to be."""

import pytest

from benchmarks import own_data


@pytest.mark.parametrize(("rows", "columns", "_"), own_data.TABLES[:2])
def test_a_table_has_the_size_that_is_said(rows, columns, _):
    assert own_data.table(rows, columns).shape == (rows, columns)


def test_the_label_can_be_learned_from_some_columns():
    table = own_data.table(5_000, 30)
    late = table[own_data.LABEL] == "yes"
    assert late[table["amount 1"] < 30].mean() > late[table["amount 1"] > 30].mean() + 0.1


def test_a_command_that_fails_ends_the_measurement(tmp_path):
    with pytest.raises(own_data.subprocess.CalledProcessError):
        own_data.timed(own_data.ROOT, "init", str(tmp_path / "none.csv"), "--label", "y", "--dry-run")
