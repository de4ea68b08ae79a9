"""Cache of mergeable partial results, per span and per block of eight spans.

A day later one span of hundreds is new. Its rows are the only ones read, and with the blocks there are dozens
of summaries to merge, not hundreds. The cache lies in the span store, where whoever can write to the pipeline
root can write: it holds values in a checked form, never a pickle, and what cannot be read is made again.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from components.spans.examples import SpanPart
from components.spans.kept_tables import UnreadableSummaryError
from components.spans.store import cache_get, cache_has, cache_put
from components.workers import map_ordered

BLOCK_SPANS = 8
Summary = TypeVar("Summary")
_log = logging.getLogger(__name__)


class Summarizer(Protocol[Summary]):
    """How a stage summarizes rows and merges summaries; picklable, as workers are sent a copy."""

    @property
    def name(self) -> str:
        """A file name that stands for everything that decides a summary, except the rows."""
        ...

    def of_files(self, paths: Sequence[str]) -> Summary:
        """Returns the summary of the rows of some files."""
        ...

    def merged(self, parts: Iterable[Summary]) -> Summary:
        """Returns one summary of all rows that the parts summarize."""
        ...

    def encoded(self, summary: Summary) -> bytes:
        """Returns a summary as bytes, for the cache."""
        ...

    def decoded(self, content: bytes) -> Summary:
        """Returns the summary that `encoded` was given; runs no code that the bytes name.

        Raises:
          UnreadableSummaryError: the bytes are no summary of this kind.
        """
        ...


@dataclasses.dataclass(frozen=True)
class _Block:
    """Neighbouring spans; `whole` if all of them are in this window and still will be tomorrow."""

    spans: tuple[SpanPart, ...]
    whole: bool

    @property
    def folder(self) -> str:
        return self.spans[0].folder

    def name(self, summarizer: Summarizer) -> str:
        rows = "\n".join(f"{os.path.basename(span.folder)} {span.part}" for span in self.spans)
        return f"{summarizer.name}-block-{hashlib.sha256(rows.encode()).hexdigest()[:16]}"


def summaries(spans: Sequence[SpanPart], summarizer: Summarizer[Summary]) -> Iterator[Summary]:
    """Yields a summary for each block of the spans, in order; together they cover every row once.

    Args:
      spans: in the order of time.
      summarizer: what a summary is.
    """
    blocks = _blocks(spans)
    cached = [_is_cached(block, summarizer) for block in blocks]
    missing = [block for block, is_cached in zip(blocks, cached, strict=True) if not is_cached]
    map_blocks = map_ordered if len(missing) > 1 else map  # a worker takes longer to warm up than one block
    computed = map_blocks(functools.partial(_of_block, summarizer), missing)
    for block, is_cached in zip(blocks, cached, strict=True):
        yield _of_block(summarizer, block) if is_cached else next(computed)


def each_span(spans: Sequence[SpanPart], summarizer: Summarizer[Summary]) -> Iterator[Summary]:
    """Yields the summary of every span, in order.

    Args:
      spans: in any order.
      summarizer: what a summary is.
    """
    missing = sum(not cache_has(span.folder, _name(summarizer, span)) for span in spans)
    map_spans = map_ordered if missing > 1 else map
    yield from map_spans(functools.partial(_of_span, summarizer), spans)


def _blocks(spans: Sequence[SpanPart]) -> list[_Block]:
    """Returns the spans grouped by their numbers; the groups at the ends of the window are not whole."""
    groups = [tuple(group) for _, group in itertools.groupby(spans, lambda span: span.span // BLOCK_SPANS)]
    last = len(groups) - 1
    return [_Block(group, whole=0 < number < last) for number, group in enumerate(groups)]


def _is_cached(block: _Block, summarizer: Summarizer) -> bool:
    if block.whole and cache_has(block.folder, block.name(summarizer)):
        return True
    return all(cache_has(span.folder, _name(summarizer, span)) for span in block.spans)


def _of_block(summarizer: Summarizer[Summary], block: _Block) -> Summary:
    def merge() -> Summary:
        parts = (_of_span(summarizer, span) for span in block.spans)
        return summarizer.merged(parts)

    if not block.whole:
        return merge()
    return _cached(summarizer, block.folder, block.name(summarizer), merge)


def _of_span(summarizer: Summarizer[Summary], span: SpanPart) -> Summary:
    return _cached(
        summarizer, span.folder, _name(summarizer, span), lambda: summarizer.of_files([span.columns])
    )


def _name(summarizer: Summarizer, span: SpanPart) -> str:
    return f"{summarizer.name}-{span.part}"


def _cached(
    summarizer: Summarizer[Summary], folder: str, name: str, compute: Callable[[], Summary]
) -> Summary:
    """Returns the cached summary of a name; computes and caches it if there is none that can be read."""
    content = cache_get(folder, name)
    if content is not None:
        try:
            return summarizer.decoded(content)
        except UnreadableSummaryError as error:
            _log.warning("%s cannot be read and is made again: %s", os.path.join(folder, name), error)
    summary = compute()
    cache_put(folder, name, summarizer.encoded(summary))
    return summary
