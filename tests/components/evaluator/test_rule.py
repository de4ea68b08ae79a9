"""A candidate may replace the champion only if it meets every limit and is nowhere too much worse."""

from collections.abc import Mapping
from typing import ClassVar

import pytest
from pydantic import ValidationError

from components.evaluator.rule import ModelGatePolicy, Threshold, faulty_slices, judge, unusable
from components.gates.verdict import Check, Verdict

# Values are sums of powers of two, so that differences are exact and boundaries are boundaries.
AUC_FLOOR = Threshold(metric="AUC", scope="overall", at_least=0.625)
POLICY = ModelGatePolicy(
    slices=(), thresholds=(AUC_FLOOR,), min_slice_rows=500, on_first_run="allow", on_overlap="allow"
)
NAN = float("nan")


def policy(*thresholds: Threshold, **changes: object) -> ModelGatePolicy:
    return POLICY.model_copy(update={"thresholds": thresholds, **changes})


def whole(**metrics: float) -> dict[str, Mapping[str, float]]:
    return {"overall": {"ExampleCount": 10_000.0, **metrics}}


def failed(verdict: Verdict) -> list[Check]:
    return [check for check in verdict.checks if not check.passed]


class TestAbsoluteLimits:
    @pytest.mark.parametrize(("auc", "passed"), [(0.5, False), (0.625, True), (0.75, True)])
    def test_a_metric_must_reach_its_lower_limit(self, auc: float, passed: bool):
        verdict = judge(whole(AUC=auc), whole(AUC=auc), POLICY)
        assert (verdict.gate, verdict.passed) == ("model", passed)
        if not passed:
            assert verdict.reason == "AUC of overall is 0.5000, needed >= 0.625"

    @pytest.mark.parametrize(("loss", "passed"), [(0.5, True), (0.75, True), (0.875, False)])
    def test_a_metric_must_stay_under_its_upper_limit(self, loss: float, passed: bool):
        limit = policy(Threshold(metric="BinaryCrossentropy", scope="overall", at_most=0.75))
        verdict = judge(whole(BinaryCrossentropy=loss), whole(BinaryCrossentropy=loss), limit)
        assert verdict.passed is passed
        if not passed:
            assert verdict.reason == "BinaryCrossentropy of overall is 0.8750, needed <= 0.75"

    @pytest.mark.parametrize(("value", "passed"), [(0.25, False), (0.5, True), (0.75, True), (0.875, False)])
    def test_both_limits_of_a_threshold_hold(self, value: float, passed: bool):
        between = policy(Threshold(metric="BinaryAccuracy", scope="overall", at_least=0.5, at_most=0.75))
        verdict = judge(whole(BinaryAccuracy=value), {}, between)
        assert verdict.passed is passed
        assert [(check.name, check.measured, check.threshold) for check in verdict.checks] == [
            ("BinaryAccuracy at least", value, 0.5),
            ("BinaryAccuracy at most", value, 0.75),
        ]

    @pytest.mark.parametrize("candidate", [whole(), whole(AUC=NAN), whole(auc=0.9), {}])
    @pytest.mark.parametrize("limit", [{"at_least": 0.0}, {"at_most": 1.0}])
    def test_a_metric_that_is_missing_or_not_a_number_passes_no_limit(self, candidate, limit):
        verdict = judge(candidate, whole(AUC=0.75), policy(Threshold(metric="AUC", scope="overall", **limit)))
        assert not verdict.passed
        (check,) = failed(verdict)
        assert check.measured is None
        assert check.reason.startswith("AUC of overall is missing, needed")

    def test_a_limit_of_zero_is_a_limit(self):
        for limit in ({"at_least": 0.0}, {"at_most": 0.0}):
            verdict = judge(whole(AUC=0.0), {}, policy(Threshold(metric="AUC", scope="overall", **limit)))
            assert (verdict.passed, len(verdict.checks)) == (True, 1)


