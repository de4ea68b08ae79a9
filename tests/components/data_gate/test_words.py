"""Every sentence names the column, the days, the rows, the usual value and what to ask."""

import pytest

from components.data_gate import anomaly_words
from tests.components.data_gate.days import day, rows
from tests.components.data_gate.test_changes_rule import (
    constant,
    in_another_unit,
    new_tills,
    rounded,
    scaled,
    some_null,
    swapped,
)
from tests.components.data_gate.test_window_rule import DAYS, failed, judged, newest, one

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
            ["price is ", "in the middle", "interquartile ranges", "was its unit changed?"],
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
