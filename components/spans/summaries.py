"""What a stage makes of spans to merge for a window, kept beside them: of each span, and of blocks of them.

A day later one span of hundreds is new. It is the only one whose rows are read, and with the blocks there are
dozens of summaries to merge, not hundreds. What is kept is a pickle, and as trustworthy as the pipeline root
that it lies in.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from components.spans.examples import SpanPart
from components.spans.store import is_kept, keep, kept
from components.workers import map_ordered

BLOCK_SPANS = 8
Summary = TypeVar("Summary")


class Summarizer(Protocol[Summary]):
    """Makes a summary of rows; each worker is sent a copy.

    Attributes:
      name: a name for files that stands for all that decides a summary besides the rows.
    """

    @property
    def name(self) -> str: ...

    def of_files(self, paths: Sequence[str]) -> Summary:
        """The summary of the rows of some files."""
        ...

    def merged(self, parts: Iterable[Summary]) -> Summary:
        """The summary of all rows of which there are summaries."""
        ...


@dataclasses.dataclass(frozen=True)
class _Block:
    """Neighbouring spans; `whole` if the window has all of them and will tomorrow have them still."""

    spans: tuple[SpanPart, ...]
    whole: bool

    @property
    def folder(self) -> str:
        return self.spans[0].folder

    def name(self, summarizer: Summarizer) -> str:
        rows = "\n".join(f"{os.path.basename(span.folder)} {span.part}" for span in self.spans)
        return f"{summarizer.name}-block-{hashlib.sha256(rows.encode()).hexdigest()[:16]}"


def summaries(spans: Sequence[SpanPart], summarizer: Summarizer[Summary]) -> Iterator[Summary]:
    """Yields summaries whose rows are all of those of the spans, one for each block, in order.

    Args:
      spans: in the order of time.
    """
    blocks = _blocks(spans)
    is_read = [_is_read(block, summarizer) for block in blocks]
    unread = [block for block, known in zip(blocks, is_read, strict=True) if not known]
    share = map_ordered if len(unread) > 1 else map  # a helper would get ready for longer than one takes
    made = share(functools.partial(_of_block, summarizer), unread)
    for block, known in zip(blocks, is_read, strict=True):
        yield _of_block(summarizer, block) if known else next(made)


def _blocks(spans: Sequence[SpanPart]) -> list[_Block]:
    """Groups spans by their numbers; what stands at an end of the window is not whole."""
    groups = [tuple(group) for _, group in itertools.groupby(spans, lambda span: span.span // BLOCK_SPANS)]
    last = len(groups) - 1
    return [_Block(group, whole=0 < number < last) for number, group in enumerate(groups)]


def _is_read(block: _Block, summarizer: Summarizer) -> bool:
    if block.whole and is_kept(block.folder, block.name(summarizer)):
        return True
    return all(is_kept(span.folder, _name(summarizer, span)) for span in block.spans)


def _of_block(summarizer: Summarizer[Summary], block: _Block) -> Summary:
    def make() -> Summary:
        parts = (_of_span(summarizer, span) for span in block.spans)
        return summarizer.merged(parts)

    if not block.whole:
        return make()
    return _once(block.folder, block.name(summarizer), make)


def _of_span(summarizer: Summarizer[Summary], span: SpanPart) -> Summary:
    return _once(span.folder, _name(summarizer, span), lambda: summarizer.of_files([span.columns]))


def _name(summarizer: Summarizer, span: SpanPart) -> str:
    return f"{summarizer.name}-{span.part}"


def _once(folder: str, name: str, make: Callable[[], Summary]) -> Summary:
    """What is kept under a name, or else is made and kept now."""
    found = kept(folder, name)
    if found is not None:
        return pickle.loads(found)
    made = make()
    keep(folder, name, pickle.dumps(made, protocol=pickle.HIGHEST_PROTOCOL))
    return made