class TestAgainstTheChampion:
    LIMIT = Threshold(metric="AUC", scope="overall", max_worse_than_champion=0.125)

    @pytest.mark.parametrize(
        ("ours", "worse", "passed"),
        [(1.0, -0.25, True), (0.75, 0.0, True), (0.625, 0.125, True), (0.5, 0.25, False)],
    )
    def test_a_model_may_be_worse_than_the_champion_by_no_more_than_allowed(self, ours, worse, passed):
        verdict = judge(whole(AUC=ours), whole(AUC=0.75), policy(self.LIMIT))
        (check,) = verdict.checks
        name = "AUC worse than champion by at most"
        assert (check.name, check.measured, check.threshold) == (name, worse, 0.125)
        assert verdict.passed is passed
        if not passed:
            assert verdict.reason == "AUC of overall is 0.2500 worse than the champion's, allowed 0.125"

    @pytest.mark.parametrize(
        ("ours", "worse", "passed"),
        [(0.25, -0.25, True), (0.5, 0.0, True), (0.625, 0.125, True), (0.75, 0.25, False)],
    )
    def test_a_lower_log_loss_is_better(self, ours: float, worse: float, passed: bool):
        limit = Threshold(metric="BinaryCrossentropy", scope="overall", max_worse_than_champion=0.125)
        verdict = judge(whole(BinaryCrossentropy=ours), whole(BinaryCrossentropy=0.5), policy(limit))
        (check,) = verdict.checks
        assert (check.measured, verdict.passed) == (worse, passed)

    @pytest.mark.parametrize(("ours", "passed"), [(0.75, True), (0.625, False)])
    def test_zero_allows_nothing_worse(self, ours: float, passed: bool):
        strict = policy(Threshold(metric="AUC", scope="overall", max_worse_than_champion=0.0))
        assert judge(whole(AUC=ours), whole(AUC=0.75), strict).passed is passed

    @pytest.mark.parametrize(
        ("candidate", "champion"),
        [
            (whole(AUC=0.75), whole()),
            (whole(AUC=0.75), whole(AUC=NAN)),
            (whole(AUC=0.75), {}),
            (whole(), whole(AUC=0.75)),
            (whole(AUC=NAN), whole(AUC=0.75)),
            (whole(), whole()),
        ],
    )
    def test_what_cannot_be_compared_does_not_pass(self, candidate, champion):
        verdict = judge(candidate, champion, policy(self.LIMIT))
        assert not verdict.passed
        (check,) = verdict.checks
        assert check.measured is None
        assert verdict.reason == (
            "AUC of overall cannot be compared with the champion's, one of them is missing"
        )

    def test_the_floor_holds_even_for_a_model_better_than_the_champion(self):
        both = policy(AUC_FLOOR, self.LIMIT)
        assert not judge(whole(AUC=0.5), whole(AUC=0.25), both).passed

    def test_a_threshold_without_a_comparison_makes_none(self):
        verdict = judge(whole(AUC=0.75), whole(AUC=1.0), POLICY)
        assert [check.name for check in verdict.checks] == ["AUC at least"]


class TestWithoutAChampion:
    @pytest.mark.parametrize(("decision", "passed"), [("allow", True), ("block", False), ("maybe", False)])
    def test_the_first_run_is_decided_by_a_named_option(self, decision: str, passed: bool):
        verdict = judge(whole(AUC=0.75), None, policy(AUC_FLOOR, on_first_run=decision, on_overlap="block"))
        assert verdict.passed is passed
        if not passed:
            why = f"there is no champion, and model_gate.on_first_run is {decision}"
            assert verdict.reason.startswith(why)

    @pytest.mark.parametrize(("decision", "passed"), [("allow", True), ("block", False), ("maybe", False)])
    def test_an_incomparable_champion_is_decided_by_another_named_option(self, decision: str, passed: bool):
        verdict = judge(
            whole(AUC=0.75),
            None,
            policy(AUC_FLOOR, on_first_run="block", on_overlap=decision),
            incomparable="it was trained on 3 of the 14 eval days",
        )
        assert verdict.passed is passed
        assert verdict.reason.endswith(
            "the champion was not compared: it was trained on 3 of the 14 eval days"
        )
        if not passed:
            assert f"and model_gate.on_overlap is {decision}" in verdict.reason

    @pytest.mark.parametrize(("decision", "passed"), [("allow", True), ("block", False)])
    def test_a_champion_that_predicts_something_else_is_as_good_as_none(self, decision: str, passed: bool):
        other = "the champion predicts a number, and the candidate one of 0, 1"
        options = policy(AUC_FLOOR, on_first_run=decision, on_overlap="block")
        verdict = judge(whole(AUC=0.75), None, options, unlike=other)
        assert verdict.passed is passed
        assert verdict.reason.endswith(f"the champion was not compared: {other}")
        if not passed:
            assert verdict.reason.startswith(f"{other}, and model_gate.on_first_run is block")

    def test_a_first_run_that_is_allowed_must_still_reach_the_floor(self):
        assert not judge(whole(AUC=0.5), None, POLICY).passed

    def test_a_comparison_is_not_asked_for_when_there_is_no_champion(self):
        both = policy(AUC_FLOOR, TestAgainstTheChampion.LIMIT)
        verdict = judge(whole(AUC=0.75), None, both)
        assert [check.name for check in verdict.checks] == ["on_first_run", "AUC at least"]
        assert verdict.passed

    def test_a_champion_with_no_metrics_is_a_champion(self):
        """An empty answer of the champion is a failed comparison, not a first run."""
        verdict = judge(whole(AUC=0.75), {}, policy(AUC_FLOOR, TestAgainstTheChampion.LIMIT))
        assert not verdict.passed
        assert "on_first_run" not in [check.name for check in verdict.checks]


