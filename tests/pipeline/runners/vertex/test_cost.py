"""What a run may cost is known before it starts, and a limit holds unless somebody says yes."""

import datetime as dt

import pytest

from pipeline.config import load as configs
from pipeline.config.cloud import CloudConfig, PricesConfig
from pipeline.lineage.runs import Run, Stage
from pipeline.runners.vertex import cost

PRICES = {
    "e2-standard-4": 0.1,
    "e2-standard-8": 0.2,
    "n1-standard-16": 0.8,
    "NVIDIA_TESLA_T4": 0.4,
    "n1-standard-4": 0.2,
}


@pytest.fixture
def cloud() -> CloudConfig:
    config = configs.load("prod")
    assert config.cloud is not None
    return config.cloud


def priced(cloud: CloudConfig, limit: float | None = None, **changes: float) -> CloudConfig:
    prices = PricesConfig(as_of=dt.date(2026, 11, 1), currency="USD", per_hour={**PRICES, **changes})
    return cloud.model_copy(update={"prices": prices, "cost_limit": limit})


def run(*stages: tuple[str, str, float]) -> Run:
    made = tuple(Stage(n, name, state, seconds, {}, {}) for n, (name, state, seconds) in enumerate(stages))
    return Run("r", "succeeded", "", dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc), {}, made)


def test_without_earlier_runs_a_step_is_counted_to_its_timeout(cloud: CloudConfig):
    (item,) = cost.estimate(cloud, ["DataGate"], [])
    assert (item.machine, item.machine_hours, item.measured) == ("e2-standard-4", 1.5, False)
    assert (item.amount, item.unpriced) == (None, ("e2-standard-4",))


def test_earlier_runs_say_how_long_a_step_takes_and_cached_ones_do_not(cloud: CloudConfig):
    runs = [run(("DataGate", "complete", seconds)) for seconds in (9999, 100, 200, 300, 400, 500)]
    runs.append(run(("DataGate", "cached", 1), ("DataGate", "failed", 7)))
    (item,) = cost.estimate(priced(cloud), ["DataGate"], runs)
    assert item.measured
    assert item.machine_hours == pytest.approx(300 / 3600)
    assert item.amount == pytest.approx(0.1 * 300 / 3600)


def test_training_counts_the_step_that_waits_and_the_job_with_its_gpus(cloud: CloudConfig):
    waits, trains = cost.estimate(priced(cloud), ["Trainer"], [])
    assert (waits.machine, waits.amount) == ("e2-standard-4", pytest.approx(0.3))
    assert (trains.machine, trains.accelerator, trains.accelerators) == (
        "n1-standard-16",
        "NVIDIA_TESLA_T4",
        1,
    )
    assert trains.amount == pytest.approx(3 * (0.8 + 0.4))


def test_a_beam_step_counts_all_the_workers_it_may_have(cloud: CloudConfig):
    _, workers = cost.estimate(priced(cloud), ["Transform"], [])
    assert (workers.machines, workers.machine_hours) == (8, 16.0)
    assert workers.amount == pytest.approx(16 * 0.2)


@pytest.mark.parametrize(("limit", "refused"), [(None, False), (0.29, True), (0.3, False), (1.0, False)])
def test_a_run_above_the_limit_is_refused(cloud: CloudConfig, limit: float | None, refused: bool):
    limited = priced(cloud, limit, **{"e2-standard-4": 0.2})
    said = cost.refusal(cost.estimate(limited, ["DataGate"], []), limited)
    assert bool(said) is refused
    assert said is None or "may cost 0.30 USD, more than cloud.cost_limit (0.29)" in said


def test_with_a_limit_a_missing_price_is_refused_by_name(cloud: CloudConfig):
    prices = PricesConfig(as_of=dt.date(2026, 11, 1), currency="USD", per_hour={"e2-standard-4": 0.1})
    limited = cloud.model_copy(update={"prices": prices, "cost_limit": 100.0})
    said = cost.refusal(cost.estimate(limited, ["Trainer"], []), limited)
    assert said is not None
    assert "no price for NVIDIA_TESLA_T4, n1-standard-16" in said


def test_the_table_has_hours_amounts_the_date_of_the_prices_and_the_endpoint(cloud: CloudConfig):
    with_prices = priced(cloud)
    lines = list(cost.as_lines(cost.estimate(with_prices, ["DataGate", "Trainer"], []), with_prices))
    assert "1.50 h  its timeout" in lines[0]
    assert "at most 4.05 USD" in lines[3]
    assert lines[4] == "  prices as of 2026-11-01, by the configuration"
    assert "endpoint 'flights' keeps 2 x n1-standard-4 running" in lines[5]
