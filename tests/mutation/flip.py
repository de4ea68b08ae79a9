"""Flips every comparison of every rule, one at a time, and shows that the rule's own tests notice.

    python -m tests.mutation.flip

A rule is a module that PATTERNS names: it decides on plain values. Its tests are the file of the same path
under tests/, named test_*. Each mutant lives in a forked process that has it in place
of the module, so the working tree is never touched. Exits 1 if a mutant survives, or if a rule has no tests.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import dataclasses
import functools
import importlib
import multiprocessing
import os
import signal
import sys
import time
import types
import warnings
from collections.abc import Iterator
from pathlib import Path

import hypothesis  # noqa: F401 - what every mutant's tests import is imported once, before the forks
import numpy  # noqa: F401
import pyarrow.compute  # noqa: F401
import pydantic  # noqa: F401
import pytest

PATTERNS = (
    "components/*/rule.py",
    "components/data_gate/*_rule.py",
    "components/data_gate/policy.py",
    "components/evaluator/*_rule.py",
    "components/evaluator/policy.py",
    "components/evaluator/shown_number.py",
    "components/example_gen/checks.py",
    "components/example_gen/hash_split.py",
    "components/gates/verdict.py",
    "components/iso_day.py",
    "components/model_files/rule.py",
    "components/pusher/numbers.py",
    "components/release/version_rule.py",
    "components/spans/shards.py",
    "components/spans/span_ref.py",
    "infra/promotion/gate_rule.py",
    "infra/promotion/scan_rule.py",
    "monitoring/**/rule*.py",
    "monitoring/drift_rule.py",
    "pipeline/launch/calendar.py",
    "serving/values.py",
    "pipeline/data/propose/calendar_rule.py",
    "pipeline/data/propose/contradictions.py",
    "pipeline/data/rules/dialect.py",
    "pipeline/data/imports/far_days.py",
    "pipeline/data/propose/gates_rule.py",
    "pipeline/data/rules/header_rule.py",
    "pipeline/data/imports/known_day.py",
    "pipeline/data/infer/epochs.py",
    "pipeline/data/infer/label_doubts.py",
    "pipeline/data/infer/label_refusals.py",
    "pipeline/data/infer/mixed_marks.py",
    "pipeline/data/infer/row_index.py",
    "pipeline/data/rules/mixed_text.py",
    "pipeline/data/rules/moment_format.py",
    "pipeline/data/rules/number_text.py",
    "pipeline/data/rules/preamble.py",
    "pipeline/data/convert/raw_request.py",
    "pipeline/data/rules/rules_check.py",
    "pipeline/data/rules/same_reading.py",
    "pipeline/data/rules/unnamed.py",
    "pipeline/data/imports/span_names.py",
    "pipeline/data/propose/training_rule.py",
    "pipeline/spans/advice.py",
    "pipeline/spans/complete_days.py",
    "pipeline/spans/day_choice.py",
    "components/spans/grain.py",
    "pipeline/spans/left_out.py",
    "pipeline/spans/refusal.py",
    "pipeline/spans/window.py",
    "serving/models/follow_rule.py",
    "serving/rollout/*_rule.py",
    "trainer/column_rule.py",
    "pipeline/config/cloud_doubts.py",
    "pipeline/config/cron_rule.py",
    "pipeline/config/dropped_rule.py",
    "pipeline/config/exceptions_rule.py",
    "pipeline/config/google_names.py",
    "pipeline/config/machines.py",
    "pipeline/config/split_rule.py",
    "pipeline/launch/comparability.py",
    "pipeline/launch/overrides.py",
    "pipeline/data/differences/difference_rule.py",
    "pipeline/launch/reason.py",
    "pipeline/lineage/beside_rule.py",
    "pipeline/lineage/events_json.py",
    "pipeline/lineage/models.py",
    "pipeline/lineage/release_policy.py",
    "pipeline/lineage/state_machine.py",
    "pipeline/runners/vertex/traffic_rule.py",
)
FLIPS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
PASSED, KILLED, HUNG = "passed", "killed", "hung"


@dataclasses.dataclass(frozen=True)
class Mutant:
    """A rule's source with one thing flipped."""

    line: int
    before: str
    after: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Every way to flip one comparison, `and`/`or` or `not` of a source."""
    for position, node in enumerate(ast.walk(ast.parse(source))):
        for choice in range(_choices(node)):
            tree = ast.parse(source)
            target = list(ast.walk(tree))[position]
            before = ast.unparse(target)
            tree, after = _flip(tree, target, choice)
            yield Mutant(target.lineno, before, after, ast.fix_missing_locations(tree))


def _choices(node: ast.AST) -> int:
    if isinstance(node, ast.Compare):
        return sum(len(FLIPS[type(operator)]) for operator in node.ops)
    return int(
        isinstance(node, ast.BoolOp) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))
    )


def _flip(tree: ast.Module, target: ast.AST, choice: int) -> tuple[ast.Module, str]:
    if isinstance(target, ast.Compare):
        flips = [(at, flip) for at, operator in enumerate(target.ops) for flip in FLIPS[type(operator)]]
        at, flip = flips[choice]
        target.ops[at] = flip()
    elif isinstance(target, ast.BoolOp):
        target.op = ast.Or() if isinstance(target.op, ast.And) else ast.And()
    elif isinstance(target, ast.UnaryOp):
        operand = target.operand
        return _Replace(target, operand).visit(tree), ast.unparse(operand)
    return tree, ast.unparse(target)


class _Replace(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST):
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def run_tests(module: str, tree: ast.Module, file: Path, tests: Path, timeout_s: float) -> str:
    """Runs a rule's tests in a forked process in which the module is the given tree.

    Returns:
      passed, killed (a test failed, or the module could not even be loaded) or hung.
    """
    with _forks():
        child = os.fork()
    if child == 0:
        code = 1
        try:
            code = _run_tests_here(module, tree, file, tests)
        finally:
            os._exit(code)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return PASSED if os.waitstatus_to_exitcode(status) == 0 else KILLED
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return HUNG


@contextlib.contextmanager
def _forks() -> Iterator[None]:
    """Lets a process fork without a warning.

    Python 3.12 warns of the idle threads that NumPy and Arrow start when imported. Both cope with a fork, and
    a rule whose tests hang in one is refused: they run on the unchanged rule first.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        yield


