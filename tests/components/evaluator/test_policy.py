"""A policy of the model gate that cannot be meant is refused, and what may be a mistake is doubted."""

import pytest
from pydantic import ValidationError

from components.evaluator.policy import (
    CalibrationLimit,
    FairnessLimit,
    ModelGatePolicy,
    PredictionDrift,
    Threshold,
)

AUC_FLOOR = Threshold(metric="AUC", scope="overall", at_least=0.625)
POLICY = ModelGatePolicy(
    slices=(),
    thresholds=(AUC_FLOOR,),
    min_slice_rows=500,
    min_slice_class_rows=30,
    on_first_run="allow",
    on_overlap="allow",
    calibration=CalibrationLimit(max_off=None, max_worse_than_champion=0.125),
    suspicious_auc=None,
    max_model_mb=None,
    max_ms_per_row=None,
    fairness=(),
    prediction_drift=PredictionDrift(reaction="warn", floor=0.01),
)


def policy(*thresholds: Threshold, **changes: object) -> ModelGatePolicy:
    return POLICY.model_copy(update={"thresholds": thresholds, **changes})


def refused(**values: object) -> str:
    """Why pydantic refuses a threshold or, with slices or thresholds, a policy."""
    kind = ModelGatePolicy if values.keys() & ModelGatePolicy.model_fields.keys() else Threshold
    base = POLICY.model_dump() if kind is ModelGatePolicy else {"metric": "AUC", "scope": "overall"}
    with pytest.raises(ValidationError) as fault:
        kind.model_validate({**base, **values})
    (error,) = fault.value.errors()
    return str(error["ctx"]["error"])


class TestAThresholdThatCannotBeMeant:
    def test_limits_that_contradict_each_other_are_refused(self):
        assert refused(at_least=0.75, at_most=0.625) == (
            "no AUC is at least 0.75 and at most 0.625; lower at_least, or raise at_most"
        )
        for highest in (0.75, 1.0):
            Threshold(metric="AUC", scope="overall", at_least=0.75, at_most=highest)

    def test_no_model_is_worse_by_more_than_the_range_of_a_metric(self):
        assert refused(max_worse_than_champion=1.5) == (
            "AUC lies between 0 and 1, so no model can be worse than the champion by 1.5; lower it"
        )
        for allowed in (0.0, 1.0):
            Threshold(metric="AUC", scope="overall", max_worse_than_champion=allowed)
        Threshold(metric="BinaryCrossentropy", scope="overall", max_worse_than_champion=1.5)

    @pytest.mark.parametrize(
        ("metric", "limits", "doubt"),
        [
            (
                "AUC",
                {"at_most": 0.75},
                "the higher AUC, the better, so `at_most: 0.75` stops good models; did you mean at_least?",
            ),
            (
                "BinaryCrossentropy",
                {"at_least": 0.25, "max_worse_than_champion": 0.5},
                "the lower BinaryCrossentropy, the better, so `at_least: 0.25` stops good models; "
                "did you mean at_most?",
            ),
            ("AUC", {"at_least": 0.75}, None),
            ("BinaryCrossentropy", {"at_most": 0.25}, None),
            ("AUC", {"max_worse_than_champion": 0.5}, None),
            ("AUC", {"at_least": 0.5, "at_most": 0.75}, None),
            ("BinaryCrossentropy", {"at_least": 0.5, "at_most": 0.75}, None),
        ],
    )
    def test_a_limit_on_the_wrong_side_is_doubted_but_a_band_is_meant(self, metric, limits, doubt):
        assert Threshold(metric=metric, scope="overall", **limits).doubt(sliced=True) == doubt


