"""A candidate may replace the champion only if it meets every limit and is nowhere too much worse."""

import datetime as dt
from collections.abc import Mapping

import pytest

from components.evaluator.calibration_rule import Offset
from components.evaluator.cost_rule import Cost
from components.evaluator.paired_rule import Difference
from components.evaluator.policy import CalibrationLimit, FairnessLimit, Threshold
from components.evaluator.rule import Evidence, judge, unusable
from components.evaluator.slices_rule import Group
from components.gates.override import Override
from components.gates.verdict import Check, Verdict
from tests.components.evaluator.test_policy import AUC_FLOOR, POLICY, policy

# Values are sums of powers of two, so that differences are exact and boundaries are boundaries.
NAN = float("nan")


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


def worse_by(loss: float, se: float = 0.0, metric: str = "AUC") -> Evidence:
    """Evidence of one difference on the whole."""
    return Evidence(differences={metric: Difference(loss, se, None, 10_000)})


class TestAgainstTheChampion:
    LIMIT = Threshold(metric="AUC", scope="overall", max_worse_than_champion=0.125)

    @pytest.mark.parametrize(
        ("ours", "worse", "passed"),
        [(1.0, -0.25, True), (0.75, 0.0, True), (0.625, 0.125, True), (0.5, 0.25, False)],
    )
    def test_a_model_may_be_worse_than_the_champion_by_no_more_than_allowed(self, ours, worse, passed):
        verdict = judge(whole(AUC=ours), whole(AUC=0.75), policy(self.LIMIT), worse_by(worse))
        (check,) = verdict.checks
        name = "AUC worse than champion by at most"
        assert (check.name, check.measured, check.threshold) == (name, worse, 0.125)
        assert verdict.passed is passed

    def test_on_the_whole_chance_counts(self):
        sides = whole(AUC=0.6875), whole(AUC=0.75)
        assert judge(*sides, policy(self.LIMIT), worse_by(0.0625, 0.03125)).passed
        verdict = judge(*sides, policy(self.LIMIT), worse_by(0.0625, 0.0625))
        assert "too few rows to exclude 0.125" in verdict.reason
        assert not verdict.passed

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
        verdict = judge(candidate, champion, policy(self.LIMIT), worse_by(0.0))
        assert not verdict.passed
        (check,) = verdict.checks
        assert check.measured is None
        assert verdict.reason == (
            "AUC of overall cannot be compared with the champion's, one of them is missing"
        )

    def test_a_difference_that_nobody_measured_does_not_pass(self):
        same = whole(AUC=0.75)
        assert not judge(same, same, policy(self.LIMIT)).passed
        assert not judge(same, same, policy(self.LIMIT), worse_by(0.0, metric="BinaryAccuracy")).passed

    def test_the_floor_holds_even_for_a_model_better_than_the_champion(self):
        both = policy(AUC_FLOOR, self.LIMIT)
        assert not judge(whole(AUC=0.5), whole(AUC=0.25), both, worse_by(-0.25)).passed

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
    BOTH = policy(AUC_FLOOR, LIMIT, slices=("carrier",))

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
        assert ("not judged: carrier=OO (499 rows, under 500)" in verdict.reason) is not judged

    def test_a_slice_of_one_class_is_named_and_not_judged(self):
        one = Evidence(groups={"carrier=OO": Group(5000, (5000, 0)), "carrier=AA": Group(5000, (2500, 2500))})
        verdict = judge(self.metrics(rows=5000, auc=NAN), {}, self.BOTH, one)
        assert verdict.reason == "all 2 checks passed; not judged: carrier=OO (one class)"

    def test_small_slices_are_noted_once_however_many_thresholds_there_are(self):
        twice = policy(
            AUC_FLOOR, self.LIMIT, self.LIMIT.model_copy(update={"at_least": 0.25}), slices=("carrier",)
        )
        verdict = judge(self.metrics(rows=10, auc=0.25), {}, twice)
        assert verdict.reason == "all 3 checks passed; not judged: carrier=OO (10 rows, under 500)"

    def test_the_threshold_on_slices_does_not_judge_the_whole(self):
        candidate = {**self.metrics(rows=5000, auc=0.75), **whole(AUC=0.625)}
        strict = policy(
            AUC_FLOOR, Threshold(metric="AUC", scope="slices", at_least=0.75), slices=("carrier",)
        )
        assert judge(candidate, {}, strict).passed

    def test_groups_of_fairness_are_no_slices(self):
        fair = policy(AUC_FLOOR, self.LIMIT)
        assert judge(self.metrics(rows=5000, auc=0.25), {}, fair).passed

    @pytest.mark.parametrize(
        ("metric", "ours", "passed"),
        [
            ("AUC", 0.75, True),
            ("AUC", 0.625, True),
            ("AUC", 0.5, False),
            ("BinaryCrossentropy", 0.875, True),
            ("BinaryCrossentropy", 1.0, False),
            ("BinaryCrossentropy", 0.25, True),
        ],
    )
    def test_a_slice_is_compared_as_measured_in_the_direction_of_its_metric(self, metric, ours, passed):
        limit = Threshold(metric=metric, scope="slices", max_worse_than_champion=0.125)
        champion = {**whole(AUC=0.75), "carrier=AA": {"ExampleCount": 5000.0, metric: 0.75}}
        candidate = {**whole(AUC=0.75), "carrier=AA": {"ExampleCount": 5000.0, metric: ours}}
        verdict = judge(candidate, champion, policy(AUC_FLOOR, limit, slices=("carrier",)))
        assert verdict.passed is passed
        if not passed:
            assert verdict.reason == (
                f"{metric} of carrier=AA is 0.2500 worse than the champion's, allowed 0.125"
            )

    def test_a_slice_that_the_champion_never_saw_cannot_be_compared(self):
        limit = Threshold(metric="AUC", scope="slices", max_worse_than_champion=0.125)
        champion = {**whole(AUC=0.75), "carrier=AA": {"ExampleCount": 5000.0, "AUC": 0.75}}
        verdict = judge(
            self.metrics(rows=5000, auc=0.75), champion, policy(AUC_FLOOR, limit, slices=("carrier",))
        )
        assert [check.subject for check in failed(verdict)] == ["carrier=OO"]
        assert failed(verdict)[0].measured is None


