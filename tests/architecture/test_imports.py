"""What an import linter cannot see: names in strings, parts of libraries, a folder that may be gone."""

import ast
import functools
import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import stages
from pipeline.launch import fingerprint

ROOT = Path(__file__).parents[2]
PACKAGES = ("pipeline", "components", "trainer", "serving", "monitoring", "sample")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
GRAPH = ROOT / "pipeline" / "graph.py"


@functools.cache  # every rule looks at every module
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Dotted names that a file imports, anywhere in it."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def texts(path: Path) -> Iterator[str]:
    return (
        node.value
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def dotted_names(path: Path) -> set[str]:
    """Texts of a file that look like `package.module.name` with a package of ours."""
    found = {text for text in texts(path) if all(part.isidentifier() for part in text.split("."))}
    return {text for text in found if "." in text and text.split(".")[0] in PACKAGES}


def source(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


def is_function(dotted: str) -> bool:
    """Whether `module.name` is a function, defined there or imported there from another module of ours."""
    module, _, name = dotted.rpartition(".")
    path = source(module)
    if path is None:
        return False
    for node in parse(path).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return True
        if isinstance(node, ast.ImportFrom) and name in [alias.asname or alias.name for alias in node.names]:
            (alias,) = [alias for alias in node.names if (alias.asname or alias.name) == name]
            return is_function(f"{node.module}.{alias.name}")
    return False


def closure(*names: str) -> set[str]:
    """Modules that the code fingerprints of stages cover."""
    covered: set[str] = set()
    for row in (row for row in stages.STAGES if row.name in names):
        covered.update(row.code_alone, *(fingerprint.reached_from(root) for root in row.code))
    return covered


def test_the_graph_names_functions_by_strings():
    """Else the next test would check nothing."""
    assert len(dotted_names(GRAPH)) >= 2


@pytest.mark.parametrize("dotted", sorted(dotted_names(GRAPH)))
def test_every_dotted_name_in_the_graph_is_a_function_that_exists(dotted: str):
    assert is_function(dotted)


@pytest.mark.parametrize("dotted", ["trainer.entry.no_such_fn", "trainer.nowhere.run_fn", "trainer.entry"])
def test_a_dotted_name_that_leads_nowhere_is_seen(dotted: str):
    assert not is_function(dotted)


def test_a_module_that_is_started_by_name_exists_and_counts_to_the_code_of_the_gate_that_starts_it():
    started = set()
    for path in SOURCES:
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.List | ast.Tuple):
                parts = [part.value if isinstance(part, ast.Constant) else None for part in node.elts]
                started |= {name for flag, name in itertools.pairwise(parts) if flag == "-m"}
    assert started == {"serving.server"}
    assert all(source(name) for name in started)
    assert {f"{name}.main" for name in started} <= closure("InfraValidator")


def test_every_component_counts_to_the_code_of_a_stage():
    shells = [*ROOT.glob("components/*/component.py"), *ROOT.glob("components/*/executor.py")]
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in shells}
    folders = {path.name for path in (ROOT / "components").iterdir() if (path / "__init__.py").is_file()}
    assert {module.split(".")[1] for module in modules} == folders - {
        "champion_check",
        "gates",
        "load_check",
        "model_files",
        "spans",
    }
    decides_nothing = {"components.notify.component"}
    assert modules - decides_nothing <= closure(*(row.name for row in stages.STAGES))


def test_everything_that_the_trainers_entry_imports_counts_to_transform_or_trainer():
    imports = {name for name in imported(ROOT / "trainer" / "entry.py") if source(name)}
    assert "trainer.preprocessing" in imports
    assert imports <= closure("Transform", "Trainer")


def test_a_change_of_the_model_does_not_change_what_transform_did():
    assert not {"trainer.model", "trainer.training.train", "trainer.training.export"} & closure("Transform")
    assert {
        "trainer.model",
        "trainer.training.train",
        "trainer.training.export",
        "trainer.features",
    } <= closure("Trainer")


def test_the_graph_uses_the_code_of_every_stage_and_no_other():
    used = {
        ast.unparse(node.slice)
        for node in ast.walk(parse(GRAPH))
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).split(".")[-1] == "code"
    }
    rows = {name: row for name, row in vars(stages).items() if isinstance(row, stages.Stage)}
    assert used == {f"stages.{name}.name" for name in rows}
    assert set(rows.values()) == set(stages.STAGES)


def test_no_module_imports_tfx_v1():
    """It takes 12 seconds more than the modules that are used."""
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in SOURCES
        for name in imported(path)
        if name == "tfx.v1" or name.startswith("tfx.v1.")
    }
    assert found == set()


@pytest.mark.slow
def test_building_the_graph_imports_neither_tfx_v1_nor_a_cloud_client():
    code = (
        "import sys, pipeline.graph, pipeline.runners.local, pipeline.retrain; "
        "print([name for name in ('tfx.v1', 'google.cloud.aiplatform', 'kfp') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_sample_imports_nothing_of_the_project():
    if not (ROOT / "sample").is_dir():
        pytest.skip("this fork has deleted the sample")
    own = [path for path in SOURCES if path.is_relative_to(ROOT / "sample")]
    others = set(PACKAGES) - {"sample"}
    assert not {name for path in own for name in imported(path) if name.split(".")[0] in others}


def test_only_the_worker_pool_pickles_and_it_reads_pipes_alone():
    """Whoever can write a file below the root must not choose what code runs: see docs/security.md."""
    runs_code = {"pickle", "dill", "cloudpickle", "marshal", "joblib", "shelve"}
    found = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if {name.split(".")[0] for name in imported(path)} & runs_code
        or any(isinstance(node, ast.keyword) and node.arg == "allow_pickle" for node in ast.walk(parse(path)))
    }
    assert found == {"components/workers.py"}