class TestAPolicyThatCannotBeMeant:
    FLOOR = Threshold(metric="AUC", scope="slices", at_least=0.5)

    def test_a_metric_is_judged_once_in_each_scope(self):
        assert refused(thresholds=(AUC_FLOOR, self.FLOOR, AUC_FLOOR)) == (
            "two thresholds are on AUC with `scope: overall`; put their limits into one"
        )

    def test_a_slice_stands_once(self):
        assert refused(slices=("a", "b", "a")) == "the slice 'a' stands twice; remove one"
        assert ModelGatePolicy.model_validate({**POLICY.model_dump(), "slices": ("a", "b")}).slices == (
            "a",
            "b",
        )

    def test_a_threshold_on_slices_is_doubted_where_there_are_none(self):
        wrong_side = Threshold(metric="AUC", scope="overall", at_most=0.75)
        nothing, side = (
            "model_gate.thresholds.1: `scope: slices` judges nothing, as model_gate.slices is empty; "
            "fill it, or remove this",
            "model_gate.thresholds.0: the higher AUC, the better, so `at_most: 0.75` stops good models; "
            "did you mean at_least?",
        )
        assert policy(AUC_FLOOR, self.FLOOR).doubts() == (nothing,)
        assert policy(wrong_side, self.FLOOR).doubts() == (side, nothing)
        assert policy(AUC_FLOOR, self.FLOOR, slices=("origin",)).doubts() == ()
        assert policy(AUC_FLOOR).doubts() == ()

    def test_a_gap_of_a_metric_is_limited_once_for_a_column(self):
        limit = FairnessLimit(column="sex", metric="AUC", max_gap=0.125)
        assert refused(fairness=(limit, limit)) == ("two limits of fairness are on AUC of 'sex'; remove one")
        other = FairnessLimit(column="sex", metric="MeanPrediction", max_gap=0.125)
        ModelGatePolicy.model_validate({**POLICY.model_dump(), "fairness": (limit, other)})

    def test_fairness_is_by_any_metric_that_there_is(self):
        with pytest.raises(
            ValidationError, match=r"'Auc' is no metric \(did you mean 'AUC'\?\); there are AUC"
        ):
            FairnessLimit(column="sex", metric="Auc", max_gap=0.125)
        with pytest.raises(ValidationError, match="'ExampleCount' is no metric"):
            FairnessLimit(column="sex", metric="ExampleCount", max_gap=0.125)


def test_no_model_is_better_by_more_than_the_range_of_a_metric():
    assert refused(max_better_than_champion=1.5) == (
        "AUC lies between 0 and 1, so no model can be better than the champion by 1.5; lower it"
    )
    Threshold(metric="AUC", scope="overall", max_better_than_champion=1.0)


def test_a_limit_lies_in_the_range_of_its_metric_ends_included():
    for limit in (0.0, 1.0):
        Threshold(metric="AUC", scope="overall", at_least=limit)
    for beyond in (-0.125, 1.125):
        assert refused(at_most=beyond) == f"AUC lies between 0 and 1, so a limit of {beyond:g} is none"


def test_a_threshold_without_a_limit_is_refused():
    assert refused().startswith(
        "the threshold on AUC has none of at_least, at_most, max_worse_than_champion,"
    )


def test_a_policy_that_judges_slices_only_is_refused():
    only = Threshold(metric="AUC", scope="slices", at_least=0.5)
    assert refused(thresholds=(only,)).startswith("no threshold is `scope: overall`")


def test_only_what_can_be_judged_has_a_threshold():
    with pytest.raises(ValidationError, match="'Calibration' is no metric that can be judged"):
        Threshold(metric="Calibration", scope="overall", at_least=0.5)


def test_a_threshold_that_was_written_before_there_were_other_limits_loads():
    old = Threshold.model_validate({"metric": "AUC", "scope": "overall", "max_worse_than_champion": 0.01})
    assert old.limits == (None, None, 0.01, None)


def test_columns_of_slices_and_of_fairness_are_read_once():
    fair = tuple(FairnessLimit(column=name, metric="AUC", max_gap=0.1) for name in ("sex", "origin"))
    assert policy(AUC_FLOOR, slices=("origin", "carrier"), fairness=fair).columns == (
        "origin",
        "carrier",
        "sex",
    )


def test_compared_are_metrics_of_the_whole_with_a_margin():
    thresholds = (
        AUC_FLOOR,
        Threshold(metric="BinaryCrossentropy", scope="overall", max_worse_than_champion=0.0),
        Threshold(metric="BinaryAccuracy", scope="slices", max_worse_than_champion=0.5),
        Threshold(metric="AUCPrecisionRecall", scope="overall", max_better_than_champion=0.5),
    )
    assert policy(*thresholds).compared == ("BinaryCrossentropy",)
