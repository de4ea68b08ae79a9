"""A header among the rows is refused by its line."""

import pytest

from pipeline.data.infer.survey import survey
from pipeline.data.raw.header_again import batches_of
from pipeline.data.raw.open_raw import open_raw
from pipeline.errors import DataError


@pytest.fixture
def raw(tmp_path):
    def write(text):
        (tmp_path / "f.csv").write_text(text, encoding="utf-8")
        return open_raw(str(tmp_path / "f.csv"))

    return write


@pytest.mark.parametrize("read", [lambda raw: list(batches_of(raw)), survey])
def test_the_header_again_is_refused_by_its_line(raw, read):
    with pytest.raises(DataError, match=r"^f\.csv: line 4 is the header again; remove that line$"):
        read(raw("zone,name\na,x\nb,y\nzone, name\nc,z\n"))


def test_a_row_that_has_only_some_names_of_columns_is_a_row(raw):
    rows = sum(batch.num_rows for batch in batches_of(raw("zone,name\nzone,x\na,name\n,\nzone,\n")))
    assert rows == 4


def test_a_line_of_a_later_batch_is_found(raw):
    rows = "".join(f"{'a' * 60},{row}\n" for row in range(40_000))
    with pytest.raises(DataError, match=r"^f\.csv: line 40002 is the header again"):
        list(batches_of(raw(f"zone,name\n{rows}zone,name\n")))
