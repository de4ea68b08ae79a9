"""What Python reads decides a fingerprint, and every version of Python gives the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.launch import source_meaning


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1", "x = 2"),
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = True"),
        ("x = 'a'", "x = b'a'"),
        ("x = a < b", "x = a <= b"),
        ("x = (1, 2)", "x = [1, 2]"),
        ("x = f'{a}b'", "x = f'b{a}'"),
        ("x = f'{a!r}'", "x = f'{a!s}'"),
        ("x = f'{a:>3}'", "x = f'{a:<3}'"),
        ("def f(a, b=1): pass", "def f(a, b=2): pass"),
        ("def f(a, /): pass", "def f(a): pass"),
        ("def f(a: int): pass", "def f(a: float): pass"),
        ("def f():\n    'doc'\n    'x'", "def f():\n    'doc'\n    'y'"),
        ("async def f(): pass", "def f(): pass"),
        ("if a:\n    b()\nc()", "if a:\n    b()\n    c()"),
        ("x = 'doc'", "x = 'dog'"),
        ("import a.b", "import a.b as c"),
        ("from a import b", "from a import c as b"),
    ],
)
def test_whatever_else_python_reads_changes_it(before: str, after: str):
    assert source_meaning.meaning(before.encode()) != source_meaning.meaning(after.encode())


HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
DIGEST_FILES = (
    "import hashlib, importlib.util, pathlib, sys\n"
    "spec = importlib.util.spec_from_file_location('source_meaning', sys.argv[1])\n"
    "module = importlib.util.module_from_spec(spec)\n"
    "spec.loader.exec_module(module)\n"
    "digest = hashlib.sha256()\n"
    "for path in sys.argv[2:]:\n"
    "    digest.update(module.meaning(pathlib.Path(path).read_bytes()).encode())\n"
    "print(digest.hexdigest())\n"
)
# What versions of Python have written differently in a syntax tree.
HARD = """
def f(a, /, b=1, *c, d: 'int' = 2, **e) -> None:
    'Has a docstring.'
    x = f"{a!r:>{b}}" "tail" f"{c}" ''
    match x:
        case {'k': [1, *rest], **others} if rest: return lambda: (yield)
        case str() | None: pass
class C(object, metaclass=type):
    y: int
    z = 1j, b'\\x00', ..., u'text', 1_000, 'a' 'b', f'', f'{{}}', f'{a}' f'{b}'
"""


@pytest.mark.parametrize("version", [v for v in ("3.10", "3.11", "3.12", "3.13") if v != HERE])
def test_every_python_gives_the_same(tmp_path: Path, version: str):
    python = find_python(version)
    if python is None:
        pytest.skip(f"no Python {version} on this machine")
    (tmp_path / "hard.py").write_text(HARD)
    own = sorted(Path(source_meaning.__file__).parents[1].glob("*/*.py"))
    command = ["-c", DIGEST_FILES, source_meaning.__file__, str(tmp_path / "hard.py"), *map(str, own)]
    mine, theirs = (
        subprocess.run([program, *command], capture_output=True, text=True, check=True).stdout.strip()
        for program in (sys.executable, python)
    )
    assert len(mine) == 64
    assert mine == theirs


def find_python(version: str) -> str | None:
    """Returns a program of this version, one of pyenv's or one on PATH; None when there is none."""
    installed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    for program in [*map(str, installed), f"python{version}"]:
        try:
            answer = subprocess.run([program, "-c", ask], capture_output=True, text=True, check=False)
        except OSError:
            continue
        if answer.stdout.strip() == version:
            return program
    return None
