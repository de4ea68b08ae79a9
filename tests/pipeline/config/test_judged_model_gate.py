"""What the model gate judges by is the configuration's policy, less what the training makes meaningless."""

from pipeline.config.load import load


def test_weighted_classes_leave_nothing_to_calibrate():
    weighted = load("local", {"training.class_weights": "balanced"})
    assert weighted.model_gate.calibration.max_off == 0.25
    assert weighted.judged_model_gate.calibration.max_off is None
    assert weighted.judged_model_gate.thresholds == weighted.model_gate.thresholds


def test_without_weights_it_is_the_policy_as_it_stands():
    plain = load("local")
    assert plain.judged_model_gate == plain.model_gate
    assert plain.judged_model_gate.calibration.max_off == 0.25


def test_a_fork_that_lists_a_margin_only_goes_on():
    margin = "[{metric: AUC, scope: overall, max_worse_than_champion: 0.01}]"
    (threshold,) = load("local", {"model_gate.thresholds": margin}).model_gate.thresholds
    assert threshold.limits == (None, None, 0.01, None)
