"""Writes what init proposes: columns.yaml, base.yaml, import.yaml and the spans; all of it, or nothing."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from pathlib import Path

from pipeline.data.convert.rows_check import Expected
from pipeline.data.imports.import_spans import Options, Outcome, import_spans
from pipeline.data.propose.proposal import Proposal
from pipeline.data.raw.raw_data import RawData
from pipeline.data.rules.import_rules import ImportRules, LeftOut
from pipeline.data.rules.rules_file import dump, parse
from pipeline.data.write import hand_edits, journal, old_spans, place, records
from pipeline.data.write.base_text import base_text
from pipeline.data.write.columns_text import columns_text
from pipeline.errors import ConfigError
from trainer import columns_file

COLUMNS, BASE, IMPORT = "trainer/columns.yaml", "pipeline/configs/base.yaml", "pipeline/configs/import.yaml"
# What init does not find, it writes as if it were the first time.
_ANEW = f"git rm {IMPORT}, commit, remove the folder of spans (data.source), init"
# What goes with the sample (docs/extending.md).
_SAMPLE = (
    *("sample", "benchmarks", "tests/sample", "tests/benchmarks", "tests/e2e", "tests/pipeline/runners/beam"),
    "tests/components/*/test_against_stock.py",
)


@dataclasses.dataclass(frozen=True)
class Change:
    """One file of the project.

    Attributes:
      path: below the project's root.
      now: what it holds; empty if there is none.
      then: what it will hold.
      proposed: what init would write without any hand edit.
      conflicts: places where a hand edit stays against the proposal.
      unknown: whether nobody knows what init wrote last, so that the file stays as it is.
    """

    path: str
    now: str
    then: str
    proposed: str
    conflicts: int
    unknown: bool

    @property
    def diff(self) -> list[str]:
        """Its lines; empty where nothing changes."""
        return hand_edits.unified_diff(self.path, self.now, self.then)


def rules_of(proposal: Proposal, raw: RawData) -> ImportRules:
    """Returns the rules by which the proposed columns are read."""
    sources = {column.source for column in proposal.kept}
    left_out = [
        LeftOut(column.source, column.reason)
        for column in proposal.columns
        if column.left_out and column.source not in sources
    ]
    date = proposal.date if proposal.calendar else None
    return ImportRules(
        raw.dialect,
        proposal.grain,
        date.name if date else None,
        tuple(column.rule for column in proposal.kept),
        tuple(left_out),
    )


def name_before(root: Path) -> str | None:
    """Returns the name in base.yaml, where an earlier init has written it; None before the first one."""
    if not (root / IMPORT).exists() or not (root / BASE).exists():
        return None
    return place.name_in((root / BASE).read_text(encoding="utf-8"))


def changes(root: Path, proposal: Proposal, rules: ImportRules, name: str) -> list[Change]:
    """Returns what becomes of each file, hand edits kept."""
    texts = {
        COLUMNS: columns_text(proposal.kept, proposal.training),
        BASE: base_text(proposal, name),
        IMPORT: dump(rules),
    }
    was_run = (root / IMPORT).exists()
    return [_change(root, path, text, was_run=was_run) for path, text in texts.items()]


def _change(root: Path, path: str, proposed: str, *, was_run: bool) -> Change:
    file = root / path
    now = file.read_text(encoding="utf-8") if file.exists() else ""
    if not was_run:
        return Change(path, now, proposed, proposed, 0, unknown=False)
    before = records.base_of(now, records.proposals(root, path))
    merged = hand_edits.merge(now, before, proposed)
    unknown = before is None and now != proposed
    return Change(path, now, merged.text, proposed, merged.conflicts, unknown)


def refuse_dirty(root: Path) -> None:
    """Lets init overwrite files only where git has them.

    Raises:
      ConfigError: the folder is no git repository, or a file that git knows has changed.
    """
    command = ["git", "-C", str(root), "status", "--porcelain", "--untracked-files=no"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ConfigError("init needs git, to keep what it overwrites; install git") from None
    if done.returncode:
        raise ConfigError(
            f"{root} is no git repository; expected a clean one, which keeps what init overwrites: "
            "git init && git add . && git commit -m 'The template'"
        )
    changed = [line[3:] for line in done.stdout.splitlines()]
    if changed:
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise ConfigError(
            f"{changed[0]} has changes that are not committed{more}; commit or stash them, then init"
        )


def agreed(files: list[Change]) -> tuple[ImportRules, Expected]:
    """Returns what the files will say of the spans, hand edits among it.

    Raises:
      ConfigError: a file that is kept or merged cannot be read, or two do not fit together.
    """
    then = {change.path: change.then for change in files}
    rules = parse(then[IMPORT])
    try:
        table = columns_file.parse(then[COLUMNS])
    except columns_file.ColumnsError as error:
        raise ConfigError(
            f"with your edits of {COLUMNS}: {error}; undo them, and run init again, or begin anew: {_ANEW}"
        ) from error
    ours, theirs = {column.name for column in table.columns}, {rule.name for rule in rules.columns}
    if ours != theirs:
        names = sorted(ours ^ theirs)
        more = f" (and {len(names) - 5} more)" if len(names) > 5 else ""
        raise ConfigError(
            f"with your edits, {COLUMNS} and {IMPORT} do not have the same columns: "
            f"{', '.join(names[:5])}{more} is in one of them only; name it in both "
            f"or in none, and run init again; or, if this is another table, begin anew: {_ANEW}"
        )
    required = {column.name for column in table.columns if column.required and column.role != "label"}
    values = {column.name: column.values for column in table.columns if column.values}
    return rules, Expected(table.label.name, frozenset(required), values)


def write(
    root: Path, raw: RawData, rules: ImportRules, expected: Expected, files: list[Change], folder: Path
) -> tuple[Outcome, Path | None]:
    """Writes spans and files, all or nothing.

    Args:
      root: of the project.
      raw: the table.
      rules: by which it is read.
      expected: of its values.
      files: what becomes of each.
      folder: of the spans.

    Returns:
      What the import did; and the folder of earlier spans that other rules had written, if there is one now.

    Raises:
      DataError: a cell of the table cannot be read.
    """
    staging = journal.staging(root)
    renames: list[tuple[Path, Path]] = []
    same_rules = _same_rules(files) and old_spans.is_of(folder, rules)
    spans = staging / "spans"
    spans.mkdir()
    if same_rules:
        old_spans.link_all(folder, spans)
    outcome = import_spans(raw, rules, expected, spans, Options(on_known="supersede"))
    for day in {*outcome.superseded} - outcome.written.keys():
        (spans / f"{day}.csv").unlink()
    old = old_spans.free(folder) if folder.exists() else None
    if old:
        renames.append((folder, old))
    renames.append((spans, folder))
    for number, (path, text) in enumerate(_texts(root, files).items()):
        new = staging / f"{number}-{path.name}"
        new.write_text(text, encoding="utf-8")
        renames.append((new, path))
    journal.publish(root, renames)
    shutil.rmtree(staging, ignore_errors=True)
    if old and (same_rules or old_spans.is_within(old, folder)):
        shutil.rmtree(old)
        old = None
    return outcome, old


def _texts(root: Path, files: list[Change]) -> dict[Path, str]:
    """Returns place to text of all files to be written, records among them."""
    was_run = any(change.path == IMPORT and change.now for change in files)
    first = None if was_run else {change.path: change.now for change in files}
    return {
        **{root / change.path: change.then for change in files},
        **records.additions(root, first, {change.path: change.proposed for change in files}),
    }


def _same_rules(files: list[Change]) -> bool:
    return all(not change.diff for change in files if change.path == IMPORT)


def delete_sample(root: Path) -> list[str]:
    """Removes the sample and what needs it; returns what was removed."""
    removed = []
    for pattern in _SAMPLE:
        for path in sorted(root.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            removed.append(str(path.relative_to(root)))
    return removed
