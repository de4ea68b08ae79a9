"""What init proposed each time it ran, so that it can tell hand edits from its own words.

`.evergreen-init/written/<n>/` holds the files of the n-th proposal; 0 is what was there before the first one.
A checkout, a branch or a stash takes files back to any of them, so the newest need not be the one that a
file was made from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.data.write import journal

_WRITTEN = "written"


def base_of(now: str, proposals: Sequence[str]) -> str | None:
    """Returns the proposal that a text was made from: the one with the fewest other lines; None of none.

    Args:
      now: the text.
      proposals: the newest first; it is taken where two are equally near.
    """
    lines = Counter(now.splitlines())

    def distance(proposal: str) -> int:
        others = Counter(proposal.splitlines())
        return ((lines - others) + (others - lines)).total()

    return min(proposals, key=distance, default=None)


def proposals(root: Path, path: str) -> list[str]:
    """Returns what init proposed for a file, the newest first.

    Args:
      root: of the project.
      path: of the file.
    """
    files = (folder / Path(path).name for folder in reversed(_folders(root)))
    return [file.read_text(encoding="utf-8") for file in files if file.exists()]


def additions(root: Path, now: Mapping[str, str] | None, proposed: Mapping[str, str]) -> dict[Path, str]:
    """Returns the records to be written with a proposal, by their places; none where it is that of last time.

    Args:
      root: of the project.
      now: path to what each file holds, if no proposal was ever written; None otherwise.
      proposed: path to what is proposed for it.
    """
    folders = _folders(root)
    if folders and all(proposals(root, path)[:1] == [text] for path, text in proposed.items()):
        return {}
    number = int(folders[-1].name) + 1 if folders else 1
    generations = {number: proposed, **({0: now} if now is not None and not folders else {})}
    return {
        root / journal.FOLDER / _WRITTEN / str(each) / Path(path).name: text
        for each, texts in generations.items()
        for path, text in texts.items()
    }


def _folders(root: Path) -> list[Path]:
    folders = (root / journal.FOLDER / _WRITTEN).glob("*")
    return sorted((folder for folder in folders if folder.name.isdecimal()), key=lambda path: int(path.name))
