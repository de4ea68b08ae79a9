"""A filled template is what compiling the same launch would have given."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from infra.functions.trigger.template import Template, fill
from pipeline.config import config as configs
from pipeline.launch.launch import Champion, Launch
from pipeline.spans.window import Span, Window

NAME = "prod"


def a_launch(template: Template, champion: Champion | None) -> Launch:
    def span(number: int) -> Span:
        day = dt.date(2013, 3, 1) + dt.timedelta(days=number)
        return Span(date=day, path=f"/gcs/somewhere/days/{day}.csv", fingerprint=f"{number:064}")

    days = tuple(map(span, range(25)))
    by_hash = template.config.window.random_eval_fraction
    return Launch(
        config=template.config,
        window=Window(days, days) if by_hash else Window(days[:20], days[20:]),
        champion=champion,
        ignore_champion=None,
        schema=template.schema.encode(),
        code=template.code,
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
def template(request: pytest.FixtureRequest) -> Template:
    from infra.promotion.template import make

    config = configs.load(NAME, {"window.random_eval_fraction": request.param})
    return Template.from_json(make(config, "v1.2.3").as_json())


@pytest.mark.slow
@pytest.mark.parametrize(
    "champion",
    [
        pytest.param(None, id="first run"),
        pytest.param(a_champion(dt.date(2013, 2, 28)), id="beside a champion"),
        pytest.param(a_champion(dt.date(2013, 3, 24)), id="champion saw the eval days"),
    ],
)
def test_filling_gives_what_compiling_would(template: Template, champion: Champion | None) -> None:
    """Every task, parameter, path, record and label is equal, so what was checked is what runs."""
    from pipeline.runners.vertex import compiling

    launch = a_launch(template, champion)
    cloud = launch.config.require_cloud()
    places = compiling.cloud_places(launch.config, cloud, launch.schema_fingerprint)
    compiled = compiling.compile_job(launch, places)
    filled = fill(template, launch)
    parameters = compiled["runtimeConfig"]["parameterValues"]
    assert parameters["launch_source"] == filled["runtimeConfig"]["parameterValues"]["launch_source"]
    assert _sorted(filled) == _sorted(compiled)


@pytest.mark.slow
def test_a_launch_that_shows_where_no_slot_is_makes_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph that learns to use more of the launch fails here, and not silently in production."""
    from infra.promotion import template as templates

    made_up = templates._made_up_launch

    def used_elsewhere(config: Any) -> Launch:
        launch = made_up(config)
        code = {**launch.code, "Release": templates.MADE_UP + " window"}
        return dataclasses.replace(launch, code=code)

    monkeypatch.setattr(templates, "_made_up_launch", used_elsewhere)
    with pytest.raises(templates.UnfitError, match="made-up window"):
        templates.make(configs.load(NAME), "v1")


def test_a_template_from_another_configuration_is_refused() -> None:
    """A pointer to a template of older code ends with a sentence, not in the middle of a run."""
    kept = '{"release": "v0", "config": {"name": "flights", "colour": "red"}}'
    with pytest.raises(configs.ConfigError, match="template v0: unknown key 'colour'"):
        Template.from_json(kept)


def _sorted(job: Any) -> Any:
    """Dictionaries compare by content; this only turns tuples of the compiler into lists."""
    if isinstance(job, dict):
        return {key: _sorted(child) for key, child in job.items()}
    return [_sorted(child) for child in job] if isinstance(job, (list, tuple)) else job
