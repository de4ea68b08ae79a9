"""The trigger function's package: small, the same byte for byte, and at home in its own environment."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from infra.functions.package import OWN, contents, pack

ROOT = Path(__file__).parents[2]
# Distribution to the module it brings, where the names differ.
BRINGS = {"google_auth": "google", "pyyaml": "yaml"}


def test_what_is_packed_imports_only_what_its_lock_holds() -> None:
    """A module shared with the pipeline must not begin to need TFX's libraries when it is loaded."""
    lock = (ROOT / "infra/functions/requirements.lock").read_text()
    distributions = [name.replace("-", "_") for name in re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)]
    known = {BRINGS.get(name, name) for name in distributions} | sys.stdlib_module_names | set(OWN)
    for path, content in contents().items():
        if path.endswith(".py"):
            assert {name for name in _loaded(content) if name not in known} == set(), path
            google = {name for name in _loaded(content, whole=True) if name.startswith("google.")}
            assert all(name.startswith("google.auth") for name in google), path


def _loaded(source: bytes, whole: bool = False) -> set[str]:
    """Modules that loading a source imports; top names alone, or whole."""
    found = set()
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
            elif not isinstance(node, ast.FunctionDef):
                waiting.append(node)
    return found if whole else {name.partition(".")[0] for name in found}


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """Terraform deploys when the hash changes, and only then."""
    pack(tmp_path / "one.zip")
    pack(tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_package_is_small() -> None:
    """Code and lock, no data, no tests: under 550 KB unpacked."""
    packed = contents()
    assert sum(map(len, packed.values())) < 550_000
    assert {"main.py", "requirements.txt", "monitoring/retraining/rule.py"} <= packed.keys()
    assert not [name for name in packed if name.startswith("tests/")]
    assert {name for name in packed if name.startswith("serving/") and not name.endswith("__init__.py")} == {
        "serving/client/foreign_answer.py",
        "serving/json_fields.py",
        "serving/rollout/plan.py",
    }
    assert {
        name for name in packed if name.startswith("components/") and not name.endswith("__init__.py")
    } == {
        "components/config_section.py",
        "components/gates/data_checks.py",
        "components/gates/no_baseline.py",
        "components/data_gate/columns.py",
        "components/data_gate/policy.py",
        "components/did_you_mean.py",
        "components/evaluator/metric_table.py",
        "components/evaluator/policy.py",
        "components/evaluator/slices_rule.py",
        "components/evaluator/task_rule.py",
        "components/example_gen/hash_split.py",
        "components/foreign_answer.py",
        "components/gates/check_names.py",
        "components/gates/override.py",
        "components/gates/verdict.py",
        "components/infra_validator/rule.py",
        "components/iso_day.py",
        "components/load_check/rule.py",
        "components/model_files/rule.py",
        "components/one_line_text.py",
        "components/release/version_rule.py",
        "components/shown.py",
        "components/spans/bigquery_partition.py",
        "components/spans/grain.py",
        "components/spans/span_ref.py",
        "components/task.py",
    }
