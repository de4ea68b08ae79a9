"""Whether a champion may be judged on the rows that judge a candidate: it must have seen none of them."""

from __future__ import annotations

from components.example_gen.hash_split import HashSplit, keeps_apart
from pipeline.launch.champion import Champion
from pipeline.spans.window import Window


def why_incomparable(champion: Champion, window: Window, split: HashSplit | None = None) -> str | None:
    """Returns why a champion must not be judged on the eval rows; None if it was trained on none of them.

    It saw none where it was trained on other days, and where rows that judge now were kept from it by the
    same hash.

    Args:
      champion: the champion.
      window: of the candidate.
      split: the hash by which the candidate's rows are split; None if the last spans judge.
    """
    last_day, first, last = window.grain.last_day, champion.train_first, champion.train_last
    seen = [span for span in window.eval_spans if span.date <= last and last_day(span.date) >= first]
    if not seen or (split and champion.split and keeps_apart(champion.split, split)):
        return None
    many = window.grain.many
    trained = (
        f"champion {champion.version} was trained on {len(seen)} of the {len(window.eval_spans)} eval {many} "
        f"({first} … {last})"
    )
    if split:
        return f"{trained}, {_how_split(champion.split, split)}"
    return f"{trained}; a release would replace it by a model of older days"


def _how_split(earlier: HashSplit | None, now: HashSplit) -> str:
    """Returns how the champion's rows were split, as far as that differs from the candidate's."""
    if earlier is None:
        return "split by time or by another hash"
    if earlier.columns != now.columns:
        return f"split by a hash of {_named(earlier)} and not of {_named(now)}"
    if earlier.spread_copies != now.spread_copies:
        return f"with split.spread_copies: {str(earlier.spread_copies).lower()}"
    return f"with split.eval_fraction {earlier.eval_fraction:g} and not {now.eval_fraction:g}"


def _named(split: HashSplit) -> str:
    names = split.names
    return (
        ", ".join(names) if len(names) <= 3 else f"{names[0]}, {names[1]} and {len(names) - 2} more columns"
    )
