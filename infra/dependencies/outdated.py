"""Shows whether a newer whole set of dependencies resolves, and which package holds each that cannot move.

python -m infra.dependencies.outdated UV PYPROJECT LOCK PYTHON [further options of `uv pip compile` ...]

A newer set is one that resolves without the versions that PYPROJECT asks for, and in which no direct
dependency is older than LOCK has it. It needs the package index, by uv's own settings (UV_DEFAULT_INDEX), and
takes minutes where nothing is cached or much is held.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

_LINE = re.compile(r"^([\w.-]+)(\[[^]]*\])?==([^\s;]+)", re.MULTILINE)
_CLAUSE = re.compile(r"([\w.-]+)(?:\[[\w,-]+\])?(?:[=<>]=?\S+)? depends? on (?:one of: )?([\w.-]+)\S*")
WIDTH = 90


class NoAnswerError(Exception):
    """There is nothing to compare with: uv, the package index or a locked version is missing."""


class UnsolvableError(Exception):
    """Uv's explanation why no set fulfils what was asked."""


class Resolver:
    """Uv, for one Python."""

    def __init__(self, uv: str, python: str, options: Iterable[str] = ()):
        self._command = [uv, "pip", "compile", "--python-version", python, "--no-header", "--no-annotate"]
        self._command += ["--no-strip-extras", *options]

    def resolve(self, requirements: Iterable[str], *options: str) -> dict[str, str]:
        """Returns the packages of the newest set: name, with its extras, to version.

        Raises:
          UnsolvableError: no set fulfils the requirements.
          NoAnswerError: the set could not be looked for.
        """
        return self._run(["-", *options], "\n".join(requirements))

    def direct(self, pyproject: str) -> list[str]:
        """Returns the names of a project's direct dependencies for this Python, with their extras."""
        return list(self._run([pyproject, "--no-deps"], ""))

    def _run(self, arguments: list[str], given: str) -> dict[str, str]:
        try:
            done = subprocess.run(
                [*self._command, *arguments], input=given, capture_output=True, text=True, check=False
            )
        except OSError as error:
            raise NoAnswerError(f"{self._command[0]}: {error.strerror}; run `make setup`") from error
        if done.returncode and "No solution found" in done.stderr:
            raise UnsolvableError(" ".join(done.stderr.split()))
        if done.returncode:
            raise NoAnswerError(f"does the package index answer? {' '.join(done.stderr.split())}")
        return {f"{name}{extras}": version for name, extras, version in _LINE.findall(done.stdout)}


def locked(lock: Path) -> dict[str, str]:
    """Returns name to version of a lock file's packages."""
    return {name: version for name, _, version in _LINE.findall(lock.read_text())}


def holder(resolver: Resolver, whole: dict[str, str], name: str) -> str:
    """Returns in one line what in a whole set keeps a dependency from any version after the one it has there.

    Args:
      resolver: for the Python of the set.
      whole: the direct dependencies of the set, which all stay: so uv need not look through old versions.
      name: the dependency that is to move.
    """
    pins = {other: f"{other}=={version}" for other, version in whole.items()}
    try:
        resolver.resolve({**pins, name: f"{name}>{whole[name]}"}.values())
    except UnsolvableError as error:
        return shortened(str(error), _plain(name))
    return "nothing; it can move alone"


def shortened(explanation: str, name: str) -> str:
    """Returns the clause of uv's explanation that names who bounds a package."""
    clauses = list(_CLAUSE.finditer(explanation))
    others = [clause for clause in clauses if clause[1] not in (name, "you", clause[2])]
    bounding = [clause for clause in others if clause[2] == name] or others or clauses
    return (bounding[0][0] if bounding else explanation).rstrip(".,")[:WIDTH]


def report(resolver: Resolver, pyproject: str, lock: Path) -> list[str]:
    """Returns a line for each direct dependency, and whether a newer whole set resolves."""
    now, names = locked(lock), resolver.direct(pyproject)
    missing = [name for name in names if _plain(name) not in now]
    if missing:
        raise NoAnswerError(f"{lock} has no {', '.join(missing)}; run `make lock`")
    floors = {name: f"{name}>={now[_plain(name)]}" for name in names}
    whole, published = resolver.resolve(floors.values()), resolver.resolve(names, "--no-deps")
    if unnamed := [name for name in names if name not in whole or name not in published]:
        raise NoAnswerError(f"uv's answer leaves out {', '.join(unnamed)}")
    direct = {name: whole[name] for name in names}
    lines = [f"{'':<36}{'locked':<12}{'whole set':<12}{'published':<12}held by"]
    newer = 0
    for name in names:
        found = [now[_plain(name)], whole[name], published[name]]
        newer += whole[name] != now[_plain(name)]
        note = holder(resolver, direct, name) if whole[name] != published[name] else ""
        lines.append((f"{name:<36}" + "".join(f"{version:<12}" for version in found) + note).rstrip())
    end = f"a newer whole set resolves: {newer} direct dependencies move" if newer else "no newer whole set"
    return [*lines, "", end]


def _plain(name: str) -> str:
    return name.partition("[")[0]


def main(arguments: list[str]) -> int:
    """Prints the report; returns 2 where none could be made."""
    if len(arguments) < 4:
        print("usage: outdated UV PYPROJECT LOCK PYTHON [uv's options ...]", file=sys.stderr)
        return 2
    uv, pyproject, lock, python, *options = arguments
    try:
        print("\n".join(report(Resolver(uv, python, options), pyproject, Path(lock))))
    except (NoAnswerError, UnsolvableError, OSError, UnicodeDecodeError) as error:
        print(f"outdated: {error}"[:400], file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
