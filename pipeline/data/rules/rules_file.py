"""Reads and writes pipeline/configs/import.yaml."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from components.did_you_mean import did_you_mean
from components.shown import shown
from pipeline.config.flow import flow
from pipeline.data.rules import rules_words
from pipeline.data.rules.dialect import DELIMITERS, ENCODINGS, FORMATS, Dialect
from pipeline.data.rules.import_rules import GRAINS, READINGS, ColumnRule, ImportRules, LeftOut
from pipeline.data.rules.preamble import COMMENT
from pipeline.data.rules.rules_check import column_fault, table_fault
from pipeline.errors import ConfigError
from trainer.yaml12 import Node, YamlError, read

FILE = "pipeline/configs/import.yaml"


def load(path: Path) -> ImportRules:
    """Returns the rules of a file.

    Raises:
      ConfigError: one line: no such file, not YAML, an unknown key or word, rules that contradict.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}; `evergreen init FILE --label COLUMN` writes it from your data"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    return parse(text, path.name)


def parse(text: str, name: str = "import.yaml") -> ImportRules:
    """Returns the rules of a text.

    Raises:
      ConfigError: as `load`.
    """
    try:
        root = read(text, name)
    except YamlError as error:
        raise ConfigError(f"{name}:{error.line}: {error}") from error
    keys = _members(root, "the file", ("dialect", "grain", "columns"), ("date", "left_out"))
    rules = ImportRules(
        _dialect(keys["dialect"]),
        _word(keys["grain"], "grain", GRAINS),
        _optional_text(keys.get("date"), "date"),
        tuple(_column(node) for node in _items(keys["columns"], "columns")),
        tuple(_left_out(node) for node in _items(keys.get("left_out"), "left_out")),
    )
    fault = table_fault(rules) if rules.columns else "columns: there is none; name at least two"
    if fault:
        raise ConfigError(f"{name}: {fault}")
    return rules


def dump(rules: ImportRules) -> str:
    """Returns the text of import.yaml, one line a column; `load` reads the same rules from it."""
    lines = [
        f"dialect: {flow(_written_dialect(rules.dialect))}",
        f"{f'grain: {rules.grain}':<24}{rules_words.GRAINS[rules.grain]}",
    ]
    if rules.date is not None:
        lines.append(f"{f'date: {flow(rules.date)}':<23} {rules_words.DATE}")
    columns = [f"  - {flow(_written_column(rule))}" for rule in rules.columns]
    text = rules_words.HEAD + _joined(lines) + rules_words.COLUMNS + _joined(["columns:", *columns])
    if rules.left_out:
        left_out = [f"  - {flow({'column': each.source, 'why': each.reason})}" for each in rules.left_out]
        text += rules_words.LEFT_OUT + _joined(["left_out:", *left_out])
    return text


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _written_dialect(dialect: Dialect) -> dict[str, str]:
    if dialect.format != "csv":
        return {"format": dialect.format}
    written = {"format": "csv", "encoding": dialect.encoding, "delimiter": dialect.delimiter}
    return {**written, "comment": dialect.comment} if dialect.comment else written


def _written_column(rule: ColumnRule) -> dict[str, Any]:
    """Returns the keys of a line, without those that say what goes without saying."""
    plain = ColumnRule(rule.name, rule.name)
    written: dict[str, Any] = {"name": rule.name}
    for key, field in _FIELDS.items():
        value = getattr(rule, field)
        if value != getattr(plain, field):
            written[key] = list(value) if isinstance(value, tuple) else value
    if len(rule.formats) == 1:
        written["format"] = rule.formats[0]
    return written


def _dialect(node: Node) -> Dialect:
    keys = _members(node, "dialect", ("format",), ("encoding", "delimiter", "comment"))
    data_format = _word(keys["format"], "dialect.format", FORMATS)
    if data_format != "csv":
        for key in ("encoding", "delimiter", "comment"):
            if key in keys:
                raise ConfigError(f"{keys[key].origin}: dialect.{key} is of csv; remove it")
        return Dialect(data_format)
    plain = Dialect()
    encoding, delimiter, comment = (keys.get(key) for key in ("encoding", "delimiter", "comment"))
    return Dialect(
        "csv",
        _word(encoding, "dialect.encoding", ENCODINGS) if encoding else plain.encoding,
        _word(delimiter, "dialect.delimiter", tuple(DELIMITERS)) if delimiter else plain.delimiter,
        _word(comment, "dialect.comment", (COMMENT,)) if comment else plain.comment,
    )


