import dataclasses
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from serving.models import served_file
from serving.models.served_file import ServedEntry, ServedFile, ServedFileError, ServedRollout
from serving.rollout import plan as rollout_plan
from serving.rollout.plan import RolloutPlan, Stage

CHAMPION = ServedEntry(3, "1.0.3", ("champion",), 1.0, '{"version":1}')
PREVIOUS = ServedEntry(2, "1.0.2", ("previous",), 0.0, "")
SERVED = ServedFile("flights", (CHAMPION, PREVIOUS))
PLAN = RolloutPlan("r1", "canary", (Stage(0.0, 100), Stage(0.25, 200)), "x-request-key", "carrier")
SHARED = ServedFile(
    "flights",
    (ServedEntry(3, "1.0.3", ("champion",), 0.75, "x"), ServedEntry(4, "1.0.4", ("canary",), 0.25, "y")),
    ServedRollout(PLAN, 1, True, 4),
)


def _values() -> dict:
    return {
        "format": 2,
        "model": "flights",
        "written": "2026-11-27T01:02:03+00:00",
        "versions": [
            {"number": 3, "version": "1.0.3", "labels": ["champion"], "share": 1.0, "files": "x"},
            {"number": 2, "version": "1.0.2", "labels": ["previous"], "share": 0.0, "files": "y"},
        ],
        "rollout": {"plan": rollout_plan.as_values(PLAN), "stage": 0, "paused": False, "candidate": 2},
    }


@pytest.mark.parametrize("served", [SERVED, SHARED])
def test_what_was_written_is_read(tmp_path, served):
    served_file.write(tmp_path / "flights", served)
    assert served_file.read(tmp_path / "flights") == served
    assert os.listdir(tmp_path / "flights") == ["serving.json"]


def test_the_documented_form_is_what_is_read(tmp_path):
    (tmp_path / "serving.json").write_text(json.dumps(_values()))
    assert served_file.read(tmp_path) == ServedFile(
        "flights",
        (
            ServedEntry(3, "1.0.3", ("champion",), 1.0, "x"),
            ServedEntry(2, "1.0.2", ("previous",), 0.0, "y"),
        ),
        ServedRollout(PLAN, 0, False, 2),
    )


def test_a_file_from_before_rollouts_is_read(tmp_path):
    values = {**_values(), "format": 1}
    del values["rollout"]
    (tmp_path / "serving.json").write_text(json.dumps(values))
    assert served_file.read(tmp_path).rollout is None


def test_without_a_file_there_is_no_answer(tmp_path):
    assert served_file.read(tmp_path) is None
    assert served_file.read(tmp_path / "not there") is None


def test_the_default_is_the_version_of_all_requests_but_for_a_rollouts_share():
    assert SERVED.default == CHAMPION
    assert SHARED.default.number == 3
    assert ServedFile("flights").default is None
    halves = (ServedEntry(1, "1.0.1", (), 0.5, ""), ServedEntry(2, "1.0.2", (), 0.5, ""))
    assert ServedFile("flights", halves).default is None


def test_a_file_that_no_version_stands_in_says_that_nothing_serves(tmp_path):
    served_file.write(tmp_path, ServedFile("flights"))
    assert served_file.read(tmp_path) == ServedFile("flights")


def _without(key):
    return lambda values: values.pop(key)


def _version(**changed):
    return lambda values: values["versions"][1].update(changed)


BROKEN = {
    "has no model": _without("model"),
    "has no versions": _without("versions"),
    "its format is None": _without("format"),
    "its format is 3, and this reader knows 2": lambda values: values.update(format=3),
    "has 'shares', which this reader does not know": lambda values: values.update(shares=1),
    "model is '', not text": lambda values: values.update(model=""),
    "written is '2026-11-27', not a time with its zone": lambda values: values.update(written="2026-11-27"),
    "written is 'today', not a time with its zone": lambda values: values.update(written="today"),
    "versions is {}, not a list": lambda values: values.update(versions={}),
    "a version is 3, not an object": lambda values: values.update(versions=[3]),
    "a version has no files": lambda values: values["versions"][0].pop("files"),
    "number is '2', not a whole number from 1": _version(number="2"),
    "number is True, not a whole number from 1": _version(number=True),
    "number is 0, not a whole number from 1": _version(number=0),
    f"number is {2**63}, not a whole number from 1 to {2**63 - 1}": _version(number=2**63),
    "labels of 1.0.2 is 'previous', not a list": _version(labels="previous"),
    "a label of 1.0.2 is 7, not text": _version(labels=[7]),
    "share of 1.0.2 is 1.5, not a number from 0 to 1": _version(share=1.5),
    "share of 1.0.2 is nan, not a number from 0 to 1": _version(share=float("nan")),
    "share of 1.0.2 is True, not a number from 0 to 1": _version(share=True),
    "files of 1.0.2 is None, not text": _version(files=None),
    "the number 3 of 'flights' stands twice": _version(number=3),
    "the version '1.0.3' of 'flights' stands twice": _version(version="1.0.3"),
    "the label 'champion' of 'flights' stands twice": _version(labels=["champion"]),
    "the rollout of 'flights' has no stage 2": lambda values: values["rollout"].update(stage=2),
    "the rollout of 'flights' is of 9, not named here": lambda values: values["rollout"].update(candidate=9),
    "paused of the rollout is 1, not true or false": lambda values: values["rollout"].update(paused=1),
    "kind of a rollout's plan is 'green', not canary or ab": lambda v: v["rollout"]["plan"].update(
        kind="green"
    ),
    "stages of a rollout's plan is empty": lambda v: v["rollout"]["plan"].update(stages=[]),
    "share of a stage is 2, not a number from 0 to 0.9999": lambda v: v["rollout"]["plan"]["stages"][
        0
    ].update(share=2),
    "the guards' limits has no e_limit": lambda v: v["rollout"]["plan"]["limits"].pop("e_limit"),
    "one of ratios is 0.5, not a number from 1": lambda v: v["rollout"]["plan"]["limits"].update(
        ratios=[0.5]
    ),
    "answer_range of a rollout's plan is [0], not its least": lambda v: v["rollout"]["plan"].update(
        answer_range=[0]
    ),
    "a rollout's plan has 'colour', which this reader": lambda v: v["rollout"]["plan"].update(colour="green"),
    "the shares of 'flights' add up to 1.5, not to 1": _version(share=0.5),
}


