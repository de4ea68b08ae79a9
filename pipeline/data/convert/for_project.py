"""What an import takes from the project: its rules, its columns, the folder of its spans."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from components.did_you_mean import did_you_mean
from components.spans.bigquery_partition import SCHEME
from pipeline.config.config import Config
from pipeline.data.convert.rows_check import COLUMNS, Expected
from pipeline.data.rules import rules_file
from pipeline.data.rules.import_rules import ImportRules
from pipeline.errors import ConfigError
from trainer.column import Column


def rules(config: Config) -> ImportRules:
    """Returns the rules of pipeline/configs/import.yaml.

    Raises:
      ConfigError: there are none, they cannot be used, or their grain is not that of the configuration.
    """
    found = rules_file.load(_rules_path())
    if found.grain != config.data.grain:
        raise ConfigError(
            f"{rules_file.FILE}: grain is {found.grain}, and data.grain is {config.data.grain}; set one like "
            "the other"
        )
    return found


def rules_if_any() -> ImportRules | None:
    """Returns the rules of pipeline/configs/import.yaml; None where there is no such file.

    Raises:
      ConfigError: they cannot be used.
    """
    return rules_file.load(_rules_path()) if _rules_path().exists() else None


def _rules_path() -> Path:
    return Path(str(resources.files("pipeline"))) / "configs" / "import.yaml"


def folder(config: Config) -> Path:
    """Returns the folder of the spans.

    Raises:
      ConfigError: spans are no CSV files in a folder of this machine.
    """
    source, data_format = config.data.source, config.data.format
    if source.startswith(SCHEME) or "://" in source:
        raise ConfigError(f"data.source is {source}; an import writes into a folder of this machine: set it")
    if data_format != "csv":
        raise ConfigError(f"data.format is {data_format}, and an import writes CSV; set data.format: csv")
    return Path(source)


def expected(rules: ImportRules, columns: Sequence[Column]) -> Expected:
    """Returns what the table of columns says of the values that rules give.

    Raises:
      ConfigError: rules and table have other columns, or a column has another type.
    """
    dtypes = {column.name: column.dtype for column in columns}
    given = {rule.name: rule.dtype for rule in rules.columns}
    for name in given:
        if name not in dtypes:
            raise ConfigError(
                f"{rules_file.FILE}: {COLUMNS} has no column {name!r}{did_you_mean(name, dtypes)}; name it "
                "alike in both, or move it to left_out"
            )
    for name, dtype in dtypes.items():
        if name not in given:
            raise ConfigError(f"{rules_file.FILE}: the column {name!r} of {COLUMNS} is missing; add its line")
        if given[name] != dtype and {given[name], dtype} != {"int64", "float32"}:
            raise ConfigError(
                f"{rules_file.FILE}: {name!r} is read as {given[name]}, and is {dtype} in {COLUMNS}; change "
                "`as`, or dtype"
            )
        if given[name] == "float32" and dtype == "int64":
            raise ConfigError(
                f"{rules_file.FILE}: {name!r} is read as a number with decimals, and is int64 in {COLUMNS}; "
                "set `as: whole`, or dtype: float32"
            )
    return Expected(
        next((column.name for column in columns if column.role == "label"), None),
        frozenset(column.name for column in columns if column.required and column.role != "label"),
        {column.name: column.values for column in columns if column.values},
    )