def _column(node: Node) -> ColumnRule:
    keys = _members(node, "a column", ("name",), tuple(_FIELDS))
    name = _text(keys["name"], "name")
    given: dict[str, Any] = {"name": name, "source": name}
    for key, member in keys.items():
        if key != "name":
            given[_FIELDS[key]] = _READ[key](member, f"{name}.{key}")
    rule = ColumnRule(**given)
    fault = column_fault(rule)
    if fault:
        raise ConfigError(f"{node.origin}: column {name!r}: {fault}")
    return rule


def _left_out(node: Node) -> LeftOut:
    keys = _members(node, "a column left out", ("column",), ("why",))
    reason = _text(keys["why"], "why") if "why" in keys else ""
    return LeftOut(_text(keys["column"], "column"), reason)


def _members(node: Node, what: str, needed: tuple[str, ...], others: tuple[str, ...]) -> Mapping[str, Node]:
    """Returns the members of a mapping that has all needed keys, and no unknown ones."""
    if not isinstance(node.content, dict):
        raise ConfigError(f"{node.origin}: {what} is {shown(node.plain())}; expected {{{needed[0]}: …}}")
    for key, member in node.content.items():
        if key not in needed + others:
            known = ", ".join(needed + others)
            hint = did_you_mean(key, needed + others)
            raise ConfigError(f"{member.origin}: unknown key {key!r} in {what}{hint}; known here: {known}")
    for key in needed:
        if key not in node.content:
            raise ConfigError(f"{node.origin}: {what} lacks the key {key!r}; add it")
    return node.content


def _items(node: Node | None, what: str) -> Iterator[Node]:
    if node is None or node.content is None:
        return
    if not isinstance(node.content, tuple):
        raise ConfigError(f"{node.origin}: {what} is {shown(node.plain())}; expected a list, each line `- …`")
    yield from node.content


def _word(node: Node, what: str, known: tuple[str, ...]) -> Any:
    text = _text(node, what)
    if text not in known:
        raise ConfigError(
            f"{node.origin}: {what}: {shown(text)} is none of {', '.join(map(_quoted_blank, known))}"
            f"{did_you_mean(text, known)}"
        )
    return text


def _quoted_blank(word: str) -> str:
    return word if word.isprintable() and word not in DELIMITERS else repr(word)


def _optional_text(node: Node | None, what: str) -> str | None:
    return None if node is None or node.content is None else _text(node, what)


def _text(node: Node, what: str) -> str:
    """Returns a text, also where it was written without quotes and looks like a number."""
    value = node.content if isinstance(node.content, str) else node.text
    if not value:
        raise ConfigError(f"{node.origin}: {what} is {shown(node.plain())}; expected a text")
    return value


def _texts(node: Node, what: str) -> tuple[str, ...]:
    if isinstance(node.content, tuple):
        return tuple(_text(each, what) for each in node.content)
    return (_text(node, what),)


def _flag(node: Node, what: str) -> bool:
    if not isinstance(node.content, bool):
        raise ConfigError(f"{node.origin}: {what} is {shown(node.plain())}; expected true or false")
    return node.content


def _number(node: Node, what: str) -> int:
    if not isinstance(node.content, int) or isinstance(node.content, bool):
        raise ConfigError(f"{node.origin}: {what} is {shown(node.plain())}; expected a whole number")
    return node.content


def _reading(node: Node, what: str) -> Any:
    return _word(node, what, READINGS)


# Key of a line to the field of ColumnRule, in the order in which they are written; and how its value is read.
_FIELDS = {
    "from": "source",
    "as": "reading",
    "format": "formats",
    "decimal": "decimal",
    "thousands": "thousands",
    "remove": "remove",
    "negative_parentheses": "negative_parentheses",
    "ones": "ones",
    "zeros": "zeros",
    "pivot": "pivot",
    "nulls": "nulls",
}
_READ: dict[str, Callable[[Node, str], Any]] = {
    "from": _text,
    "as": _reading,
    "format": _texts,
    "decimal": _text,
    "thousands": _text,
    "remove": _texts,
    "negative_parentheses": _flag,
    "ones": _texts,
    "zeros": _texts,
    "pivot": _number,
    "nulls": _texts,
}