class TestSlices:
    LIMIT = Threshold(metric="AUC", scope="slices", at_least=0.5)
    BOTH = policy(AUC_FLOOR, LIMIT)

    def metrics(self, rows: float, auc: float) -> dict[str, Mapping[str, float]]:
        good = {"ExampleCount": 5000.0, "AUC": 0.75}
        return {**whole(AUC=0.75), "carrier=AA": good, "carrier=OO": {"ExampleCount": rows, "AUC": auc}}

    def test_one_bad_slice_closes_the_gate(self):
        verdict = judge(self.metrics(rows=5000, auc=0.25), {}, self.BOTH)
        assert verdict.reason == "AUC of carrier=OO is 0.2500, needed >= 0.5"
        assert [check.subject for check in verdict.checks] == ["overall", "carrier=AA", "carrier=OO"]

    @pytest.mark.parametrize(("rows", "judged"), [(499, False), (500, True), (501, True)])
    def test_a_slice_is_judged_from_its_least_number_of_rows_on(self, rows: int, judged: bool):
        verdict = judge(self.metrics(rows=rows, auc=0.25), {}, self.BOTH)
        assert verdict.passed is not judged
        assert ("carrier=OO" in [check.subject for check in verdict.checks]) is judged
        assert ("1 slices under 500 rows were not judged" in verdict.reason) is not judged

    def test_small_slices_are_noted_once_however_many_thresholds_there_are(self):
        twice = policy(AUC_FLOOR, self.LIMIT, self.LIMIT.model_copy(update={"at_least": 0.25}))
        verdict = judge(self.metrics(rows=10, auc=0.25), {}, twice)
        assert verdict.reason == "all 3 checks passed; 1 slices under 500 rows were not judged"

    def test_the_threshold_on_slices_does_not_judge_the_whole(self):
        candidate = {**self.metrics(rows=5000, auc=0.75), **whole(AUC=0.625)}
        strict = policy(AUC_FLOOR, Threshold(metric="AUC", scope="slices", at_least=0.75))
        assert judge(candidate, {}, strict).passed

    def test_a_slice_that_the_champion_never_saw_cannot_be_compared(self):
        limit = policy(AUC_FLOOR, Threshold(metric="AUC", scope="slices", max_worse_than_champion=0.125))
        champion = {**whole(AUC=0.75), "carrier=AA": {"ExampleCount": 5000.0, "AUC": 0.75}}
        verdict = judge(self.metrics(rows=5000, auc=0.75), champion, limit)
        assert [check.subject for check in failed(verdict)] == ["carrier=OO"]


class TestAPolicyThatDoesNotJudge:
    @pytest.mark.parametrize("champion", [None, whole(AUC=0.25)])
    @pytest.mark.parametrize(
        "thresholds",
        [
            (),
            (Threshold(metric="AUC", scope="slices", at_least=0.5),),
            (
                Threshold.model_construct(
                    metric="AUC", scope="everything", at_least=0.5, at_most=None, max_worse_than_champion=None
                ),
            ),
        ],
        ids=["no threshold", "slices only", "unknown scope"],
    )
    def test_a_policy_without_a_threshold_on_the_whole_stays_closed(self, thresholds, champion):
        verdict = judge(whole(AUC=0.75), champion, policy(*thresholds))
        assert not verdict.passed
        assert "no threshold is on the whole, and an unchecked gate stays closed" in verdict.reason

    def test_a_threshold_that_limits_nothing_stays_closed(self):
        verdict = judge(
            whole(AUC=0.75),
            whole(AUC=0.75),
            policy(
                Threshold.model_construct(
                    metric="AUC", scope="overall", at_least=None, at_most=None, max_worse_than_champion=None
                )
            ),
        )
        assert verdict.reason == "nothing was checked, and an unchecked gate stays closed"
        assert not verdict.passed


@pytest.mark.parametrize(
    ("which", "reason"),
    [
        ("candidate", "the candidate could not be evaluated: no signature"),
        (
            "champion",
            "the champion could not be evaluated: no signature; "
            "start the run with --ignore-champion REASON to go on without it",
        ),
    ],
)
def test_a_model_that_cannot_be_asked_closes_the_gate_and_a_champion_has_a_way_out(which: str, reason: str):
    verdict = unusable(which, "no signature")
    assert (verdict.gate, verdict.passed, verdict.reason) == ("model", False, reason)


def refused(**values: object) -> str:
    """Why pydantic refuses a threshold or, with slices or thresholds, a policy."""
    kind = ModelGatePolicy if {"slices", "thresholds"} & values.keys() else Threshold
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


class TestASliceThatNoColumnGives:
    COLUMNS: ClassVar = {
        "day": "date",
        "late": "label",
        "origin": "category",
        "temp": "number",
        "dest": "category",
    }

    def test_a_category_gives_slices(self):
        assert [*faulty_slices(["dest", "origin"], self.COLUMNS)] == []

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("Orgin", "there is no column 'Orgin' (did you mean 'origin'?); there are origin, dest"),
            ("shade", "there is no column 'shade'; there are origin, dest"),
            (
                "late",
                "column 'late' is the label, and a slice is the rows of one category; there are origin, dest",
            ),
            (
                "temp",
                "column 'temp' is a number, and a slice is the rows of one category; there are origin, dest",
            ),
            (
                "day",
                "column 'day' is a date, and a slice is the rows of one category; there are origin, dest",
            ),
        ],
    )
    def test_every_other_column_does_not(self, name: str, why: str):
        assert [*faulty_slices(["dest", name], self.COLUMNS)] == [(1, why)]
