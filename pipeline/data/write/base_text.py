"""Writes pipeline/configs/base.yaml as a person would. Pure Python."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from pipeline.config.flow import flow
from pipeline.data.propose.proposal import Proposal

_FILE_OF = {
    "day": "one <YYYY-MM-DD>.csv a day",
    "week": "one <YYYY-MM-DD>.csv a week, named by its Monday",
    "month": "one <YYYY-MM-DD>.csv a month, named by its first day",
    "file": "one <YYYY-MM-DD>.csv for each delivery",
}
# Where nothing could be fitted: metrics whose unit is no secret of the table, and a margin for few rows.
_FIRST_LIMITS = {
    "binary": "AUC",
    "multiclass": "SparseCategoricalAccuracy",
    "regression": "R2Score",
}
_FIRST_MARGIN = 0.2
_ROWS_PER_REQUEST, _REQUESTS = 32, 8
_MANY_COLUMNS = 100


def base_text(proposal: Proposal, name: str) -> str:
    """Returns the text of the file.

    Args:
      proposal: what it says.
      name: of pipeline, model and data folder.
    """
    sections = (
        _names(name),
        _data(proposal, name),
        _window(proposal),
        _split(proposal),
        _data_gate(proposal),
        _training(proposal),
        _model_gate(proposal),
        _infra_gate(proposal),
        ["cloud:", f"  labels: {{team: {name}}}", f"  endpoint: {{name: {name}, model_id: {name}}}"],
    )
    head = "# The fork's own: what differs from defaults.yaml in every environment. By `evergreen init`."
    return "\n".join([head, *(line for section in sections for line in section)]) + "\n"


def _line(key: str, value: object, why: str = "") -> str:
    text = f"  {key}: {flow(value) if isinstance(value, (str, list, tuple)) else _plain(value)}"
    return f"{text:<27} # {why}" if why else text


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else f"{value}"


def _names(name: str) -> list[str]:
    return [
        f"name: {name}",
        "model:",
        _line("name", name),
    ]


def _data(proposal: Proposal, name: str) -> list[str]:
    return [
        "data:",
        _line("source", f"data/{name}", _FILE_OF[proposal.grain]),
        _line("grain", proposal.grain),
    ]


def _window(proposal: Proposal) -> list[str]:
    calendar = proposal.calendar
    if calendar is None:
        return []
    unit = {"day": "days", "week": "weeks", "month": "months"}[calendar.grain]
    of = "all" if calendar.days == len(calendar.rows) else "the newest"
    lines = [
        "window:",
        _line("days", calendar.days, f"{of} {unit} there were: about {calendar.window_rows:,} rows"),
    ]
    if proposal.eval_fraction:
        lines.append(_line("eval_days", calendar.eval_days, "not used: split.eval_fraction is set"))
    else:
        lines.append(
            _line(
                "eval_days", calendar.eval_days, f"the last {unit} judge: about {calendar.eval_rows:,} rows"
            )
        )
    if calendar.has_gaps:
        lines.append(_line("allow_gaps", True, f"some {unit} have no rows"))
    return lines


def _split(proposal: Proposal) -> list[str]:
    if not proposal.eval_fraction:
        return []
    lines = [
        "split:",
        _line("eval_fraction", proposal.eval_fraction, f"about {proposal.eval_rows:,} rows judge"),
    ]
    if proposal.split_key:
        lines.append(_line("key", proposal.split_key, "all rows of one are on the same side"))
    if proposal.spread_copies:
        lines.append(
            _line("spread_copies", True, "most rows have twins, as so few different ones are possible")
        )
    return lines


def _data_gate(proposal: Proposal) -> list[str]:
    lines = [
        "data_gate:",
        _line("min_train_rows", _half(proposal.train_rows), "half of what there was"),
        _line("min_eval_rows", _half(proposal.eval_rows)),
    ]
    if proposal.fewest_of_a_class >= 4:  # else the default, 1
        lines.append(
            _line("min_class_rows", _half(proposal.fewest_of_a_class), "of the rarest class, likewise")
        )
    return lines


def _half(rows: int) -> int:
    """Returns about half, with one digit that counts."""
    half = max(rows // 2, 1)
    step = 10 ** (len(str(half)) - 1)
    return half // step * step


def _training(proposal: Proposal) -> list[str]:
    numbers = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in dataclasses.asdict(proposal.training).items()
        if key not in ("minimum_count", "quantile_buckets")
    }
    lines = [f"training:                   # for about {proposal.train_rows:,} rows"]
    lines += [_line(key, value) for key, value in numbers.items()]
    if proposal.calendar:
        lines.append(
            _line("validation_days", proposal.calendar.validation_days, "of train, held out to stop training")
        )
    if proposal.class_weights != "none":
        rare = f"the rarest class has {proposal.label.rarest:,} of {proposal.label.rows:,} rows"
        lines.append(_line("class_weights", proposal.class_weights, rare))
    return lines


def _model_gate(proposal: Proposal) -> list[str]:
    lines = [
        "model_gate:",
        "  thresholds:               # from gradient boosting, split in the same way; ± one standard error",
    ]
    if proposal.limits:
        lines += _thresholds(proposal)
    else:
        metric = _FIRST_LIMITS[proposal.label.task.kind]
        lines.append(f"    - {{metric: {metric}, scope: overall, max_worse_than_champion: {_FIRST_MARGIN}}}")
    if proposal.class_weights != "none":
        lines.append(
            "  calibration: {max_off: null} # weighted classes: probabilities are no shares of the rows"
        )
    return lines


def _thresholds(proposal: Proposal) -> Iterator[str]:
    for limit in proposal.limits:
        key = "at_most" if limit.lower_is_better else "at_least"
        best = f", max_better_than_champion: {limit.most_better:.15g}" if limit.most_better else ""
        yield f"    # {limit.why}"
        yield (
            f"    - {{metric: {limit.metric}, scope: overall, {key}: {limit.floor:.15g}, "
            f"max_worse_than_champion: {limit.tolerance:.15g}{best}}}"
        )


def _infra_gate(proposal: Proposal) -> list[str]:
    lines = []
    if len(proposal.kept) > _MANY_COLUMNS:
        lines.append(_line("load_timeout_s", 240, f"a model of {len(proposal.kept)} columns loads slowly"))
    if proposal.eval_rows < _ROWS_PER_REQUEST * _REQUESTS:
        requests = 4
        rows = max(1, proposal.eval_rows // (2 * requests))
        lines += [_line("requests", requests, "few rows judge"), _line("rows_per_request", rows)]
    return ["infra_gate:", *lines] if lines else []
