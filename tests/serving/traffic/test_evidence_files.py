"""The file that a server keeps its evidence in, and finds again."""

import logging
import shutil
from pathlib import Path

import pytest

from serving.rollout import evidence
from serving.rollout.evidence import Evidence, StageEvidence, TurnedBack, folder_of
from serving.traffic.evidence_files import EvidenceFiles
from tests.serving.traffic.rolling import plan_of

PLAN = plan_of("r")
SEEN = Evidence({1: StageEvidence({"candidate": 3, "champion": 9, "pairs": 0})})
MORE = Evidence({1: StageEvidence({"candidate": 4, "champion": 9, "pairs": 0})})


def names(models: Path) -> list[str]:
    return sorted(path.name for path in folder_of(models, "r").glob("*.json"))


def test_a_server_that_is_started_again_goes_on_with_its_file(tmp_path: Path) -> None:
    first = EvidenceFiles(tmp_path)
    first.write("r", SEEN)
    first.close()  # as the end of a process does, however it ends
    again = EvidenceFiles(tmp_path)
    assert again.read(PLAN) == SEEN
    again.write("r", MORE)
    assert len(names(tmp_path)) == 1
    again.close()


def test_two_running_servers_have_a_file_each_and_are_summed(tmp_path: Path) -> None:
    first, second = EvidenceFiles(tmp_path), EvidenceFiles(tmp_path)
    first.write("r", SEEN)
    assert second.read(PLAN) == Evidence()
    second.write("r", MORE)
    assert len(names(tmp_path)) == 2
    summed = evidence.read_all(folder_of(tmp_path, "r"))
    assert summed.stage(1).requests == {"candidate": 7, "champion": 18, "pairs": 0}
    first.close()
    second.close()


def test_that_any_server_turned_back_is_found(tmp_path: Path) -> None:
    turned = TurnedBack("errors", "too many", "2026-11-27")
    evidence.write(folder_of(tmp_path, "r"), "another-host-0", Evidence(SEEN.stages, (), turned))
    files = EvidenceFiles(tmp_path)
    assert files.read(PLAN) == Evidence({}, (), turned)
    files.close()


def test_nothing_is_written_before_a_rollout(tmp_path: Path) -> None:
    EvidenceFiles(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_cannot_be_written_is_said_once_and_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = EvidenceFiles(tmp_path / "nowhere")
    with caplog.at_level(logging.ERROR):
        assert files.read(PLAN) == Evidence()
        assert [files.write("r", SEEN) for _ in range(3)] == [False] * 3
    said = [each.message for each in caplog.records]
    assert [each.split(":")[0] for each in said] == [
        "the evidence of a rollout cannot be read, it begins anew",
        "the evidence of a rollout cannot be written, a restart would lose it",
    ]
    assert "nowhere" in said[1]


def test_a_file_that_is_none_is_said_and_begins_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = EvidenceFiles(tmp_path)
    files.write("r", SEEN)
    (folder_of(tmp_path, "r") / names(tmp_path)[0]).write_text("{")
    assert files.read(PLAN) == Evidence()
    assert "holds no evidence of a rollout" in caplog.text
    files.close()


def test_what_another_left_broken_loses_neither_the_own_evidence_nor_that_one_turned_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files, turned = EvidenceFiles(tmp_path), TurnedBack("errors", "too many", "2026-11-27")
    assert files.write("r", SEEN)
    folder = folder_of(tmp_path, "r")
    evidence.write(folder, "a-0", Evidence({len(PLAN.stages): StageEvidence()}))
    evidence.write(folder, "z-0", Evidence(turned_back=turned))
    assert files.read(PLAN) == Evidence(SEEN.stages, (), turned)
    assert "a-0.json holds no evidence of a rollout: it has a stage '4'" in caplog.text
    files.close()


def test_two_servers_have_a_file_each_after_the_folder_was_removed(tmp_path: Path) -> None:
    """The first holds a lock that nobody else can find."""
    first, second = EvidenceFiles(tmp_path), EvidenceFiles(tmp_path)
    assert first.write("r", SEEN)
    shutil.rmtree(tmp_path / evidence.FOLDER)
    assert second.write("r", MORE)
    assert first.write("r", SEEN)
    summed = evidence.read_all(folder_of(tmp_path, "r"))
    assert summed.stage(1).requests == {"candidate": 7, "champion": 18, "pairs": 0}
    first.close()
    second.close()
