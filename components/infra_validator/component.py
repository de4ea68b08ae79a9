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
from components.model_files import artifact as model_files
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
    """
    del code_fingerprint
    limits = InfraGatePolicy.model_validate_json(policy)
    rows = list(itertools.islice(records(examples, "eval"), limits.rows))
    with tempfile.TemporaryDirectory(prefix="infra-validation-") as base:
        copy = os.path.join(base, "1")
        io_utils.copy_dir(path_utils.serving_model_path(model.uri), copy)
        try:
            model_files.check(model, copy)
            observed = observe(base, rows, limits, signature=signature)
        except AlteredModelError as error:
            observed = Observed(error=str(error))
    record(judge(observed, limits, overrides=from_json(overrides)), blessing, marker="INFRA_BLESSED")
