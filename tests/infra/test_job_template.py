"""A filled template is what compiling the same launch would have given."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from components.example_gen import hash_split
from components.gates.override import Override
from infra.functions.trigger.job_template import JobTemplate, fill
from pipeline.config import load as configs
from pipeline.launch import job_shapes
from pipeline.launch.champion import STAND_IN, Champion, Reset
from pipeline.launch.launch import Launch
from pipeline.spans.window import Span, Window

NAME = "prod"
# Last days of training: before the eval days, and in them.
FRESH, SEEN = dt.date(2013, 2, 28), dt.date(2013, 3, 24)
SEEN_CHAMPION = job_shapes.Shape(
    fits=lambda launch: bool(launch.incomparable),
    imports={"Champion": lambda champion: champion.model_uri},
)


AN_OVERRIDE = Override(
    gate="data", check="rows at least", reason="a holiday", by="Ada", expires=dt.date(2013, 4, 1)
)


def a_launch(
    template: JobTemplate, champion: Champion | None, overrides: tuple[Override, ...] = ()
) -> Launch:
    def span(number: int) -> Span:
        day = dt.date(2013, 3, 1) + dt.timedelta(days=number)
        return Span(date=day, path=f"/gcs/somewhere/days/{day}.csv", fingerprint=f"{number:064}")

    days = tuple(map(span, range(25)))
    by_hash = not template.config.split.by_time
    return Launch(
        config=template.config,
        window=Window(days, days) if by_hash else Window(days[:20], days[20:]),
        champion=champion,
        ignore_champion=None,
        schema=template.schema.encode(),
        code=template.code,
        split=hash_split.from_json(template.split),
        overrides=overrides,
    )


def a_champion(trained_until: dt.date) -> Champion:
    return Champion(
        version="1.0.7",
        model_uri="gs://bucket/artifacts/a/model",
        served_from="projects/p/locations/l/endpoints/1",
        train_first=dt.date(2013, 1, 1),
        train_last=trained_until,
        run_id="run-7",
    )


@pytest.fixture(scope="module", params=["0", "0.2"], ids=["split by time", "split by hash"])
def template(request: pytest.FixtureRequest) -> JobTemplate:
    from infra.promotion.make_template import make

    config = configs.load(NAME, {"split.eval_fraction": request.param, "model_gate.on_overlap": "block"})
    return JobTemplate.from_json(make(config, "v1.2.3").as_json())


@pytest.mark.slow
@pytest.mark.parametrize(
    "champion",
    [
        pytest.param(None, id="first run"),
        pytest.param(a_champion(FRESH), id="beside a champion"),
        pytest.param(a_champion(SEEN), id="champion saw the eval days"),
        pytest.param(
            dataclasses.replace(a_champion(FRESH), reset=Reset("wrong labels", "Ada", "2013-04-01")),
            id="champion was reset",
        ),
    ],
)
@pytest.mark.parametrize("overrides", [(), (AN_OVERRIDE,)], ids=["", "with an override"])
def test_filling_gives_what_compiling_would(
    template: JobTemplate, champion: Champion | None, overrides: tuple[Override, ...]
) -> None:
    """Every task, parameter, path, record and label is equal, so what was checked is what runs."""
    launch = a_launch(template, champion, overrides)
    filled, compiled = fill(template, launch), compile_job(launch)
    parameters = compiled["runtimeConfig"]["parameterValues"]
    assert parameters["launch_source"] == filled["runtimeConfig"]["parameterValues"]["launch_source"]
    assert _sorted(filled) == _sorted(compiled)


def compile_job(launch: Launch) -> dict[str, Any]:
    """As `evergreen submit` does."""
    from pipeline.runners.vertex import cloud_job

    cloud = launch.config.require_cloud()
    paths = cloud_job.cloud_paths(launch.config, cloud, launch.schema_fingerprint)
    return cloud_job.compile_job(launch, paths)


@pytest.mark.slow
def test_a_new_shape_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A launch that imports a champion which it must not judge: made, filled, and equal to cloud_job.

    As a warm start would have it; the shapes that were there before keep their launches.
    """
    from infra.promotion.make_template import make

    monkeypatch.setattr(job_shapes, "SHAPES", {"seen_champion": SEEN_CHAMPION, **job_shapes.SHAPES})
    template = JobTemplate.from_json(make(configs.load(NAME), "v1").as_json())
    for last, name in ((None, "alone"), (FRESH, "beside_champion"), (SEEN, "seen_champion")):
        launch = a_launch(template, a_champion(last) if last else None)
        assert job_shapes.shape(launch) == name
        job = fill(template, launch)
        assert _sorted(job) == _sorted(compile_job(launch))
        tasks = job["pipelineSpec"]["root"]["dag"]["tasks"]
        assert ("Champion" in tasks) == (name != "alone")
        judged = tasks["Evaluator"]["inputs"]["artifacts"]
        assert ("baseline_model" in judged) == (name == "beside_champion")
    assert set(template.jobs) == set(job_shapes.SHAPES)


def test_a_launch_whose_shape_the_template_lacks_is_refused() -> None:
    """An older template and a newer function: a sentence, and no job of another shape."""
    template = JobTemplate("v1", "abc", configs.load(NAME), "", "gs://schema", {}, {"beside_champion": {}})
    with pytest.raises(
        configs.ConfigError, match="v1 has no job 'alone', only beside_champion: make it anew"
    ):
        fill(template, a_launch(template, None))


@pytest.mark.slow
def test_a_launch_that_shows_where_no_slot_is_makes_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph that learns to use more of the launch fails here, and not silently in production."""
    from infra.promotion import make_template

    stand_in = make_template._stand_in_launch

    def used_elsewhere(config: Any) -> Launch:
        launch = stand_in(config)
        code = {**launch.code, "Release": STAND_IN + " window"}
        return dataclasses.replace(launch, code=code)

    monkeypatch.setattr(make_template, "_stand_in_launch", used_elsewhere)
    with pytest.raises(make_template.SlotError, match="stand-in window"):
        make_template.make(configs.load(NAME), "v1")


def test_an_input_without_a_slot_is_refused() -> None:
    """What the launch decided must not be lost on the way into the job."""
    job = {"pipelineSpec": ["{{train_spans}}", "{{eval_spans}}"], "runtimeConfig": {"parameterValues": {}}}
    template = JobTemplate("v1", "abc", configs.load(NAME), "", "gs://schema", {}, {"alone": job})
    with pytest.raises(configs.ConfigError, match="the job 'alone' of v1 has no slot for model_gate, window"):
        fill(template, a_launch(template, None))


def test_a_template_from_another_configuration_is_refused() -> None:
    """A pointer to a template of older code ends with a sentence, not in the middle of a run."""
    template = JobTemplate("v0", "abc", configs.load(NAME), "", "gs://schema", {}, {})
    kept = template.as_json().replace('"config": {', '"config": {"colour": "red", ')
    with pytest.raises(configs.ConfigError, match="template v0: unknown key 'colour'"):
        JobTemplate.from_json(kept)


def test_a_template_of_another_form_is_refused() -> None:
    """It says what to do, before a run is asked for in vain."""
    with pytest.raises(configs.ConfigError, match=r"holds alone, revision; expected code, .*: make it anew"):
        JobTemplate.from_json('{"revision": "v0", "alone": {}}')


def _sorted(job: Any) -> Any:
    """Dictionaries compare by content; this only turns tuples of the compiler into lists."""
    if isinstance(job, dict):
        return {key: _sorted(child) for key, child in job.items()}
    return [_sorted(child) for child in job] if isinstance(job, (list, tuple)) else job