class TestTooGoodToBeTrue:
    LIMIT = Threshold(metric="AUC", scope="overall", max_better_than_champion=0.125)
    WONDERING = policy(AUC_FLOOR, suspicious_auc=0.875)

    @pytest.mark.parametrize(("ours", "passed"), [(0.5, True), (0.875, True), (0.9375, False)])
    def test_far_better_than_the_champion_closes_the_gate(self, ours: float, passed: bool):
        verdict = judge(whole(AUC=ours), whole(AUC=0.75), policy(self.LIMIT))
        assert (verdict.passed, verdict.checks[0].measured) == (passed, ours - 0.75)
        if not passed:
            assert verdict.reason == (
                "AUC of overall is 0.1875 better than the champion's, more than 0.125, which is rarely "
                "true: look for a column that knows the label: filled in after the event, or made from it"
            )

    def test_a_lower_loss_is_better(self):
        limit = policy(
            Threshold(metric="BinaryCrossentropy", scope="overall", max_better_than_champion=0.125)
        )
        for ours, passed in ((0.5, False), (0.625, True), (1.0, True)):
            sides = whole(BinaryCrossentropy=ours), whole(BinaryCrossentropy=0.75)
            assert judge(*sides, limit).passed is passed

    def test_what_cannot_be_compared_does_not_pass(self):
        assert not judge(whole(AUC=0.75), whole(AUC=NAN), policy(self.LIMIT)).passed

    @pytest.mark.parametrize(("ours", "warns"), [(0.875, False), (0.9375, True)])
    def test_without_a_champion_it_is_a_warning(self, ours: float, warns: bool):
        verdict = judge(whole(AUC=ours), None, self.WONDERING)
        assert verdict.passed
        assert [check.name for check in verdict.warnings] == ["AUC suspicious above"] * warns
        if warns:
            assert "AUC of overall is 0.9375, above 0.875, which is rarely true: look for a column" in (
                verdict.warnings[0].reason
            )

    def test_a_champion_as_good_says_that_it_is_true(self):
        assert not judge(whole(AUC=0.9375), whole(AUC=0.9375), self.WONDERING).warnings

    def test_no_suspicion_is_no_warning_and_neither_is_an_area_that_is_not_there(self):
        assert not judge(whole(AUC=1.0), None, policy(AUC_FLOOR)).warnings
        assert not judge(whole(AUC=NAN), None, self.WONDERING).warnings


