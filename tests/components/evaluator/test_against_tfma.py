"""Our metrics are those of TensorFlow Model Analysis, on the whole and by slice."""

import numpy as np
import pandas as pd
import pytest

from components.evaluator import metrics
from components.evaluator.metric_table import BINARY, of_task

pytestmark = pytest.mark.slow

# TFMA approximates areas by 10,000 thresholds.
WITHIN = {"AUC": 0.002, "AUCPrecisionRecall": 0.01}


def test_metrics_agree_with_tfma_on_the_same_rows():
    import tensorflow_model_analysis as tfma
    from tensorflow_model_analysis.proto import config_pb2

    rng = np.random.default_rng(5)
    rows = 4000
    labels = (rng.random(rows) < 0.25).astype(np.int64)
    probabilities = np.clip(rng.normal(0.25 + 0.15 * labels, 0.12), 0.001, 0.999).astype(np.float32)
    carriers = rng.choice(["AA", "B6", "UA"], rows)
    names = [metric.name for metric in of_task(BINARY)]
    config = config_pb2.EvalConfig(
        model_specs=[config_pb2.ModelSpec(label_key="label", prediction_key="prediction")],
        slicing_specs=[config_pb2.SlicingSpec(), config_pb2.SlicingSpec(feature_keys=["carrier"])],
        metrics_specs=[
            config_pb2.MetricsSpec(metrics=[config_pb2.MetricConfig(class_name=name) for name in names])
        ],
    )
    frame = pd.DataFrame({"label": labels, "prediction": probabilities, "carrier": carriers})

    theirs = dict(tfma.analyze_raw_data(frame, config).slicing_metrics)
    ours = metrics.by_slice(BINARY, labels, probabilities, {"carrier": carriers})

    assert set(ours) == {"overall", "carrier=AA", "carrier=B6", "carrier=UA"}
    for name, measured in ours.items():
        key = () if name == "overall" else (("carrier", name.split("=")[1]),)
        reference = {k: v["doubleValue"] for k, v in theirs[key][""][""].items()}
        for metric in of_task(BINARY):
            expected = pytest.approx(reference[metric.tfma_name], abs=WITHIN.get(metric.name, 1e-6))
            assert measured[metric.name] == expected, metric