def _run_tests_here(module: str, tree: ast.Module, file: Path, tests: Path) -> int:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True  # pytest would leave its rewritten tests beside them
    mutated = types.ModuleType(module)
    mutated.__file__ = str(file)
    sys.modules[module] = mutated  # before its code runs: dataclasses look their module up
    exec(compile(tree, str(file), "exec"), mutated.__dict__)
    parent, _, name = module.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], name, mutated)
    # Plain asserts: only whether a test fails is asked, and rewriting them takes longer than most tests.
    return int(pytest.main(["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", str(tests)]))


def rules(root: Path) -> list[Path]:
    """Paths of the rules below a folder."""
    return sorted(path for pattern in PATTERNS for path in root.glob(pattern))


def survivors_of(rule: Path, root: Path, timeout_s: float) -> tuple[list[Mutant], int]:
    """The mutants of a rule that no test notices, and how many mutants there are.

    Raises:
      LookupError: the rule has no tests, or they fail without any mutation.
    """
    relative = rule.relative_to(root)
    tests = root / "tests" / relative.with_name(f"test_{relative.name}")
    module = ".".join(relative.with_suffix("").parts)
    if not tests.is_file():
        raise LookupError(f"{relative} has no tests; expected {tests.relative_to(root)}")
    source = rule.read_text(encoding="utf-8")
    # A slow machine is no reason to refuse a rule; a mutant need not wait as long.
    unchanged = run_tests(module, ast.parse(source), rule, tests, 4 * timeout_s)
    if unchanged != PASSED:
        raise LookupError(f"the tests of {relative} do not pass on the rule as it is ({unchanged})")
    every = list(mutants(source))
    return [m for m in every if run_tests(module, m.tree, rule, tests, timeout_s) == PASSED], len(every)


def main(arguments: list[str] | None = None) -> int:
    """Prints a line a rule and one for each survivor; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).parents[2], help="a tree with rules and tests"
    )
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds after which a mutant is hung")
    given = parser.parse_args(arguments)
    root = given.root.resolve()
    started, total, alive = time.monotonic(), 0, 0
    print(f"{'rule':<42}{'mutants':>8}{'killed':>8}{'survivors':>11}", flush=True)
    judge = functools.partial(survivors_of, root=root, timeout_s=given.timeout)
    with _forks():
        pool = multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0)))
    with pool:
        judged = pool.imap(judge, rules(root))
        for rule in rules(root):
            try:
                survivors, count = next(judged)
            except LookupError as error:
                print(f"flip: {error}", file=sys.stderr)
                return 1
            total, alive = total + count, alive + len(survivors)
            print(
                f"{rule.relative_to(root)!s:<42}{count:>8}{count - len(survivors):>8}{len(survivors):>11}",
                flush=True,
            )
            for mutant in survivors:
                print(f"  survives, line {mutant.line}: {mutant.before}  ->  {mutant.after}", flush=True)
    print(f"{'all':<42}{total:>8}{total - alive:>8}{alive:>11}   {time.monotonic() - started:.0f} s")
    return 1 if alive else 0


if __name__ == "__main__":
    importlib.import_module(
        "components.gates.verdict"
    )  # what the rules share, loaded once and not once a mutant
    sys.exit(main())