def test_a_plan_that_was_recorded_before_it_knew_of_shifts_and_ranges_reads_as_without():
    known = dataclasses.replace(
        PLAN, answer="p", answer_range=(0.0, 1.0), expected_shift_sd=-0.1, shift_day_sd=0.2
    )
    values = json.loads(json.dumps(rollout_plan.as_values(known)))
    assert rollout_plan.from_values(values) == known
    for name in ("answer", "answer_range", "expected_shift_sd", "shift_day_sd"):
        del values[name]
    del values["limits"]["shift_days"]
    assert rollout_plan.from_values(values) == PLAN


@pytest.mark.parametrize("said", BROKEN)
def test_a_broken_file_is_refused_in_one_sentence_that_names_it(tmp_path, said):
    values = _values()
    BROKEN[said](values)
    (tmp_path / "serving.json").write_text(json.dumps(values))
    with pytest.raises(ServedFileError) as refused:
        served_file.read(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path}/serving.json does not say what serves: ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "content", [b"", b'{"format": 1', b"\xff\xfe", b"[" * 100_000], ids=["empty", "half", "bytes", "deep"]
)
def test_what_is_no_json_is_refused(tmp_path, content):
    (tmp_path / "serving.json").write_bytes(content)
    with pytest.raises(ServedFileError, match=r"serving\.json is not JSON"):
        served_file.read(tmp_path)


@pytest.mark.parametrize("content", ["null", "[]", "3"])
def test_json_that_is_no_object_is_refused(tmp_path, content):
    (tmp_path / "serving.json").write_text(content)
    with pytest.raises(ServedFileError, match="its format is None"):
        served_file.read(tmp_path)


def test_a_file_that_cannot_be_opened_is_an_error_and_not_an_absence(tmp_path):
    (tmp_path / "serving.json").mkdir()
    with pytest.raises(ServedFileError, match="cannot be read"):
        served_file.read(tmp_path)


def test_a_write_that_fails_leaves_the_file_and_nothing_else(tmp_path):
    served_file.write(tmp_path, SERVED)
    limited = textwrap.dedent(
        f"""
        import resource, signal, sys
        from pathlib import Path
        from serving.models import served_file
        from serving.models.served_file import ServedEntry, ServedFile
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        entry = ServedEntry(4, "1.0.4", ("champion",), 1.0, "x" * 5000)
        try:
            served_file.write(Path({str(tmp_path)!r}), ServedFile("flights", (entry,)))
        except OSError:
            sys.exit(7)
        """
    )
    assert subprocess.run([sys.executable, "-c", limited], check=False).returncode == 7
    assert served_file.read(tmp_path) == SERVED
    assert os.listdir(tmp_path) == ["serving.json"]


def test_a_reader_beside_a_writer_that_is_killed_always_finds_a_whole_file(tmp_path):
    served_file.write(tmp_path, SERVED)
    writing = textwrap.dedent(
        f"""
        from pathlib import Path
        from serving.models import served_file
        from serving.models.served_file import ServedEntry, ServedFile
        for number in range(1, 10**9):
            entry = ServedEntry(number, f"1.0.{{number}}", ("champion",), 1.0, "x" * 100_000)
            served_file.write(Path({str(tmp_path)!r}), ServedFile("flights", (entry,)))
        """
    )
    writer = subprocess.Popen([sys.executable, "-c", writing])
    try:
        found, until = set(), time.monotonic() + 60
        while len(found) < 20 and time.monotonic() < until:
            found.add(served_file.read(tmp_path).default.number)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert len(found) >= 20
    assert served_file.read(tmp_path).default.version.startswith("1.0.")
    served_file.remove_unfinished(tmp_path)
    assert os.listdir(tmp_path) == ["serving.json"]


def test_what_a_killed_writer_left_is_removed_and_the_file_is_not(tmp_path):
    served_file.write(tmp_path, SERVED)
    (tmp_path / ".serving.json.1a2b").write_text('{"format"')
    served_file.remove_unfinished(tmp_path)
    assert os.listdir(tmp_path) == ["serving.json"]


def test_another_user_can_read_the_file_where_the_umask_lets_him(tmp_path):
    before = os.umask(0o022)
    try:
        served_file.write(tmp_path, SERVED)
    finally:
        os.umask(before)
    assert stat.S_IMODE(Path(tmp_path / "serving.json").stat().st_mode) == 0o644
