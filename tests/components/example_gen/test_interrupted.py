"""An ingest that is killed, finds the disk full, or meets another one leaves nothing half done behind."""

import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from components.example_gen.ingest import IngestSpec
from components.spans.entry import ENTRY_FILE, find_in, is_intact, read_columns
from components.spans.store import SpanStore
from tests.components.example_gen.ingest_folder import HEADER, ingest, spans_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
LONG_ROWS = 150_000
TYPES = {"day": "string", "late": "int64", "temp": "float", "carrier": "string"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Writes four days; ingesting the third takes a second, the others none."""
    (tmp_path / "data").mkdir()
    for day, rows in enumerate((50, 60, LONG_ROWS, 70), start=1):
        lines = [f"2013-01-0{day},{n % 2 if n % 7 else ''},{n / 7:.3f},c{n % 99}\n" for n in range(rows)]
        (tmp_path / "data" / f"2013-01-0{day}.csv").write_text(HEADER + "".join(lines))
    return tmp_path


def start(folder: Path, name: str, **options) -> subprocess.Popen[str]:
    """Starts a process that ingests the folder."""
    program = [sys.executable, "-m", "tests.components.example_gen.ingest_folder", str(folder), name]
    return subprocess.Popen(program, cwd=ROOT, stderr=subprocess.PIPE, text=True, **options)


def entry_folders(folder: Path) -> list[Path]:
    """Returns where the entries of the folder's spans are or will be, in order of time."""
    spec = IngestSpec("", "csv", TYPES, "late", (), ("day",), None, "code", classes=(0, 1))
    store = SpanStore(str(folder / "store"))
    return [Path(store.folder_of(spec.key(span.fingerprint))) for span in spans_of(folder / "data")]


def finished(folder: Path) -> set[Path]:
    """Returns the complete entries; spans are ingested side by side, so a later one may be first."""
    return {entry for entry in entry_folders(folder) if (entry / ENTRY_FILE).exists()}


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    """Returns content and time of change of each file of an entry; using an entry touches it."""
    return {
        path: (path.read_bytes(), 0 if path.name == ENTRY_FILE else path.stat().st_mtime_ns)
        for path in sorted(folder.iterdir())
    }


def rows(examples, split: str) -> pa.Table:
    """Returns the decoded records of a split in order; a record has its features in any order."""
    from tfx_bsl.coders import example_coder

    from components.spans.examples import files, record_batches

    decoder = example_coder.ExamplesToRecordBatchDecoder()
    tables = [
        pa.Table.from_batches([decoder.DecodeBatch(records)])
        for records in record_batches(files(examples, split))
    ]
    return pa.concat_tables(table.select(sorted(table.schema.names)) for table in tables).combine_chunks()


def columns(entry_folder: Path) -> list[pa.RecordBatch]:
    """Returns the rows of an entry as the store has them beside its records."""
    entry = find_in(str(entry_folder))
    return list(read_columns(str(entry_folder / entry.columns["all"].name)))


def assert_as_undisturbed(folder: Path, examples) -> None:
    """Checks that examples, and the columns beside them, equal those of an undisturbed ingestion."""
    elsewhere = folder / "elsewhere"
    shutil.copytree(folder / "data", elsewhere / "data")
    undisturbed = ingest(elsewhere, "examples")
    for split in ("train", "eval"):
        assert rows(examples, split).equals(rows(undisturbed, split))
    for ours, theirs in zip(entry_folders(folder), entry_folders(elsewhere), strict=True):
        assert columns(ours) == columns(theirs)


def test_after_a_kill_finished_spans_are_reused_and_the_half_written_one_is_made_anew(folder: Path):
    first, second, third, _ = entry_folders(folder)
    with start(folder, "killed") as process:
        _wait_until(lambda: any(third.glob("records-*")) and finished(folder) >= {first, second}, process)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert third not in finished(folder)
    before = {entry: contents(entry) for entry in finished(folder)}

    examples = ingest(folder, "examples")

    assert examples.get_int_custom_property("spans_reused") == len(before)
    assert examples.get_int_custom_property("spans_ingested") == 4 - len(before)
    assert {entry: contents(entry) for entry in before} == before
    assert_as_undisturbed(folder, examples)


def test_on_a_full_disk_the_error_says_so_and_nothing_is_left_of_the_span(folder: Path):
    """No file may grow over 300 KB: the short days fit, the long one does not."""
    limit = (300_000, 300_000)
    with start(folder, "full", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)) as full:
        message = full.communicate()[1].splitlines()[-1]
    assert full.returncode == 1
    third = entry_folders(folder)[2]
    assert message == (
        f"components.spans.writer.StoreError: {third}: File too large; make room and run again: "
        "finished spans are kept"
    )
    assert list(third.iterdir()) == []
    before = finished(folder)
    assert before >= set(entry_folders(folder)[:2])

    examples = ingest(folder, "examples")

    assert examples.get_int_custom_property("spans_reused") == len(before)
    assert_as_undisturbed(folder, examples)


def test_two_processes_that_ingest_the_same_spans_at_once_both_end_well(folder: Path):
    with start(folder, "one") as one, start(folder, "other") as other:
        failures = [process.communicate()[1] for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), failures
    assert all(is_intact(find_in(str(entry))) for entry in entry_folders(folder))

    examples = ingest(folder, "examples")

    assert examples.get_int_custom_property("spans_reused") == 4
    assert_as_undisturbed(folder, examples)


def _wait_until(holds, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.001)
