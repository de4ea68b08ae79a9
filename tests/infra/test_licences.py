"""`licences` has a line for each locked package, and names those of no known licence or a copyleft one."""

from pathlib import Path

import pytest

from infra.dependencies import licences


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, empty as yet, in which Python looks first."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def install(folder: Path, name: str, version: str, *lines: str) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    head = ("Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}")
    (info / "METADATA").write_text("\n".join((*head, *lines)) + "\n")


def lock(folder: Path, *lines: str) -> str:
    path = folder.parent / "lock"
    path.write_text("".join(f"{line} \\\n    --hash=sha256:00\n    # via other\n" for line in lines))
    return str(path)


def printed_licence(packages: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Returns the licence that is printed of package `one`."""
    assert licences.main([lock(packages, "one==1.0")]) == 0
    line = capsys.readouterr().out.splitlines()[0]
    assert line.split()[:2] == ["one", "1.0"]
    return " ".join(line.split()[2:])


EXPRESSION, NAME = "License-Expression: MIT", "License: Apache 2.0"
CLASSIFIERS = (
    "Classifier: License :: OSI Approved :: BSD License",
    "Classifier: License :: OSI Approved",
    "Classifier: License :: Public Domain",
)
TEXT = "License: The Some Licence, version 3\n        \n        Permission is granted ..."


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((EXPRESSION, NAME, *CLASSIFIERS), "MIT"),
        ((NAME, *CLASSIFIERS), "Apache 2.0"),
        (CLASSIFIERS, "BSD License, Public Domain"),
        (("License: UNKNOWN", *CLASSIFIERS), "BSD License, Public Domain"),
        ((TEXT, *CLASSIFIERS), "BSD License, Public Domain"),
        ((TEXT,), "The Some Licence, version 3"),
        (("License: UNKNOWN",), "unknown"),
        ((), "unknown"),
        ((f"License: {'long ' * 40}",), " ".join(["long"] * 12)),
    ],
    ids=["expression", "name", "classifiers", "UNKNOWN", "text", "text alone", "none", "nothing", "long"],
)
def test_a_licence_is_one_line_of_the_best_that_is_stated(
    packages: Path, capsys: pytest.CaptureFixture[str], lines: tuple[str, ...], expected: str
):
    install(packages, "one", "1.0", *lines)
    assert printed_licence(packages, capsys) == expected


def test_unknown_and_copyleft_licences_are_named_at_the_end(
    packages: Path, capsys: pytest.CaptureFixture[str]
):
    install(packages, "free", "1.0", EXPRESSION)
    install(packages, "silent", "1.0")
    install(packages, "gnu", "1.0", "License-Expression: GPL-2.0-only")
    install(packages, "lesser", "1.0", "License: LGPLv3+")
    install(
        packages,
        "network",
        "1.0",
        "Classifier: License :: OSI Approved :: GNU Affero General Public License v3",
    )
    install(
        packages, "hidden", "1.0", "License: see LICENSE", "Classifier: License :: GNU General Public License"
    )
    install(packages, "last", "1.0", f"License-Expression: {' OR '.join(['Apache-2.0'] * 9)} OR GPL-3.0-only")
    names = ["free", "silent", "gnu", "lesser", "network", "hidden", "last"]
    assert licences.main([lock(packages, *[f"{name}==1.0" for name in names])]) == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "7 packages",
        "licence unknown: silent",
        "copyleft (GPL, LGPL, AGPL): gnu, lesser, network, hidden, last",
    ]


def test_with_none_of_either_it_says_none(packages: Path, capsys: pytest.CaptureFixture[str]):
    install(packages, "free", "1.0", EXPRESSION)
    assert licences.main([lock(packages, "free==1.0")]) == 0
    assert capsys.readouterr().out.endswith(
        "\n1 packages\nlicence unknown: none\ncopyleft (GPL, LGPL, AGPL): none\n"
    )


def test_what_this_python_does_not_install_is_left_out(packages: Path, capsys: pytest.CaptureFixture[str]):
    install(packages, "one", "1.0", EXPRESSION)
    markers = ("one==1.0 ; python_version >= '3.10'", "two[extra]==1.0 ; python_version < '3'")
    assert licences.main([lock(packages, *markers)]) == 0
    assert "two" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "absent-package-of-ours==1.0",
            "absent-package-of-ours 1.0 is locked but not installed; run `make setup`",
        ),
        ("one==2.0", "one 2.0 is locked but 1.0 is installed; run `make setup`"),
    ],
    ids=["absent", "other version"],
)
def test_a_locked_package_that_is_not_installed_is_named(
    packages: Path, capsys: pytest.CaptureFixture[str], line: str, message: str
):
    install(packages, "one", "1.0", EXPRESSION)
    assert licences.main([lock(packages, "one==1.0", line)]) == 2
    assert capsys.readouterr() == ("", f"licences: {message}\n")


def test_a_lock_that_is_missing_or_empty_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert licences.main([str(tmp_path / "lock")]) == 2
    assert "lock: No such file or directory" in capsys.readouterr().err
    (tmp_path / "lock").write_bytes("one==1.0\n".encode("utf-16"))
    assert licences.main([str(tmp_path / "lock")]) == 2
    assert "not a lock file" in capsys.readouterr().err
    (tmp_path / "lock").write_text("one==1.0 ; python_versio < '4'\n")
    assert licences.main([str(tmp_path / "lock")]) == 2
    assert "not a lock file" in capsys.readouterr().err
    (tmp_path / "lock").write_text("# nothing\n")
    assert licences.main([str(tmp_path / "lock")]) == 2
    assert "lock: no locked package in it" in capsys.readouterr().err


def test_without_a_lock_it_shows_the_usage(capsys: pytest.CaptureFixture[str]):
    assert licences.main([]) == 2
    assert capsys.readouterr().err == "usage: licences LOCK\n"


def test_the_packages_of_this_environment_can_all_be_listed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    """Real metadata: that of some packages that every set-up has."""
    versions = {name: licences.metadata.version(name) for name in ("pytest", "numpy", "packaging", "click")}
    (tmp_path / "lock").write_text("".join(f"{name}=={version}\n" for name, version in versions.items()))
    assert licences.main([str(tmp_path / "lock")]) == 0
    assert "licence unknown: none" in capsys.readouterr().out