class TestWhatElseIsLimited:
    """Each is judged by its own rule; here it is seen to be asked, and to close the gate."""

    OFF = Offset(0.75, 0.25, None, 0.0)

    def test_calibration_where_the_task_has_it(self):
        asked = policy(AUC_FLOOR, calibration=CalibrationLimit(max_off=0.25, max_worse_than_champion=0.0))
        candidate = whole(AUC=0.75, Calibration=3.0)
        assert not judge(candidate, {}, asked, Evidence(offset=self.OFF)).passed
        assert not judge(candidate, {}, asked).passed
        assert judge(candidate, {}, policy(AUC_FLOOR), Evidence(offset=self.OFF)).passed
        assert judge(candidate, {}, asked, Evidence(offset=self.OFF, beside=self.OFF)).passed
        assert judge(whole(AUC=0.75), {}, asked).passed

    def test_calibration_is_held_against_the_champion_or_else_the_prior(self):
        asked = policy(AUC_FLOOR, calibration=CalibrationLimit(max_off=0.25, max_worse_than_champion=0.0))
        evidence = Evidence(offset=self.OFF, beside=Offset(0.5, 0.25, None, 0.0))
        for champion, whose in (({}, "champion"), (None, "prior")):
            reason = judge(whole(AUC=0.75, Calibration=3.0), champion, asked, evidence).reason
            assert f"and the {whose}'s 2.00 times" in reason

    def test_size_and_time(self):
        cost = Evidence(cost=Cost(model_mb=2.0, ms_per_row=0.5))
        assert judge(whole(AUC=0.75), {}, policy(AUC_FLOOR, max_model_mb=2.0), cost).passed
        assert not judge(whole(AUC=0.75), {}, policy(AUC_FLOOR, max_ms_per_row=0.25), cost).passed

    def test_fairness(self):
        fair = policy(AUC_FLOOR, fairness=(FairnessLimit(column="sex", metric="AUC", max_gap=0.125),))
        groups = {"sex=f": {"ExampleCount": 500.0, "AUC": 0.75}, "sex=m": {"ExampleCount": 500.0, "AUC": 0.5}}
        verdict = judge({**whole(AUC=0.75), **groups}, {}, fair)
        assert [check.subject for check in failed(verdict)] == ["sex"]

    def test_a_person_may_let_a_check_fail(self):
        override = Override(
            gate="model", check="AUC at least", reason="a storm", by="ada", expires=dt.date(2100, 1, 1)
        )
        verdict = judge(whole(AUC=0.5), {}, POLICY, overrides=(override,))
        assert (verdict.passed, len(verdict.overridden)) == (True, 1)


class TestAPolicyThatDoesNotJudge:
    @pytest.mark.parametrize("champion", [None, whole(AUC=0.25)])
    @pytest.mark.parametrize(
        "thresholds",
        [
            (),
            (Threshold(metric="AUC", scope="slices", at_least=0.5),),
            (
                Threshold.model_construct(
                    metric="AUC",
                    scope="everything",
                    at_least=0.5,
                    at_most=None,
                    max_worse_than_champion=None,
                    max_better_than_champion=None,
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
                    metric="AUC",
                    scope="overall",
                    at_least=None,
                    at_most=None,
                    max_worse_than_champion=None,
                    max_better_than_champion=None,
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
