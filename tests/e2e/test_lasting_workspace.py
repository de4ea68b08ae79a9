"""A workspace outlives the code that made it and the place where it was made.

former_roots/ holds roots that earlier versions made, each with one released model: what `evergreen run
--until 2013-02-10` with SETTINGS left in a folder elsewhere, without the examples. Every later version has to
go on with them: the champion is found, and the next candidate is compared with it.
"""

import json
import tarfile
from pathlib import Path

import pytest

from tests.e2e.conftest import SMALL, Project, states

pytestmark = pytest.mark.e2e

FORMER_ROOTS = sorted(Path(__file__).with_name("former_roots").glob("*.tar.xz"))
SETTINGS = {**SMALL, "training.embedding_size": "2", "training.hidden_units": "[8]"}


@pytest.mark.parametrize("packed", FORMER_ROOTS, ids=lambda path: path.name)
def test_a_root_made_by_an_earlier_version_elsewhere_goes_on(packed: Path, tmp_path: Path, flights: Path):
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    project = Project(tmp_path, flights, SETTINGS)

    # Read only: nothing in the store is changed by looking at it.
    store = project.workspace.metadata.read_bytes()
    shown = project.call("lineage", "champion", "--json")
    assert shown.returncode == 0, shown.stderr
    (model,) = json.loads(shown.stdout)["artifacts"]["Trainer.model"]
    assert Path(model, "Format-Serving", "saved_model.pb").is_file()
    assert Path(model).is_relative_to(tmp_path)
    assert project.workspace.metadata.read_bytes() == store

    project.call("run", "--until", "2013-02-17")

    first, run = project.runs()
    assert run.state in ("succeeded", "stopped"), project.log_tail()
    assert (first.released, run.launch["champion"]) == ("1.0.1", "1.0.1")
    assert states(run)["Evaluator"] == "complete"
    metrics = json.loads(Path(run.output("Evaluator", "evaluation").uri, "metrics.json").read_text())
    assert 0.5 < metrics["champion"]["overall"]["AUC"] < 1.0
    assert Path(project.champion.model_uri).is_relative_to(tmp_path)
    released = ["1.0.1", "1.0.2"] if run.state == "succeeded" else ["1.0.1"]
    assert [each.released for each in project.runs() if each.released] == released
