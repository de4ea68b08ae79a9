"""The contracts of pyproject.toml bite: each of them breaks when the import that it forbids is planted."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def verdicts(tree: Path) -> dict[str, str]:
    """Contract to KEPT or BROKEN."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=60, check=False)
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
