"""Fingerprints of code: what a stage's result depends on besides its inputs and parameters.

TFX's own cache key covers neither the code behind a dotted name nor library versions, so each stage takes a
fingerprint as a parameter. It covers the stage's modules and, transitively, every module of this project that
they import. The sources are only read, not imported. What has no effect on the result does not count:
see source_meaning.py.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from pipeline.config import columns
from pipeline.errors import UserError
from pipeline.launch.source_meaning import meaning
from pipeline.stages import STAGES

PACKAGES = ("components", "monitoring", "pipeline", "serving", "trainer")
GRAPH = "graph"
# What wires the stages: a changed condition or literal in it decides a result as well.
GRAPH_CODE = (
    "pipeline.graph",
    "pipeline.stages",
    "pipeline.launch.graph_inputs",
    "pipeline.launch.job_shapes",
)
COLUMNS = "trainer.features"  # reads columns.yaml, of which everything but comments counts
LIBRARIES = (
    "tfx",
    "tensorflow",
    "keras",
    "tensorflow-data-validation",
    "tensorflow-transform",
    "tensorflow-model-analysis",
    "tfx-bsl",
    "apache-beam",
    "numpy",
    "pyarrow",
)


def of_stages() -> dict[str, str]:
    """Returns the fingerprint of each stage's code, by the stage's name, and that of the graph."""
    stages = {stage.name: of_modules(*stage.code, alone=stage.code_alone) for stage in STAGES}
    return {**stages, GRAPH: of_modules(alone=GRAPH_CODE)}


def of_modules(*names: str, alone: tuple[str, ...] = ()) -> str:
    """Returns SHA-256 of the code of modules, of what they import from this project, and library versions.

    Args:
      names: dotted module names.
      alone: modules whose own code counts, but not what they import.

    Raises:
      ModuleNotFoundError: there is no such module.
      UserError: a source is not Python, or the table of columns cannot be used.
    """
    sources = {name: path for root in names for name, path in reached_from(root).items()}
    sources |= {name: _find(name) for name in alone}
    digest = hashlib.sha256(_libraries().encode())
    for name in sorted(sources):
        digest.update(f"{name}\0{meaning(sources[name].read_bytes())}\0".encode())
    if COLUMNS in sources:
        digest.update(repr(columns.read()).encode())
    return digest.hexdigest()


def reached_from(root: str) -> dict[str, Path]:
    """Returns the file of a module, and of each module of this project that it imports, by module name."""
    reached: dict[str, Path] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached[name] = _find(name)
        package = name.rpartition(".")[0]  # its __init__.py runs too
        waiting.extend(filter(_is_module, [package] if package else []))
        waiting.extend(_imports(reached[name]))
    return reached


def _imports(path: Path) -> Iterator[str]:
    """Yields the names of this project's modules that a source file imports, anywhere in it."""
    try:
        names = _imported_names(path.read_bytes())
    except SyntaxError as error:
        raise UserError(f"{path}:{error.lineno}: {error.msg}; the code cannot run as it is") from error
    for name in names:
        if name.split(".")[0] in PACKAGES and _is_module(name):
            yield name


@functools.cache  # stages share modules
def _imported_names(source: bytes) -> tuple[str, ...]:
    """Returns every dotted name that a source may import: of `from a import b`, both `a` and `a.b`."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)


def _is_module(name: str) -> bool:
    return _source(name) is not None


def _find(name: str) -> Path:
    source = _source(name)
    if source is None:
        raise ModuleNotFoundError(f"no module {name!r} to fingerprint")
    return source


def _source(name: str) -> Path | None:
    """Returns the file of a module, by path: to look up the spec of a submodule would import its parents."""
    top, *rest = name.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None or not spec.submodule_search_locations:
        return None
    base = Path(spec.submodule_search_locations[0]).joinpath(*rest)
    candidates = (base.with_suffix(".py"), base / "__init__.py") if rest else (base / "__init__.py",)
    return next((path for path in candidates if path.is_file()), None)


@functools.cache  # every stage's fingerprint covers them, and each look parses their metadata
def _libraries() -> str:
    return " ".join(f"{name}={importlib.metadata.version(name)}" for name in LIBRARIES)
