"""The JSON from a launch to ExampleGen has one form, and anything else is refused by item and key."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from components.spans.span_ref import SpanRef, from_json, to_json

ROOT = Path(__file__).parents[3]
SPANS = (SpanRef(15706, "/data/2013-01-01.csv", "aa"), SpanRef(15707, "/data/2013-01-02.csv", "bb"))
GOOD = {"span": 1, "path": "p", "fingerprint": "f"}


@pytest.mark.parametrize("spans", [SPANS, SPANS[:1], ()])
def test_spans_come_back_in_order(spans: tuple[SpanRef, ...]):
    assert from_json(to_json(spans)) == spans


def test_the_keys_are_those_that_recorded_runs_and_compiled_jobs_have():
    assert to_json(SPANS[:1]) == '[{"span": 15706, "path": "/data/2013-01-01.csv", "fingerprint": "aa"}]'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "expected a list of spans and got dict"),
        ([GOOD, 5], "item 1 of the spans is 5; expected an object"),
        ([{"span": 1, "path": "p"}], "item 0 of the spans has no key 'fingerprint'"),
        ([GOOD, {"path": "p", "fingerprint": "f"}], "item 1 of the spans has no key 'span'"),
        (
            [{**GOOD, "day": "x"}],
            "item 0 of the spans has an unknown key 'day'; expected span, path, fingerprint",
        ),
        ([{**GOOD, "span": "1"}], "'span' of item 0 of the spans is '1'; expected a whole number"),
        ([{**GOOD, "span": True}], "'span' of item 0 of the spans is True; expected a whole number"),
        ([{**GOOD, "span": 1.0}], "'span' of item 0 of the spans is 1.0; expected a whole number"),
        ([{**GOOD, "path": None}], "'path' of item 0 of the spans is None; expected text"),
        ([{**GOOD, "fingerprint": 7}], "'fingerprint' of item 0 of the spans is 7; expected text"),
    ],
)
def test_what_is_no_span_is_named(value: object, message: str):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        from_json(json.dumps(value))
    assert str(caught.value) == message


def test_text_that_is_no_json_is_refused():
    with pytest.raises(ValueError, match="line 1 column 2"):
        from_json("{{train_spans}}")


def test_it_needs_no_large_library():
    """The trigger function imports it, and has none of them."""
    script = (
        "import sys, components.spans.span_ref as _; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'tfx', 'tensorflow', 'pyarrow'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
