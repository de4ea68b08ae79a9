"""Release: the record that registers a candidate, or says why there is none."""

import dataclasses
import hashlib
import json
import os

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types import artifact, standard_artifacts
from tfx.utils import path_utils

from components.gates import judged_answers
from components.gates.blessing import record
from components.model_files import artifact as model_files
from components.model_files.rule import PROPERTY
from components.release.contract import contract_of
from components.release.rule import judge
from components.release.version_rule import Recipe, Registered, is_overtaken, next_version


@component
def Release(  # noqa: N802 - a node's name in the graph
    model: InputArtifact[standard_artifacts.Model],
    data_verdict: InputArtifact[standard_artifacts.ExampleAnomalies],
    model_blessing: InputArtifact[standard_artifacts.ModelBlessing],
    infra_blessing: InputArtifact[standard_artifacts.InfraBlessing],
    pushed_model: InputArtifact[standard_artifacts.PushedModel],
    release: OutputArtifact[standard_artifacts.PushedModel],
    model_name: Parameter[str],
    newest: Parameter[str],
    recipe: Parameter[str],
    window: Parameter[str],
    code_fingerprint: Parameter[str],
) -> None:
    """Registers a candidate that every gate passed: from here on it is on record, and can be served.

    Args:
      model: the candidate.
      data_verdict: of the data gate, DataGate; with the data profile of the window.
      model_blessing: of the model gate, Evaluator; with the profile of the candidate's answers.
      infra_blessing: of the infra gate, InfraValidator.
      pushed_model: of Pusher; property `pushed`.
      release: `release.json` and `verdict.json`; custom properties `blessed` (int), `gate`, `reason`, and
        when released `model_name`, `version`, `version_reason`, `recipe`, `signature`, `model_uri`,
        `pushed_destination`, `window`, `data_profile`, `answers`, `files`, and those of the
        model gate's blessing that components/gates/judged_answers.py names (strings).
      model_name: what the model is called; with the version it is the release's address.
      newest: the model registered last under this name, JSON of version_rule.py; empty before the first.
      recipe: how the candidate was made, but for its signature; likewise.
      window: JSON with `train_first`, `train_last`, `eval_first`, `eval_last` as ISO dates.
      code_fingerprint: of this component's code; part of the cache key.
    """
    del code_fingerprint
    before, number = Registered.from_json(newest), _text(pushed_model, "pushed_version")
    verdict = judge(
        blessed=_flag(model_blessing, "blessed"),
        servable=_flag(infra_blessing, "blessed"),
        pushed=_flag(pushed_model, "pushed"),
        new=not is_overtaken(before, number),
    )
    record(verdict, release)
    if not verdict.passed:
        return
    contract = contract_of(path_utils.serving_model_path(model.uri))
    digest = hashlib.sha256(contract.encode()).hexdigest()
    made = dataclasses.replace(Recipe.from_json(recipe), signature=digest)
    version, why = next_version(before, made, number)
    facts = {
        "model_name": model_name,
        "version": version,
        "version_reason": why,
        "recipe": made.as_json(),
        "signature": contract,
        "model_uri": model.uri,
        PROPERTY: model_files.recorded(model),
        "pushed_destination": _text(pushed_model, "pushed_destination"),
        "window": window,
        "data_profile": data_verdict.uri,
        "answers": model_blessing.uri,
        **{name: text for name in judged_answers.PROPERTIES if (text := _text(model_blessing, name))},
    }
    for name, value in facts.items():
        release.set_string_custom_property(name, value)
    with fileio.open(os.path.join(release.uri, "release.json"), "w") as file:
        file.write(json.dumps(facts, sort_keys=True))


def _flag(of: artifact.Artifact, key: str) -> bool | None:
    return of.get_int_custom_property(key) == 1 if of.has_custom_property(key) else None


def _text(of: artifact.Artifact, key: str) -> str:
    return of.get_string_custom_property(key) if of.has_custom_property(key) else ""
