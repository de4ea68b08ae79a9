"""columns.yaml is read strictly: a mistake is one line with the file, its line and the nearest right word."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from trainer import column_rule
from trainer.column import Column, ColumnTable
from trainer.columns_file import KEYS, KEYS_OF_A_COLUMN, ColumnsError, parse

TRAINER = Path(column_rule.__file__).parent
SCHEMA = json.loads((TRAINER / "columns.schema.json").read_text(encoding="utf-8"))
TABLE = """
columns:
  - {name: day, dtype: string, kind: date, role: date}
  - {name: sold, dtype: int64, kind: category, role: label, values: [0, 1]}
  - {name: shop, dtype: string, kind: category, values: [no, 007, 1e3, null, "a b"]}
  - {name: price, dtype: float32, kind: number, required: false, min: -1, max: 2.5, unit: €}
crosses:
  - [shop, day.weekday]
minimum_count: 3
"""


def test_every_word_of_a_table_is_read():
    assert parse(TABLE) == ColumnTable(
        columns=(
            Column("day", "string", "date", role="date"),
            Column("sold", "int64", "category", role="label", values=(0, 1)),
            Column("shop", "string", "category", values=("no", "007", "1e3", "null", "a b")),
            Column("price", "float32", "number", required=False, min=-1, max=2.5, unit="€"),
        ),
        crosses=(("shop", "day.weekday"),),
        minimum_count=3,
    )


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (TABLE, "", "c.yaml:1: there is nothing in it"),
        (TABLE, "[]", "c.yaml:1: expected the keys columns, crosses, "),
        ("  - {name: day", "  - {{name: day", "c.yaml:4: while parsing a flow mapping"),
        ("columns:", "columms:", "c.yaml:2: unknown key 'columms' (did you mean 'columns'?); known here: "),
        ("minimum_count: 3", "minimum_count: three", "c.yaml:9: minimum_count is 'three'; expected a whole"),
        ("minimum_count: 3", "minimum_count: true", "c.yaml:9: minimum_count is True; expected a whole"),
        (
            "minimum_count: 3",
            "minimum_count: 0",
            "c.yaml:9: minimum_count is 0; expected a whole number from",
        ),
        ("min: -1", "min: low", "c.yaml:6: column 'price' has min: 'low'; expected a number"),
        ("required: false", "required: no", "c.yaml:6: column 'price' has required: 'no'; expected true or"),
        ("kind: number", "kynd: number", "c.yaml:6: unknown key 'kynd' (did you mean 'kind'?); known here: "),
        ("kind: number, ", "", "c.yaml:6: column 'price' has no kind; expected name, dtype, kind"),
        ("kind: number", "kind: numbr", "c.yaml:6: column 'price' has the kind 'numbr'; expected number, "),
        ("name: price, ", "", "c.yaml:6: a column has no name; expected name, dtype, kind"),
        ("unit: €", "unit: [€]", "c.yaml:6: column 'price' has unit: ['€']; expected a text"),
        ("unit: €", "unit: ~", "c.yaml:6: column 'price' has unit: None; expected a text"),
        ("[0, 1]", "0 and 1", "c.yaml:4: column 'sold' has values: '0 and 1'; expected a list: [a, b]"),
        ("[0, 1]", "[0, [1]]", "c.yaml:4: column 'sold' has values: [0, [1]]; expected a list: [a, b]"),
        ("[0, 1]", "[0, x]", "c.yaml:4: column 'sold' has the value 'x' in `values`, which is no whole"),
        (", values: [0, 1]", "", "c.yaml:4: column 'sold' is the label and a category of 0 values; list its"),
        (
            "  - {name: day, dtype: string, kind: date, role: date}",
            "  - day",
            "c.yaml:3: columns holds 'day'",
        ),
        ("  - [shop, day.weekday]", "  shop: day.weekday", "c.yaml:7: crosses is no list; expected pairs"),
        ("  - [shop, day.weekday]", "  - [shop]", "c.yaml:8: crosses holds ['shop']; expected a pair of"),
        ("  - [shop, day.weekday]", "  - [shop, [a]]", "c.yaml:8: crosses holds ['shop', ['a']]; expected a"),
        ("day.weekday", "day.hour", "c.yaml:8: the cross [shop, day.hour]: column 'day' is a date, which "),
        ("name: price", "name: shop", "c.yaml:6: column 'shop' stands twice; leave one"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: str):
    text = TABLE.replace(old, new, 1)
    assert text != TABLE
    with pytest.raises(ColumnsError) as fault:
        parse(text, "c.yaml")
    assert str(fault.value).startswith(line)
    assert "\n" not in str(fault.value)


def test_a_line_says_how_many_more_faults_there_are():
    with pytest.raises(ColumnsError, match=r"\(and 4 more\)$"):
        parse(TABLE.replace("name", "nam", 2).replace("minimum_count", "minimum", 1), "c.yaml")


def accepts(text: str) -> bool:
    """Whether the JSON schema, which editors hold the file to, accepts a table."""
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))


def test_editors_accept_what_is_accepted_here():
    assert accepts((TRAINER / "columns.yaml").read_text(encoding="utf-8"))
    assert accepts(TABLE.replace("no, 007, 1e3, null", "a, b"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: number", "kind: numbr"),
        ("dtype: float32", "dtype: float"),
        ("role: date", "role: day"),
        ("required: false", 'required: "no"'),
        ("unit", "units"),
        ("minimum_count: 3", "minimum_count: 0"),
        ("crosses", "cross"),
        ("[shop, day.weekday]", "[shop]"),
        ("name: price, ", ""),
        ("[0, 1]", "[0, 0]"),
    ],
)
def test_editors_refuse_what_is_refused_here(old: str, new: str):
    assert not accepts(TABLE.replace("no, 007, 1e3, null", "a, b").replace(old, new, 1))


def test_editors_know_the_same_words():
    column = SCHEMA["properties"]["columns"]["items"]["properties"]
    assert tuple(SCHEMA["properties"]) == KEYS
    assert tuple(column) == KEYS_OF_A_COLUMN
    for key, words in (
        ("dtype", column_rule.DTYPES),
        ("kind", column_rule.KINDS),
        ("role", column_rule.ROLES),
    ):
        assert tuple(column[key]["enum"]) == words
    ranges: dict[str, Any] = {name: SCHEMA["properties"][name] for name in column_rule.RANGES}
    assert {name: (each["minimum"], each["maximum"]) for name, each in ranges.items()} == column_rule.RANGES
    for described in (*column.values(), *SCHEMA["properties"].values()):
        assert described["description"]
