"""Reads, merges and checks a configuration."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from components.did_you_mean import did_you_mean
from components.evaluator.metric_table import JUDGED
from components.evaluator.slices_rule import faulty_slices
from components.evaluator.task_rule import faulty_metrics
from components.gates.check_names import fault_of
from components.shown import shown
from pipeline.config import columns, folders, layers, schema
from pipeline.config.config import Config
from pipeline.config.dropped_rule import faulty_drops
from pipeline.config.error_messages import explain
from pipeline.config.exceptions_rule import faulty_exceptions
from pipeline.config.gate_columns import gate_columns
from pipeline.config.split_rule import faults_of_split
from pipeline.errors import ConfigError
from trainer.columns_file import FILE
from trainer.task import Task
from trainer.yaml12 import Node, from_plain

available = layers.available


@dataclasses.dataclass(frozen=True)
class Loaded:
    """A configuration and where its values are from.

    Attributes:
      config: the whole, checked.
      origins: key, as in `window.days`, to file and line, as in `local.yaml:3`, or `--set`.
    """

    config: Config
    origins: dict[str, str]


def load(name_or_path: str, overrides: dict[str, str] | None = None) -> Config:
    """Reads a configuration by name (a file of pipeline/configs) or by path, with `a.b=value` overrides.

    Raises:
      ConfigError: no such configuration; not YAML; an unknown key, a wrong type or value; an override of
        nothing; a root or a source that cannot work; columns that cannot be used, or that the
        configuration names and columns.yaml does not have; a metric or class weights of another task.
    """
    return load_with_origins(name_or_path, overrides).config


def load_with_origins(name_or_path: str, overrides: dict[str, str] | None = None) -> Loaded:
    """Reads a configuration, as `load` does, and says where each value is from.

    Raises:
      ConfigError: as `load`.
    """
    whole = _with_home_folders(layers.merged(name_or_path, overrides))
    config, whole = _checked(whole)
    _refuse_other_columns(config, whole)
    _refuse_other_split(config, whole)
    _refuse_other_key(config, whole)
    problem = folders.problem(config.root, config.data.source)
    if problem:
        raise ConfigError(f"{whole.find(tuple(problem.key.split('.'))).origin}: {problem}")
    return Loaded(config, dict(_origins(config.model_dump(), whole, ())))


def _refuse_other_columns(config: Config, whole: Node) -> None:
    """Holds the configuration and the table of columns against each other."""
    table = columns.read()
    schema.derive(table, schema.read_overlay())
    kinds = {column.name: "label" if column.role == "label" else column.kind for column in table.columns}
    kind = Task.of(table.label).kind
    gate = config.model_gate
    metrics = [threshold.metric for threshold in gate.thresholds]
    _refuse(whole, ("model_gate", "slices"), (), faulty_slices(gate.slices, kinds))
    _refuse(whole, ("model_gate", "thresholds"), ("metric",), faulty_metrics(metrics, kind))
    _refuse(whole, ("overrides",), ("check",), _faulty_overrides(config))
    pairs = [(each.check, each.column) for each in config.data_gate.exceptions]
    _refuse(whole, ("data_gate", "exceptions"), ("column",), faulty_exceptions(pairs, gate_columns(table)))
    requested = [column.name for column in table.request]
    _refuse(whole, ("request_log", "drop"), (), faulty_drops(config.request_log.drop, requested))
    fair = ("model_gate", "fairness")
    _refuse(whole, fair, ("column",), faulty_slices([each.column for each in gate.fairness], kinds))
    _refuse(
        whole, fair, ("metric",), faulty_metrics([each.metric for each in gate.fairness], kind, "fairness")
    )
    if kind == "regression" and config.training.class_weights != "none":
        where = whole.find(("training", "class_weights")).origin
        raise ConfigError(
            f"{where}: training.class_weights is {config.training.class_weights!r}, and the label "
            f"{table.label.name!r} is a number, which has no classes; set it to none"
        )


def _refuse_other_key(config: Config, whole: Node) -> None:
    """Holds the column that clients of a rollout are known by against those that a request has."""
    name, types = config.rollout.key.column, {each.name: each.dtype for each in columns.read().request}
    where = whole.find(("rollout", "key", "column")).origin
    if name and name not in types:
        raise ConfigError(
            f"{where}: rollout.key.column is {shown(name)}, which is no column of a request"
            f"{did_you_mean(name, [*types])}; take one of {FILE}, or ''"
        )
    if name and types[name] == "float32":
        raise ConfigError(
            f"{where}: rollout.key.column is {shown(name)}, a column of decimal numbers, which know no "
            "client: they are rounded, and written in several ways; take a text or a whole number, or ''"
        )


def _faulty_overrides(config: Config) -> Iterator[tuple[int, str]]:
    """Yields the position of each override of a check that no gate makes, and why."""
    for position, override in enumerate(config.overrides):
        fault = fault_of(override.gate, override.check, JUDGED)
        if fault:
            yield position, fault


def _refuse(
    whole: Node, items: tuple[str, ...], field: tuple[str, ...], faults: Iterable[tuple[int, str]]
) -> None:
    """Raises the first of the faults of a list's items, each with the item's position; nothing if none."""
    found = [*faults]
    if found:
        position, fault = found[0]
        path: tuple[str | int, ...] = (*items, position, *field)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ConfigError(f"{whole.find(path).origin}: {'.'.join(map(str, path))}: {fault}{more}")


def _refuse_other_split(config: Config, whole: Node) -> None:
    """Holds the split and the table of columns against each other."""
    table = columns.read()
    faults = [(f"split.{key}", f"split.{key} {fault}") for key, fault in faults_of_split(config.split, table)]
    if table.date and (fault := config.fault_of_held_out_days()):
        faults.append(("training.validation_days", fault))
    if faults:
        key, fault = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ConfigError(f"{whole.find(tuple(key.split('.'))).origin}: {fault}{more}")


def parse(values: dict[str, Any], origin: str = "configuration") -> Config:
    """Checks a whole mapping, to which nothing is added, and freezes it.

    Args:
      values: every section, as JSON values.
      origin: what to name it in errors.

    Raises:
      ConfigError: naming the first faulty key, what was given, what was expected.
    """
    return _checked(from_plain(values, origin))[0]


def _checked(whole: Node) -> tuple[Config, Node]:
    try:
        return _validated(whole), whole
    except ValidationError as error:
        as_written = _with_written_texts(whole, error)
        if as_written is not None:
            return _checked(as_written)
        raise ConfigError(explain(error, whole)) from None  # pydantic's own text repeats values


def _validated(whole: Node) -> Config:
    return Config.model_validate_json(json.dumps(whole.plain()), strict=True)


def _with_written_texts(whole: Node, error: ValidationError) -> Node | None:
    """Returns a copy in which texts that look like numbers are texts; None where there are none.

    A `version: 1.10` stays `1.10`: where a text belongs, the characters that were written count.
    """
    changed = whole
    for fault in error.errors(include_url=False):
        node = whole.find(fault["loc"])
        if (
            fault["type"] == "string_type"
            and whole.has(fault["loc"])
            and node.text is not None
            and node.content is not None
        ):
            changed = _replaced(
                changed, fault["loc"], dataclasses.replace(node, content=node.text, text=None)
            )
    return None if changed is whole else changed


def _replaced(node: Node, path: tuple[int | str, ...], new: Node) -> Node:
    if not path:
        return new
    first, *rest = path
    if isinstance(node.content, dict):
        key = str(first)
        content = {**node.content, key: _replaced(node.content[key], tuple(rest), new)}
        return dataclasses.replace(node, content=content)
    assert isinstance(node.content, tuple)
    assert isinstance(first, int)
    items = [*node.content]
    items[first] = _replaced(items[first], tuple(rest), new)
    return dataclasses.replace(node, content=tuple(items))


def _with_home_folders(whole: Node) -> Node:
    """Puts the home folder in place of a leading `~` of the two folders."""
    for path in (("root",), ("data", "source")):
        node = whole.find(path)
        if isinstance(node.content, str) and node.content.startswith("~"):
            whole = _replaced(
                whole, path, dataclasses.replace(node, content=os.path.expanduser(node.content))
            )
    return whole


def _origins(values: Any, node: Node, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yields key and origin of everything but non-empty mappings, whose members have their own."""
    if isinstance(values, dict) and values:
        for name, value in values.items():
            yield from _origins(value, node.find((name,)), (*path, name))
    else:
        yield ".".join(path), node.origin
