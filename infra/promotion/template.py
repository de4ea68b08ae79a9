"""Makes a release's template: compiles the graph for a made-up launch and cuts out what that launch decided.

python -m infra.promotion.template --config prod --release v1.2.0 --into build/template.json
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from infra.functions.trigger.template import Job, Template, slots
from pipeline.config.config import Config, load
from pipeline.errors import UserError
from pipeline.graph import Places
from pipeline.launch import code_version as source
from pipeline.launch import fingerprint
from pipeline.launch import launch as launches
from pipeline.launch.record import as_parameters
from pipeline.runners.vertex import compiling
from pipeline.spans.window import Span, Window

MADE_UP = "made-up"


class UnfitError(UserError):
    """The compiled job has no place for a part of the launch, or holds it where no slot is."""


def make(config: Config, release: str) -> Template:
    """Compiles both jobs of a release, with slots.

    Raises:
      ConfigError: the configuration has no section `cloud`.
      UnfitError: the graph uses the launch in a way that `template.slots` does not know.
    """
    beside = _made_up_launch(config)
    alone = dataclasses.replace(beside, ignore_champion=f"{MADE_UP} reason")
    decided = {"train_spans", "window"} | ({"eval_spans"} if beside.held_out_spans else set())
    return Template(
        release=release,
        source=source.version(),
        config=config,
        schema=beside.schema.decode(),
        schema_uri=_places(beside).schema_file,
        code=beside.code,
        alone=_with_slots(alone, decided | {"incomparable"}),
        beside_champion=_with_slots(beside, decided | {"champion_uri"}),
    )


def _made_up_launch(config: Config) -> launches.Launch:
    def span(day: str) -> Span:
        return Span(date=dt.date.fromisoformat(day), path=f"/{MADE_UP}/{day}.csv", fingerprint=MADE_UP)

    return launches.Launch(
        config=config,
        window=Window(train_spans=(span("2000-01-01"),), eval_spans=(span("2000-01-02"),)),
        champion=launches.Champion(
            version=MADE_UP,
            model_uri=f"gs://{MADE_UP}/model",
            served_from=MADE_UP,
            train_first=dt.date(1999, 1, 1),
            train_last=dt.date(1999, 1, 2),
            run_id=MADE_UP,
        ),
        ignore_champion=None,
        schema=(resources.files("trainer") / "schema.pbtxt").read_bytes(),
        code={
            stage: fingerprint.of_modules(*names, alone=alone)
            for stage, (names, alone) in launches.STAGE_CODE.items()
        },
    )


def _with_slots(launch: launches.Launch, expected: set[str]) -> Job:
    job = compiling.compile_job(launch, _places(launch))
    job["runtimeConfig"]["parameterValues"].update(as_parameters(dict.fromkeys(launch.record(), "")))
    names = {text: name for name, text in slots(launch).items() if name in expected}
    found: set[str] = set()
    job = _cut(job, names, found)
    if found != expected:
        raise UnfitError(f"the job uses no {', '.join(sorted(expected - found))}; see template.slots")
    left = next((text for text in _texts(job) if MADE_UP in text), None)
    if left:
        raise UnfitError(f"the launch shows in the job where no slot is: {left[:200]}; see template.slots")
    return job


def _places(launch: launches.Launch) -> Places:
    cloud = launch.config.require_cloud()
    return compiling.cloud_places(launch.config, cloud, launch.schema_fingerprint)


def _cut(value: Any, names: Mapping[str, str], found: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _cut(child, names, found) for key, child in value.items()}
    if isinstance(value, list):
        return [_cut(child, names, found) for child in value]
    if isinstance(value, str) and value in names:
        found.add(names[value])
        return f"{{{{{names[value]}}}}}"
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
    elif isinstance(value, str):
        yield value


def main() -> int:
    """Writes the template; exit codes as everywhere."""
    parser = argparse.ArgumentParser(description="Makes a release's template.")
    parser.add_argument("--config", required=True)
    parser.add_argument("--release", required=True, help="a tag or a commit")
    parser.add_argument("--image", help="the release's pipeline image, instead of the configuration's")
    parser.add_argument("--into", type=Path, required=True)
    given = parser.parse_args()
    try:
        image = {"cloud.image": given.image} if given.image else {}
        template = make(load(given.config, image), given.release)
    except UserError as error:
        print(f"template: {error}", file=sys.stderr)
        return error.exit_code
    given.into.parent.mkdir(parents=True, exist_ok=True)
    given.into.write_text(template.as_json())
    print(f"{given.into}: release {template.release} of code {template.source}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
