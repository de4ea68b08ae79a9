"""The contracts of pyproject.toml bite: each of them breaks when the import that it forbids is planted."""

import itertools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.api import read_configuration

ROOT = Path(__file__).parents[2]
PACKAGES = ("pipeline", "components", "trainer", "serving", "monitoring")

# File to the import that is planted in it.
PLANTED = {
    "serving/__init__.py": "import components.gates.verdict",
    "components/gates/blessing.py": "import pipeline.lineage.runs",
    "components/release/rule.py": "import tfx.types",
    "trainer/model.py": "import serving",
    "trainer/preprocessing.py": "import tfx.types",
    "pipeline/spans/window.py": "import trainer.preprocessing, sample.flights",
    "pipeline/errors.py": "import tensorflow",
    "serving/server/rest_api.py": "import serving.models.versions",
    "pipeline/data/rules/dialect.py": "import pipeline.data.write.journal",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=60, check=False)


def verdicts(tree: Path) -> dict[str, str]:
    """Contract to KEPT or BROKEN."""
    done = lint(tree)
    lines = [line.split(" (")[0].rsplit(" ", 1) for line in done.stdout.splitlines()]
    found = {
        name: verdict
        for name, verdict in filter(lambda pair: len(pair) == 2, lines)
        if verdict in ("KEPT", "BROKEN")
    }
    assert done.returncode == int("BROKEN" in found.values()), done.stdout + done.stderr
    return found


def test_every_contract_is_kept_and_each_breaks_on_the_import_it_forbids(tree: Path):
    kept = verdicts(tree)
    assert kept
    assert set(kept.values()) == {"KEPT"}
    for name, planted in PLANTED.items():
        path = tree / name
        path.write_text(f"{path.read_text()}\n{planted}\n")
    assert verdicts(tree) == dict.fromkeys(kept, "BROKEN")


def test_the_contracts_hold_in_a_fork_that_deleted_the_sample(tree: Path):
    assert not (tree / "sample").exists()
    assert set(verdicts(tree).values()) == {"KEPT"}


def layers() -> list[list[list[str]]]:
    """The rooms of each contract of layers, floor by floor from the top."""
    contracts = read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    of_layers = [each for each in contracts if each["type"] == "layers"]
    assert not any("ignore_imports" in contract for contract in of_layers)
    return [[re.split(r" [:|] ", floor) for floor in contract["layers"]] for contract in of_layers]


def file_of(room: str, tree: Path) -> Path:
    path = tree.joinpath(*room.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def test_the_contracts_of_layers_name_every_room(tree: Path):
    """Rooms that hold rooms are named by these."""
    named = {room for floors in layers() for floor in floors for room in floor}
    packages = ("pipeline", "pipeline.runners", "pipeline.data", "components", "serving", "trainer")
    found = {
        f"{package}.{path.stem}"
        for package in packages
        for path in tree.joinpath(*package.split(".")).iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
    }
    assert found | {"monitoring"} == named | set(packages) - {"pipeline", "components", "serving", "trainer"}


def test_no_floor_may_import_the_one_above_it(tree: Path):
    """An arrow that points up is planted in each floor; the linter names every one."""
    pairs = [(lower[0], upper[0]) for floors in layers() for upper, lower in itertools.pairwise(floors)]
    for lower, upper in pairs:
        path = file_of(lower, tree)
        path.write_text(f"{path.read_text()}\nimport {upper}\n")
    said = lint(tree).stdout
    missed = [(low, up) for low, up in pairs if f"{low} is not allowed to import {up}" not in said]
    assert missed == []
