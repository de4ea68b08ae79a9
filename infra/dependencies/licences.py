"""Lists the licence of every package of a lock file, from the metadata of the installed packages.

python -m infra.dependencies.licences LOCK
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

UNKNOWN = "unknown"
WIDTH = 60
_COPYLEFT = re.compile(r"\b[AL]?GPL|General Public Licen[cs]e|\bAffero\b", re.IGNORECASE)
_CLASSIFIER = re.compile(r"License :: (?:OSI Approved :: )?(.+)")


class LockError(Exception):
    """A lock file that cannot be read, or that the environment does not hold."""


def locked(lock: Path) -> dict[str, str]:
    """Returns name to version of the lock's packages that this Python installs.

    Raises:
      LockError: the file is missing, or has no packages.
    """
    try:
        lines = [line.split(" \\")[0] for line in lock.read_text(encoding="utf-8").splitlines()]
        requirements = [Requirement(line) for line in lines if re.match(r"[\w.-]+(\[[^]]*\])?==", line)]
    except OSError as error:
        raise LockError(f"{lock}: {error.strerror}") from error
    except (InvalidRequirement, UnicodeDecodeError) as error:
        raise LockError(f"{lock}: not a lock file as `make lock` writes it ({error})") from error
    packages = {
        requirement.name: str(requirement.specifier).removeprefix("==")
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate()
    }
    if not packages:
        raise LockError(f"{lock}: no locked package in it")
    return packages


def installed(name: str, version: str) -> metadata.Distribution:
    """Returns the installed package.

    Raises:
      LockError: it is not installed, or in another version.
    """
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        raise LockError(f"{name} {version} is locked but not installed; run `make setup`") from error
    if package.version != version:
        raise LockError(f"{name} {version} is locked but {package.version} is installed; run `make setup`")
    return package


def licence(package: metadata.Distribution) -> str:
    """Returns a package's licence in one line: its expression, its short name, or its classifiers.

    Where a package has a licence's whole text in the name's place, its classifiers say more than the title.
    """
    stated = [line.strip() for line in (package.metadata.get("License") or "").splitlines() if line.strip()]
    title = stated[0] if stated and stated[0].upper() != "UNKNOWN" else ""
    short = title if len(stated) == 1 else ""
    expression = package.metadata.get("License-Expression")
    found = expression or short or ", ".join(classified(package)) or title or UNKNOWN
    return " ".join(found.split())


def classified(package: metadata.Distribution) -> list[str]:
    """Returns the licences that a package's classifiers name."""
    matches = map(_CLASSIFIER.fullmatch, package.metadata.get_all("Classifier") or [])
    return [match[1] for match in matches if match and match[1] != "OSI Approved"]


def is_copyleft(package: metadata.Distribution) -> bool:
    """Returns whether anything that a package says of its licence names the GPL or one of its kin."""
    return bool(_COPYLEFT.search(", ".join([licence(package), *classified(package)])))


def report(packages: list[metadata.Distribution]) -> str:
    """Returns a line for each package, and at the end those to look at."""
    lines = [f"{package.name:<36} {package.version:<16} {licence(package)[:WIDTH]}" for package in packages]
    unknown = [package.name for package in packages if licence(package) == UNKNOWN]
    copyleft = [package.name for package in packages if is_copyleft(package)]
    return "\n".join(
        [
            *lines,
            "",
            f"{len(packages)} packages",
            f"licence unknown: {', '.join(unknown) or 'none'}",
            f"copyleft (GPL, LGPL, AGPL): {', '.join(copyleft) or 'none'}",
        ]
    )


def main(arguments: list[str]) -> int:
    """Prints the licences of a lock's packages; returns 2 where the environment does not hold them."""
    if len(arguments) != 1:
        print("usage: licences LOCK", file=sys.stderr)
        return 2
    try:
        packages = [installed(name, version) for name, version in locked(Path(arguments[0])).items()]
    except LockError as error:
        print(f"licences: {error}", file=sys.stderr)
        return 2
    print(report(packages))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
