"""Packs the trigger function: its code, what it shares with the pipeline, and its lock.

    python -m infra.functions.package build/trigger.zip

The zip is the same, byte for byte, as long as its content is: Terraform deploys when its hash changes.

Imports are followed only as far as loading goes. What a function imports when it is called stays out: there
the command line's side of a shared module needs libraries that the trigger does without. Fingerprints of
stages (pipeline/launch/fingerprint.py) follow those imports too, because a stage runs them.
"""

from __future__ import annotations

import argparse
import ast
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENTRY = "infra.functions.trigger.handler"
OWN = ("components", "infra", "monitoring", "pipeline", "serving", "trainer")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def contents() -> dict[str, bytes]:
    """Returns path in the zip to content: main.py, requirements.txt, and every module that loading loads."""
    functions = ROOT / "infra" / "functions"
    files = {
        "main.py": (functions / "main.py").read_bytes(),
        "requirements.txt": (functions / "requirements.lock").read_bytes(),
    }
    return files | {str(path.relative_to(ROOT)): path.read_bytes() for path in sorted(_closure(ENTRY))}


def pack(into: Path) -> None:
    """Writes the zip."""
    into.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(contents().items()):
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)


def _closure(entry: str) -> set[Path]:
    """Returns the files of a module and of all of ours that loading it loads."""
    files: set[Path] = set()
    waiting = [entry]
    while waiting:
        for path in _files(waiting.pop()):
            if path not in files:
                files.add(path)
                waiting.extend(_loaded_modules(path))
    return files


def _files(module: str) -> Iterator[Path]:
    """Yields the file of a module and those of the packages around it; nothing for what is not ours."""
    parts = module.split(".")
    if parts[0] not in OWN:
        return
    for depth in range(1, len(parts) + 1):
        base = ROOT.joinpath(*parts[:depth])
        yield from filter(Path.is_file, (base / "__init__.py", base.with_suffix(".py")))


def _loaded_modules(path: Path) -> Iterator[str]:
    """Yields what a file imports when it is loaded; of `from a import b`, `a.b` covers `a` too."""
    waiting: list[ast.AST] = [ast.parse(path.read_bytes())]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            elif not isinstance(node, ast.FunctionDef):
                waiting.append(node)


def main() -> None:
    """Packs into the file that the command line names."""
    parser = argparse.ArgumentParser(description="Packs the trigger function.")
    parser.add_argument("into", type=Path, help="the zip to write")
    into = parser.parse_args().into
    pack(into)
    print(f"{into}: {into.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
