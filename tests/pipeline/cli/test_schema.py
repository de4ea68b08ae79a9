"""`evergreen schema propose` writes what is accepted into columns.yaml, and nothing else."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.commands import evergreen
from pipeline.errors import ConfigError, DataError
from trainer import features

FLIGHT = Path(__file__).parents[2] / "flights" / "columns.yaml"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the columns, and a day of two rows whose origin is new; it has a column `gate`, too."""
    (tmp_path / "columns.yaml").write_bytes(FLIGHT.read_bytes())
    monkeypatch.setenv(features.INSTEAD, str(tmp_path / "columns.yaml"))
    values = {"flight_date": "2026-03-10", "late": "1", "origin": "HPN"}
    row = {
        column.name: values.get(column.name, "" if not column.required else "12")
        for column in features.COLUMNS
    }
    cells = [[*row.values(), gate] for gate in ("B7", "C1")]
    lines = [",".join([*row, "gate"]), *(",".join(each) for each in cells)]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "2026-03-10.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def call(project: Path, *options: str) -> str:
    arguments = ["schema", "propose", "--set", f"data.source={project / 'data'}", *options]
    result = CliRunner().invoke(evergreen, arguments, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.output


def test_without_accept_nothing_is_written(project: Path):
    said = call(project)
    assert "origin.values" in said
    assert "gate.new" in said
    assert "nothing was written; --accept NAME" in said
    assert (project / "columns.yaml").read_bytes() == FLIGHT.read_bytes()


def test_what_is_accepted_is_written_and_nothing_else(project: Path):
    said = call(project, "--accept", "origin.values")
    assert "wrote     origin.values" in said
    before, after = FLIGHT.read_text().splitlines(), (project / "columns.yaml").read_text().splitlines()
    assert [line for line in after if line not in before] == [
        "  - {name: origin, dtype: string, kind: category, values: [EWR, JFK, LGA, HPN]}"
    ]
    assert len(before) == len(after)


def test_a_wrong_name_writes_nothing(project: Path):
    with pytest.raises(ConfigError, match=r"did you mean 'origin\.values'"):
        call(project, "--accept", "origin.value", "--accept", "gate.new")
    assert (project / "columns.yaml").read_bytes() == FLIGHT.read_bytes()


def test_where_the_data_is_as_it_should_be_nothing_is_proposed(project: Path):
    path = project / "data" / "2026-03-10.csv"
    lines = [line.rpartition(",")[0].replace("HPN", "JFK") for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n")
    assert "nothing to propose: the data is as trainer/columns.yaml says" in call(project)


def test_where_no_file_can_be_read_each_is_named_and_nothing_is_compared(project: Path):
    path = project / "data" / "2026-03-10.csv"
    (project / "data" / "2026-03-11.csv").write_bytes(path.read_text().encode("utf-16"))
    path.write_bytes(path.read_bytes().replace(b",", b";"))
    arguments = ["schema", "propose", "--set", f"data.source={project / 'data'}"]
    result = CliRunner().invoke(evergreen, arguments, standalone_mode=False)
    assert result.output == (
        "unread    2026-03-10.csv: the columns are separated by semicolons; separate them by commas\n"
        "unread    2026-03-11.csv: the file is in UTF-16; save it as UTF-8\n"
    )
    assert isinstance(result.exception, DataError)
    assert result.exception.exit_code == 1
    assert str(result.exception).startswith("none of the newest spans can be read")


def test_where_some_files_cannot_be_read_only_the_others_are_as_they_should_be(project: Path):
    path = project / "data" / "2026-03-10.csv"
    lines = [line.rpartition(",")[0].replace("HPN", "JFK") for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n")
    (project / "data" / "2026-03-11.csv").write_text(f"{lines[0]}\n")
    said = call(project)
    assert "unread    2026-03-11.csv: a header and no rows" in said
    assert said.endswith("nothing to propose: what could be read is as trainer/columns.yaml says\n")


def test_a_linked_file_of_columns_is_written_where_the_link_leads(project: Path):
    kept = project / "kept" / "mine.yaml"
    kept.parent.mkdir()
    (project / "columns.yaml").rename(kept)
    (project / "columns.yaml").symlink_to("kept/mine.yaml")
    call(project, "--accept", "origin.values")
    assert (project / "columns.yaml").is_symlink()
    assert "HPN" in kept.read_text()
    assert [each.name for each in kept.parent.iterdir()] == ["mine.yaml"]
