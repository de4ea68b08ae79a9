"""Every check that a gate makes has a name that an override can give."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.gates.check_names import CHECKS, METRIC, names_of

ROOT = Path(__file__).parents[3] / "components"
FOLDERS = {"data": ("data_gate", "champion_check"), "model": ("evaluator",), "infra": ("infra_validator",)}


def written_names(folder: Path) -> Iterator[str]:
    """Yields the names in `Check(...)`, what is filled into an f-string as METRIC."""
    for path in sorted(folder.glob("*.py")):
        tree = ast.parse(path.read_text())
        texts = dict(_assigned(tree))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Check":
                named = [each.value for each in call.keywords if each.arg == "name"] or call.args[:1]
                yield from _text(named[0], texts)


def _assigned(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            for target, value in zip(getattr(node.targets[0], "elts", ()), node.value.elts, strict=False):
                if isinstance(target, ast.Name):
                    yield target.id, value


def _text(node: ast.expr, texts: dict[str, ast.expr]) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(METRIC if isinstance(part, ast.FormattedValue) else part.value for part in node.values)
    elif isinstance(node, ast.Name) and node.id in texts:
        yield from _text(texts[node.id], texts)


@pytest.mark.parametrize("gate", FOLDERS)
def test_the_names_in_a_gates_code_are_in_the_list(gate: str):
    found = {name for folder in FOLDERS[gate] for name in written_names(ROOT / folder)}
    patterns = [re.escape(name).replace(re.escape(METRIC), ".+") for name in CHECKS[gate]]
    missing = [name for name in found if not any(re.fullmatch(each, name) for each in patterns)]
    assert found
    assert not missing, f"add to components/gates/check_names.py: {sorted(missing)}"


def test_a_name_with_a_metric_is_one_for_each():
    names = names_of("model", ("AUC", "Recall"))
    assert {"AUC at least", "Recall at least", "Recall worse than champion by at most"} <= set(names)
    assert "on_overlap" in names
    assert names_of("infra", ("AUC",)) == CHECKS["infra"]
