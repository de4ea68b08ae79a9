"""The mutation task itself: it must see what it claims to see, on planted rules."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation import flip

ROOT = Path(__file__).parents[2]
RULE = "def judge(rows, least):\n    return rows >= least\n"
IMPORT = "from components.planted.rule import judge\n\n\n"
STRONG = IMPORT + "def test_it():\n    assert [judge(n, 2) for n in (1, 2, 3)] == [False, True, True]\n"
NO_BOUNDARY = IMPORT + "def test_it():\n    assert judge(3, 2)\n    assert not judge(1, 2)\n"
CANNOT_FAIL = IMPORT + "def test_it():\n    assert judge is not None\n"


def plant(root: Path, rule: str, tests: str) -> Path:
    for path, text in (
        (root / "components/planted/rule.py", rule),
        (root / "tests/components/planted/test_rule.py", tests),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.mutation.flip", "--root", str(root), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("source", "flipped"),
    [
        ("a < b", ["a <= b", "a >= b"]),
        ("a <= b", ["a < b", "a > b"]),
        ("a > b", ["a >= b", "a <= b"]),
        ("a >= b", ["a > b", "a < b"]),
        ("a == b", ["a != b"]),
        ("a != b", ["a == b"]),
        ("a is b", ["a is not b"]),
        ("a is not b", ["a is b"]),
        ("a in b", ["a not in b"]),
        ("a not in b", ["a in b"]),
        ("a and b and c", ["a or b or c"]),
        ("a or b", ["a and b"]),
        ("not a", ["a"]),
        ("a < b == c", ["a <= b == c", "a >= b == c", "a < b != c"]),
        ("f(not a)", ["f(a)"]),
        ("a + b", []),
    ],
)
def test_every_flip_of_an_expression_is_made_once_and_alone(source: str, flipped: list[str]):
    assert [ast.unparse(mutant.tree) for mutant in flip.mutants(source)] == flipped


def test_tests_that_notice_every_flip_leave_no_survivor(tmp_path: Path):
    done = run(plant(tmp_path, RULE, STRONG))
    assert (done.returncode, done.stderr) == (0, "")
    rule, everything = done.stdout.splitlines()[1:]
    assert rule.split() == ["components/planted/rule.py", "2", "2", "0"]
    assert everything.split()[:4] == ["all", "2", "2", "0"]


@pytest.mark.parametrize(
    ("tests", "survivors"),
    [(NO_BOUNDARY, ["rows > least"]), (CANNOT_FAIL, ["rows > least", "rows < least"])],
    ids=["no boundary value", "cannot fail"],
)
def test_a_flip_that_no_test_notices_is_named_and_fails_the_task(tmp_path: Path, tests: str, survivors):
    done = run(plant(tmp_path, RULE, tests))
    assert done.returncode == 1
    named = [line.strip() for line in done.stdout.splitlines() if "survives" in line]
    assert named == [f"survives, line 2: rows >= least  ->  {flipped}" for flipped in survivors]


def test_a_mutant_that_never_ends_is_stopped_and_counts_as_noticed(tmp_path: Path):
    rule = "def judge(n):\n    while n < 2:\n        n = min(n + 1, 2)\n    return n\n"
    tests = IMPORT + "def test_it():\n    assert judge(0) == 2\n"
    done = run(plant(tmp_path, rule, tests), "--timeout", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].split() == ["components/planted/rule.py", "2", "2", "0"]


def test_the_working_tree_is_never_touched(tmp_path: Path):
    root = plant(tmp_path, RULE, CANNOT_FAIL)
    before = {path: path.read_bytes() for path in root.rglob("*.py")}
    run(root)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        (
            None,
            "flip: components/planted/rule.py has no tests; expected tests/components/planted/test_rule.py",
        ),
        (
            IMPORT + "def test_it():\n    assert judge(1, 2)\n",
            "flip: the tests of components/planted/rule.py do not pass on the rule as it is (killed)",
        ),
        (
            IMPORT,
            "flip: the tests of components/planted/rule.py do not pass on the rule as it is (killed)",
        ),
    ],
    ids=["no file", "failing tests", "no test in the file"],
)
def test_a_rule_without_working_tests_fails_the_task(tmp_path: Path, tests: str | None, message: str):
    root = plant(tmp_path, RULE, tests or "")
    if tests is None:
        (root / "tests/components/planted/test_rule.py").unlink()
    done = run(root)
    assert (done.returncode, done.stderr.strip()) == (1, message)


def test_every_rule_of_this_project_is_found():
    found = {str(path.relative_to(ROOT)) for path in flip.rules(ROOT)}
    assert {str(path.relative_to(ROOT)) for path in ROOT.glob("components/*/rule.py")} < found
    assert {pattern for pattern in flip.PATTERNS if "*" not in pattern} < found
