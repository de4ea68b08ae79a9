"""`evergreen models`: what is registered, and one command for each decision, in force at once."""

import errno
import json
import re
import shutil
import tarfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from components.model_files.folder import record_of
from pipeline.cli.commands import evergreen
from pipeline.errors import ConfigError, UserError
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.runners.workspace import Workspace
from serving.models import served_file
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.test_model_folder import WHOLE, contents, write_model
from tests.pipeline.lineage.told_models import version
from tests.pipeline.runners.test_workspace import held_by_another_process

FORMER_ROOTS = sorted(Path(__file__).parents[2].glob("e2e/former_roots/*.tar.xz"))
REASON = ("--reason", "a test", "--by", "Ada")


def call(root: Path, *arguments: str) -> str:
    """Calls `evergreen models`, and returns what it prints."""
    command = [arguments[0], *arguments[1:], "--set", f"root={root}"]
    result = CliRunner().invoke(evergreen, ["models", *command], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.output


def add(root: Path, number: int) -> None:
    """Records a candidate whose folder is in its place, and a copy of it where Trainer left it."""
    trained = root / "artifacts" / "Trainer" / "model" / str(number) / "Format-Serving"
    write_model(trained)
    write_model(root / "models" / "flights" / str(number))
    registries.record_release(root, version(number, files=record_of(str(trained)), color=f"no{number}"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with candidates 1.0.1, 1.0.2 and 1.0.3."""
    registries.begin("mlmd", str(tmp_path))
    for number in (1, 2, 3):
        add(tmp_path, number)
    return tmp_path


def states(root: Path) -> list[str]:
    return [each["state"] for each in json.loads(call(root, "list", "--json"))]


def serves(root: Path) -> list[str]:
    return [each.version for each in served_file.read(root / "models" / "flights").versions]


def refused(root: Path, *arguments: str, error: type[Exception] = UserError) -> str:
    with pytest.raises(error) as refusal:
        call(root, *arguments)
    return str(refusal.value)


def test_settle_does_what_a_run_that_died_left_undone_and_no_more(root: Path, tmp_path: Path):
    assert call(root, "settle", "--set", "release.policy=manual") == "serves now: nothing\n"
    assert call(root, "settle") == call(root, "settle") == "serves now: 1.0.3\n"
    assert (states(root), serves(root)) == (["candidate", "candidate", "live"], ["1.0.3"])
    assert call(tmp_path / "new", "settle") == "serves now: nothing\n"
    assert not (tmp_path / "new").exists()


def test_going_back_is_one_command(root: Path):
    call(root, "approve", "1.0.1", *REASON)
    call(root, "approve", "1.0.2", *REASON)
    assert serves(root) == ["1.0.2", "1.0.1"]
    said = call(root, "withdraw", "champion", "--reason", "wrong labels", "--by", "Ada")
    assert said == "1.0.2 is withdrawn: wrong labels\nserves now: 1.0.1\n"
    assert serves(root) == ["1.0.1"]
    assert states(root) == ["live", "withdrawn", "candidate"]


def test_going_back_works_beside_a_run(root: Path):
    call(root, "approve", "1.0.1", *REASON)
    call(root, "approve", "1.0.2", *REASON)
    with held_by_another_process(root):
        call(root, "withdraw", "champion", *REASON)
        assert serves(root) == ["1.0.1"]
        assert states(root) == ["live", "withdrawn", "candidate"]


def test_two_people_who_withdraw_the_champion_withdraw_one_version(root: Path):
    for number in ("1.0.1", "1.0.2", "1.0.3"):
        call(root, "approve", number, *REASON)
    call(root, "withdraw", "champion", *REASON)
    said = refused(root, "withdraw", "champion", "--reason", "wrong labels", "--by", "Bob")
    assert said.startswith("nothing was decided: 1.0.3, which was the champion, became withdrawn at ")
    assert states(root) == ["retired", "live", "withdrawn"]
    call(root, "withdraw", "1.0.2", *REASON)
    assert serves(root) == ["1.0.1"]


def test_what_an_alias_meant_when_it_was_read_is_what_is_decided_about(root: Path, monkeypatch):
    for number in ("1.0.1", "1.0.2"):
        call(root, "approve", number, *REASON)
    append = MlmdRegistry.append

    def slower(self: MlmdRegistry, *events, **meant):
        with monkeypatch.context() as others:
            others.setattr(MlmdRegistry, "append", append)
            call(root, "restore", "1.0.1", *REASON)
        return append(self, *events, **meant)

    monkeypatch.setattr(MlmdRegistry, "append", slower)
    said = refused(root, "withdraw", "previous", *REASON)
    assert said.startswith("nothing was decided: the previous was 1.0.1 a moment ago, and is 1.0.2 now")
    assert states(root) == ["live", "retired", "candidate"]


def test_who_leaves_a_name_without_a_version_that_serves_is_told(root: Path):
    """The model was renamed: what serves again is one of its former name."""
    write_model(root / "models" / "ships" / "4")
    registries.record_release(root, version(4, "ships"))
    for number in ("1.0.1", "1.0.4"):
        call(root, "approve", number, *REASON)
    result = CliRunner().invoke(
        evergreen, ["models", "withdraw", "champion", *REASON, "--set", f"root={root}"]
    )
    assert result.stdout.endswith("serves now: flights/1.0.1\n")
    (warning,) = result.stderr.splitlines()
    assert warning == (
        "evergreen: warning: by the name 'ships' nothing serves from now on: what is live is flights/1.0.1; "
        "ask by the name 'flights', or let a version of 'ships' be live again"
    )
    result = CliRunner().invoke(evergreen, ["models", "withdraw", "1.0.1", *REASON, "--set", f"root={root}"])
    assert (result.stderr, result.stdout.splitlines()[-1]) == ("", "serves now: nothing")


@pytest.mark.parametrize("text", ["x" * 2_001, "a\tb", "a\x1b[31m", "a\u202eb"], ids=ascii)
def test_no_note_is_too_long_or_does_things_to_a_terminal(root: Path, text: str):
    refused(root, "annotate", "1.0.1", "--text", text, error=ConfigError)
    assert "--by: '' is no name; say who" in refused(
        root, "annotate", "1.0.1", "--text", "x", "--by", "", error=ConfigError
    )
    assert "'' is no note" in refused(root, "annotate", "1.0.1", "--text", "", error=ConfigError)
    assert json.loads(call(root, "list", "--json"))[0]["notes"] == []


def test_the_champion_is_what_serves(root: Path):
    call(root, "approve", "1.0.1", *REASON)
    call(root, "approve", "1.0.3", *REASON)
    call(root, "withdraw", "champion", *REASON)
    shown = CliRunner().invoke(evergreen, ["champion", "show", "--json", "--set", f"root={root}"])
    assert json.loads(shown.output)["version"] == "1.0.1"
    lineage = CliRunner().invoke(evergreen, ["lineage", "champion", "--json", "--set", f"root={root}"])
    assert json.loads(lineage.output)["run"] == "run-1"


def test_a_withdrawn_version_is_restored_by_name_and_a_quarantined_one_by_an_option(root: Path):
    call(root, "withdraw", "1.0.1", *REASON)
    assert "serves now: 1.0.1" in call(root, "restore", "1.0.1", *REASON)
    call(root, "withdraw", "1.0.1", "--quarantine", *REASON)
    assert states(root)[0] == "quarantined"
    assert "--allow-quarantined" in refused(root, "restore", "1.0.1", *REASON)
    assert "serves now: 1.0.1" in call(root, "restore", "1.0.1", "--allow-quarantined", *REASON)


def test_restoring_fetches_files_that_are_gone_or_altered(root: Path):
    call(root, "approve", "1.0.1", *REASON)
    call(root, "approve", "1.0.2", *REASON)
    shutil.rmtree(root / "models" / "flights" / "1")
    said = call(root, "restore", "previous", *REASON)
    assert said.splitlines()[0].startswith("the files of 1.0.1 were fetched again from ")
    assert said.endswith("serves now: 1.0.1 (before it 1.0.2)\n")
    assert contents(root / "models" / "flights" / "1") == WHOLE


def test_a_version_whose_files_are_lost_does_not_become_live(root: Path):
    call(root, "approve", "1.0.1", *REASON)
    (root / "models" / "flights" / "2" / "assets" / "vocabulary").write_text("EWR\n")
    shutil.rmtree(root / "artifacts")
    assert "assets/vocabulary has 4 bytes, and had 12" in refused(root, "approve", "1.0.2", *REASON)
    assert serves(root) == ["1.0.1"]


def test_a_withdrawal_does_not_wait_for_the_files_of_the_version_before(root: Path):
    """It is recorded, and then the person is told that what is live now cannot be served."""
    call(root, "approve", "1.0.1", *REASON)
    call(root, "approve", "1.0.2", *REASON)
    for lost in ("artifacts", "models/flights/1"):
        shutil.rmtree(root / lost)
    said = refused(root, "withdraw", "champion", *REASON)
    assert re.search(r"^1\.0\.1 cannot be served: .*/1 is gone; .* withdraw that one too", said)
    assert serves(root) == ["1.0.1"]


@pytest.mark.parametrize(
    ("before", "command", "said"),
    [
        ((), ("restore", "1.0.1"), "1.0.1 is candidate; `evergreen models approve` is for it"),
        (
            ("withdraw", "1.0.1"),
            ("approve", "1.0.1"),
            "1.0.1 is withdrawn; `evergreen models restore` is for it",
        ),
        (("approve", "1.0.1"), ("approve", "1.0.1"), "1.0.1 is live already, since "),
        (("withdraw", "1.0.1"), ("withdraw", "1.0.1"), "1.0.1 is withdrawn already, since "),
        ((), ("withdraw", "1.0.9"), "no model '1.0.9' is registered; registered: 1.0.1, 1.0.2, 1.0.3"),
        ((), ("withdraw", "champion"), "no version is the champion: nothing serves"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(root: Path, before: tuple, command: tuple, said: str):
    if before:
        call(root, *before, *REASON)
    known = states(root)
    assert refused(root, *command, *REASON).startswith(said)
    assert states(root) == known


@pytest.mark.parametrize("command", ["approve", "withdraw", "restore"])
def test_a_decision_needs_a_reason(root: Path, command: str):
    refused(root, command, "1.0.1", error=click.UsageError)
    refused(root, command, "1.0.1", "--reason", " ", error=ConfigError)
    assert states(root) == ["candidate"] * 3


def test_a_command_repairs_what_serves_before_it_decides(root: Path):
    call(root, "approve", "1.0.1", *REASON)
    (root / "models" / "flights" / "serving.json").write_text("{")
    refused(root, "approve", "1.0.1", *REASON)
    assert serves(root) == ["1.0.1"]


def test_a_list_has_a_line_for_each_version_and_says_what_serves(root: Path):
    call(root, "approve", "1.0.1", *REASON)
    call(root, "approve", "1.0.2", "--reason", "better in snow", "--by", "Ada")
    call(root, "annotate", "1.0.3", "--text", "for the summer", "--by", "Bob")
    heading, *rows, last = call(root, "list").splitlines()
    assert heading.split() == ["version", "state", "called", "registered", "trained", "on", "why"]
    assert [row.split()[:3] for row in rows] == [
        ["1.0.1", "retired", "previous"],
        ["1.0.2", "live", "champion"],
        ["1.0.3", "candidate", "-"],
    ]
    assert [row.rpartition("17  ")[2] for row in rows] == [
        "1.0.2 became live",
        "better in snow",
        "note: for the summer",
    ]
    assert last == "serves now: 1.0.2 (before it 1.0.1)"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--state", "live"], ["1.0.1"]),
        (["--state", "candidate"], ["1.0.2", "1.0.3"]),
        (["--search", "SNOW"], ["1.0.1"]),
        (["--search", "the summer"], ["1.0.3"]),
        (["--search", "run-2"], ["1.0.2"]),
        (["--search", "no3"], ["1.0.3"]),
        (["--search", "ada"], ["1.0.1"]),
        (["--search", "bob"], ["1.0.3"]),
        (["--search", 'the "hot"'], ["1.0.3"]),
        (["--search", "window"], []),
        (["--state", "live", "--search", "summer"], []),
    ],
)
def test_a_search_looks_into_all_that_is_known(root: Path, options: list[str], found: list[str]):
    call(root, "approve", "1.0.1", "--reason", "better in snow", "--by", "Ada")
    call(root, "annotate", "1.0.3", "--text", 'for the summer, the "hot" one', "--by", "Bob")
    assert [each["version"] for each in json.loads(call(root, "list", "--json", *options))] == found


def test_a_version_is_shown_with_all_that_was_decided_of_it(root: Path):
    call(root, "approve", "1.0.1", *REASON)
    call(root, "annotate", "champion", "--text", "for the summer", "--by", "Bob")
    values = json.loads(call(root, "show", "champion", "--json"))
    assert (values["version"], values["state"], values["called"]) == ("1.0.1", "live", ["champion"])
    (step,), (note,) = values["history"], values["notes"]
    assert (step["from"], step["to"], step["share"], step["who"]) == ("candidate", "live", 1.0, "Ada")
    assert (note["text"], note["who"]) == ("for the summer", "Bob")
    assert values["files"] == {"assets/vocabulary": 12, "saved_model.pb": 5}
    text = call(root, "show", "1.0.1")
    assert "candidate → live by Ada: a test" in text
    assert "by Bob: for the summer" in text
    assert text.endswith("serves now: 1.0.1\n")


def test_two_versions_are_compared(root: Path):
    call(root, "approve", "1.0.1", *REASON)
    said = call(root, "diff", "champion", "1.0.3").splitlines()
    assert said[0].startswith("1.0.3 was trained on the same days as 1.0.1, with ")
    assert "state            state: live → candidate" in said
    assert json.loads(call(root, "diff", "1.0.1", "1.0.3", "--json"))["state"]["differences"] == [
        {"what": "state", "before": "live", "after": "candidate", "remark": ""}
    ]


def test_without_models_nothing_is_listed_and_nothing_is_written(tmp_path: Path):
    root = tmp_path / "none"
    assert call(root, "list") == f"no models are registered yet in {root}; `evergreen run` registers one\n"
    assert json.loads(call(root, "list", "--json")) == []
    assert "registered: none yet" in refused(root, "withdraw", "champion", *REASON)
    assert not root.exists()


def test_versions_of_several_names_are_shown_with_them(root: Path):
    registries.record_release(root, version(4, name="ships"))
    MlmdRegistry(Workspace(root)).read()
    assert "serves now: flights/1.0.1" in call(root, "approve", "1.0.1", *REASON)
    assert "ships/1.0.4" in call(root, "list")


def test_every_command_says_its_effect_and_an_example_and_explains_its_options():
    for name, command in evergreen.commands["models"].commands.items():
        assert re.match(r"[A-Z][^.]+[.:;]", command.help)
        assert re.search(rf"Example:\s+evergreen models {name}\b", command.help)
        assert [
            each.name for each in command.params if each.param_type_name == "option" and not each.help
        ] == []


@pytest.mark.parametrize("packed", FORMER_ROOTS, ids=lambda path: path.name)
def test_a_root_of_an_earlier_version_is_read_and_decided_about(tmp_path: Path, packed: Path):
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    root = tmp_path / ".evergreen"
    store = (root / "metadata.sqlite").read_bytes()
    assert states(root) == ["live"]
    assert call(root, "show", "champion").startswith("flights/1.0.1\nstate       live, champion\n")
    assert (root / "metadata.sqlite").read_bytes() == store
    assert call(root, "withdraw", "champion", *REASON).endswith("serves now: nothing\n")
    assert served_file.read(root / "models" / "flights").versions == ()
    assert call(root, "restore", "1.0.1", *REASON).endswith("serves now: 1.0.1\n")
    assert serves(root) == ["1.0.1"]


def test_a_decision_that_a_full_disk_kept_from_the_server_is_not_taken_twice(root: Path, monkeypatch):
    call(root, "approve", "1.0.1", *REASON)
    call(root, "approve", "1.0.2", *REASON)
    with monkeypatch.context() as full:
        full.setattr(served_file, "write", no_space)
        said = refused(root, "withdraw", "champion", *REASON)
        assert "do not decide it again" in said
        assert "the server does not know yet" in call(root, "list")
    said = refused(root, "withdraw", "champion", *REASON)
    assert "champion is 1.0.1 by an earlier decision" in said
    assert states(root) == ["live", "withdrawn", "candidate"]
    assert serves(root) == ["1.0.1"]


def test_a_list_completes_what_a_killed_command_left(root: Path, monkeypatch):
    call(root, "approve", "1.0.1", *REASON)
    with monkeypatch.context() as full:
        full.setattr(served_file, "write", no_space)
        refused(root, "approve", "1.0.2", *REASON)
    assert serves(root) == ["1.0.1"]
    call(root, "list")
    assert serves(root) == ["1.0.2", "1.0.1"]


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("ruin", [shutil.rmtree, lambda folder: (folder / "junk").write_text("")])
def test_files_of_the_champion_are_fetched_again_without_a_decision(root: Path, ruin):
    call(root, "approve", "1.0.1", *REASON)
    assert "live already" in refused(root, "restore", "champion", *REASON)
    served = root / "models" / "flights" / "1"
    ruin(served)
    assert "fetched again" in call(root, "restore", "champion", *REASON)
    assert contents(served) == WHOLE
    assert len(json.loads(call(root, "show", "1.0.1", "--json"))["history"]) == 1


def test_a_folder_that_became_a_link_to_nothing_is_fetched_again(root: Path):
    served = root / "models" / "flights" / "1"
    shutil.rmtree(served)
    served.symlink_to(root / "gone")
    call(root, "approve", "1.0.1", *REASON)
    assert contents(served) == WHOLE


@pytest.mark.parametrize("command", ["list", "approve"])
def test_a_record_that_is_lost_is_said_to_be(root: Path, command: str):
    (root / "metadata.sqlite").unlink()
    arguments = () if command == "list" else ("1.0.1", *REASON)
    assert "no record of them" in refused(root, command, *arguments)
