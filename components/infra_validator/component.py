"""InfraValidator: the candidate answers requests on a real model server before anyone depends on it."""

import itertools
import os
import tempfile

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import standard_artifacts
from tfx.utils import io_utils, path_utils

from components.gates.blessing import record
from components.gates.override import from_json
from components.infra_validator.probe import observe
from components.infra_validator.rule import InfraGatePolicy, Observed, judge
from components.load_check.probe import NO_CHAMPION, Champion
from components.model_files import artifact as model_files
from components.model_files import folder
from components.model_files.rule import AlteredModelError
from components.spans.examples import records


@component
def InfraValidator(  # noqa: N802 - a node's name in the graph
    model: InputArtifact[standard_artifacts.Model],
    examples: InputArtifact[standard_artifacts.Examples],
    blessing: OutputArtifact[standard_artifacts.InfraBlessing],
    signature: Parameter[str],
    policy: Parameter[str],
    code_fingerprint: Parameter[str],
    overrides: Parameter[str] = "",
    on_first_run: Parameter[str] = "",
    champion_files: Parameter[str] = "",
    champion: InputArtifact[standard_artifacts.Model] = None,  # type: ignore[assignment]
) -> None:
    """Blesses a model that a model server loads and that answers.

    Starts `tensorflow_model_server` where it is on PATH, else this project's server with the same flags.

    Args:
      model: the candidate; custom property `files`, with which the served copy is compared.
      examples: raw examples; requests are made from the split `eval`.
      blessing: `verdict.json`, `INFRA_BLESSED` or `INFRA_NOT_BLESSED`; custom properties `blessed`,
        `gate`, `reason`.
      signature: of the model, one input of serialized tf.Examples.
      policy: InfraGatePolicy as JSON.
      code_fingerprint: of this component's code; part of the cache key.
      overrides: of checks that may fail, as JSON of components/gates/override.py.
      on_first_run: `allow` or `block` a candidate without a champion to be held against under load.
      champion_files: of the champion, as its release recorded them; empty if there is none.
      champion: what is driven beside the candidate; absent where there is none, or nothing is driven.
    """
    del code_fingerprint
    limits = InfraGatePolicy.model_validate_json(policy)
    rows = list(itertools.islice(records(examples, "eval"), limits.rows))
    with tempfile.TemporaryDirectory(prefix="infra-validation-") as base:
        copy = os.path.join(base, "candidate", "1")
        io_utils.copy_dir(path_utils.serving_model_path(model.uri), copy)
        try:
            model_files.check(model, copy)
        except AlteredModelError as error:
            observed = Observed(error=str(error))
        else:
            beside = _copied_champion(champion, champion_files, base)
            observed = observe(os.path.dirname(copy), rows, limits, signature=signature, champion=beside)
    verdict = judge(observed, limits, on_first_run=on_first_run, overrides=from_json(overrides))
    record(verdict, blessing, marker="INFRA_BLESSED")


def _copied_champion(champion: standard_artifacts.Model | None, recorded: str, base: str) -> Champion:
    """Returns a folder with the champion as its version 1, if there is one with the recorded files."""
    if champion is None:
        return NO_CHAMPION
    copy = os.path.join(base, "champion", "1")
    io_utils.copy_dir(path_utils.serving_model_path(champion.uri), copy)
    try:
        folder.check(copy, recorded)
    except AlteredModelError as error:
        return Champion(fault=str(error))
    return Champion(os.path.dirname(copy))
