"""Fingerprints of code: what a stage's result depends on besides its inputs and parameters.

TFX's own cache key holds neither the code behind a dotted name nor library versions, so each stage gets this
as a parameter. It covers the named modules and, transitively, every module of this project that they import,
found by reading the sources (nothing is imported).
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("components", "monitoring", "pipeline", "serving", "trainer")
LIBRARIES = (
    "tfx",
    "tensorflow",
    "keras",
    "tensorflow-data-validation",
    "tensorflow-transform",
    "tfx-bsl",
    "numpy",
    "pyarrow",
)


def of_modules(*names: str, alone: tuple[str, ...] = ()) -> str:
    """SHA-256 over the sources of `names`, of what they import from this project, and over library versions.

    Args:
      names: dotted module names.
      alone: modules whose own source counts, but not what they import.
    """
    sources = {name: path for root in names for name, path in _closure(root).items()}
    sources |= {name: _find(name) for name in alone}
    digest = hashlib.sha256(_libraries().encode())
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + sources[name].read_bytes() + b"\0")
    return digest.hexdigest()


def _closure(root: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = _find(name)
        package = name.rpartition(".")[0]  # its __init__.py runs too
        waiting.extend(filter(_is_module, [package] if package else []))
        waiting.extend(imported for imported in _imports(found[name]) if imported not in found)
    return found


def _imports(path: Path) -> Iterator[str]:
    """Names of this project's modules that a source file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            candidates = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            candidates = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in candidates if name.split(".")[0] in PACKAGES and _is_module(name))


def _is_module(name: str) -> bool:
    return _source(name) is not None


def _find(name: str) -> Path:
    source = _source(name)
    if source is None:
        raise ModuleNotFoundError(f"no module {name!r} to fingerprint")
    return source


def _source(name: str) -> Path | None:
    """The file of a module, found by path: looking a submodule up by its spec would import its parents."""
    top, *rest = name.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None or not spec.submodule_search_locations:
        return None
    base = Path(spec.submodule_search_locations[0]).joinpath(*rest)
    candidates = (base.with_suffix(".py"), base / "__init__.py") if rest else (base / "__init__.py",)
    return next((path for path in candidates if path.is_file()), None)


def _libraries() -> str:
    versions = " ".join(f"{name}={importlib.metadata.version(name)}" for name in LIBRARIES)
    return f"python={sys.version_info.major}.{sys.version_info.minor} {versions}"
