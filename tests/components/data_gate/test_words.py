"""Every sentence names the column, the days, the rows, the usual value and what to ask."""

import numpy as np
import pyarrow as pa
import pytest

from components.data_gate import anomaly_words
from components.data_gate.baseline import baseline_of
from tests.components.data_gate.days import changed, day, rows
from tests.components.data_gate.test_changes_rule import (
    constant,
    in_another_unit,
    new_tills,
    rounded,
    scaled,
    some_null,
    swapped,
)
from tests.components.data_gate.test_window_rule import CLEAN, DAYS, failed, judged, newest, one

WHEN = f"of {day(37)} … {day(39)}"


@pytest.mark.parametrize(
    ("plant", "check", "parts"),
    [
        (
            some_null(0.3),
            "null share",
            ["till has no value in 30.0% of the rows", "(180 of 600)", "in 0.0% of those"],
        ),
        (constant, "commonest value", ["opened is '9 h' in 100% of the rows", "no value is in more than"]),
        (new_tills(0.2), "unseen values", ["till has values", "in 20.0% of the rows", "'new' (120 rows)"]),
        (
            scaled(2),
            "median",
            ["price has the median ", "interquartile ranges", "was its unit changed?"],
        ),
        (scaled(2), "distribution", ["price", "unlike the days before", "most changed: "]),
        (
            swapped,
            "cross",
            [
                "shop and till",
                "do not go together as before",
                "'south × 10' is in 0.0% of the rows and was in",
            ],
        ),
    ],
)
def test_a_change_is_told_in_a_sentence(plant, check: str, parts: list[str]):
    (told,) = [each.reason for each in failed(judged(newest(plant))) if each.name == check]
    for part in (*parts, WHEN):
        assert part in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("plant", "action"), [(in_another_unit, "warn"), (lambda of: scaled(2.03)(rounded(of)), "stop")]
)
def test_new_numbers_are_told_with_examples_and_stop_if_they_lie_elsewhere_as_well(plant, action: str):
    """Prices of which all rose by a twentieth are new prices; a unit is another scale."""
    days = {number: one(number, rounded(rows(number))) for number in range(DAYS - 3)}
    of = judged({**days, **newest(plant)})
    (told,) = [each for each in failed(of) if each.name == "unseen numbers"]
    assert "price has numbers that no day before has in " in told.reason
    assert "was its unit changed, or how it is rounded?" in told.reason
    assert told.action == action


@pytest.mark.parametrize(
    ("kind", "description", "expected"),
    [
        (
            "ENUM_TYPE_UNEXPECTED_STRING_VALUES",
            "Examples contain values missing from the schema: ZZZ (~2%). ",
            "column 'origin' of train has values that trainer/columns.yaml does not list: ZZZ (~2%); "
            "if it is right, `evergreen schema propose` shows it and writes it",
        ),
        (
            "FLOAT_TYPE_BIG_FLOAT",
            "Unexpectedly high value: 5000.",
            "column 'origin' of train has a number above its max in trainer/columns.yaml: 5000; "
            "if it is right, `evergreen schema propose` shows it and writes it",
        ),
        (
            "FEATURE_TYPE_LOW_FRACTION_PRESENT",
            "The feature was in fewer examples than expected: minimum fraction = 1.000000, actual = 0.97",
            "column 'origin' of train lacks values although it is required in trainer/columns.yaml: "
            "minimum fraction = 1.000000, actual = 0.97; "
            "if it is right, `evergreen schema propose` shows it and writes it",
        ),
    ],
)
def test_an_anomaly_is_told_in_the_words_of_the_datas_owner(kind: str, description: str, expected: str):
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    info = anomalies_pb2.AnomalyInfo(short_description="short", description=description)
    info.reason.add(type=kind)
    assert anomaly_words.sentence("train", "origin", info) == expected


def test_an_anomaly_without_words_of_ours_keeps_its_own():
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    info = anomalies_pb2.AnomalyInfo(short_description="Odd", description="Something new.")
    info.reason.add(type="SPARSE_FEATURE_NAME_COLLISION")
    assert anomaly_words.sentence("eval", "x", info) == "column 'x' of eval: Odd: Something new."


def unique(share: float):
    def plant(number: int) -> dict[str, pa.Array]:
        garbage = int(1200 * share)
        values = [f"{number}-{each}" for each in range(garbage)] + ["00"] * (1200 - garbage)
        return {**rows(number, 1200), "till": pa.array(values, pa.string())}

    return plant


def nothing(number: int) -> dict[str, pa.Array]:
    of = rows(number)
    return changed(
        of, till=pa.array([None] * 200, pa.string()), price=pa.array([np.inf, None] * 100, pa.float32())
    )


def long(number: int) -> dict[str, pa.Array]:
    return changed(rows(number), till=pa.array(["long" * 1_000] * 200, pa.string()))


@pytest.mark.parametrize("first", [0, 5, DAYS - 3])
@pytest.mark.parametrize("plant", [unique(1.0), unique(0.5), nothing, long, lambda n: constant(rows(n))])
def test_every_fault_on_every_day_has_sentences_with_figures_and_of_one_line(plant, first: int):
    """On the first days of a first run, too, which are measured by those that follow."""
    days = {number: one(number, plant(number)) for number in range(first, first + 3)}
    for baseline in (None, baseline_of(CLEAN)):
        told = [each.reason for each in failed(judged(days, baseline=baseline))]
        assert told
        for sentence in told:
            assert "nan" not in sentence
            assert "inf " not in sentence
            assert len(sentence) < 700
            assert "\n" not in sentence
    if first < 14:
        told = [each.reason for each in failed(judged(days))]
        assert any("the days after" in each or " after; " in each for each in told)


def test_a_column_that_another_one_was_written_into_is_told_by_how_many_values_it_has():
    told = failed(judged({number: one(number, unique(1.0)(number)) for number in range(DAYS - 3, DAYS)}))
    (sentence,) = [each.reason for each in told if each.name == "unseen values"]
    assert sentence == (
        f"till has more than 500 different values {WHEN}, and 4 on the days before; "
        "was another column written into it?"
    )


def test_a_value_of_half_of_the_rows_among_many_others_is_told_by_its_share():
    told = failed(judged({number: one(number, unique(0.5)(number)) for number in range(DAYS - 3, DAYS)}))
    (sentence,) = [each.reason for each in told if each.name == "commonest value"]
    assert sentence.startswith(
        f"till has one value in 50% of the rows {WHEN}, and no value is in more than 34%"
    )
