"""An executor finds a local stand-in by its name in the environment, and imports none."""

import grimp
import pytest

from pipeline.runners.kfp import stand_in


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("pipeline", "components", include_external_packages=True)


def test_without_the_variable_the_services_are_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(stand_in.VARIABLE, raising=False)
    assert stand_in.installed() is None


def test_the_variable_names_the_module(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(stand_in.VARIABLE, "pipeline.errors")
    assert stand_in.installed().__name__ == "pipeline.errors"


@pytest.mark.parametrize("module", ["train", "push", "endpoint", "executors"])
def test_what_runs_in_the_cloud_imports_neither_the_local_runner_nor_a_stand_in(
    imports: grimp.ImportGraph, module: str
):
    reached = imports.find_upstream_modules(f"pipeline.runners.vertex.{module}")
    assert not {name for name in reached if name.startswith("pipeline.runners.kfp.local")}
    assert "pipeline.runners.vertex.local_stand_in" not in reached


def test_the_endpoint_needs_no_tfx(imports: grimp.ImportGraph):
    reached = imports.find_upstream_modules("pipeline.runners.vertex.endpoint")
    assert "google" in {name.split(".")[0] for name in reached}
    assert not {"tfx", "tensorflow", "kfp", "ml_metadata"} & {name.split(".")[0] for name in reached}


def test_what_speaks_kfp_knows_no_service(imports: grimp.ImportGraph):
    """A runner for Kubeflow uses the same modules."""
    members = [name for name in imports.modules if name.startswith("pipeline.runners.kfp.")]
    assert len(members) > 15
    for name in members:
        direct = imports.find_modules_directly_imported_by(name)
        assert not {
            each for each in direct if each.startswith(("pipeline.runners.vertex", "google.cloud"))
        }, name
