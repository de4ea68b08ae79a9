"""A fingerprint of code changes with the sources that a stage can reach, and with nothing else."""

import re
import sys
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.launch import fingerprint

TREE = {
    "planted/__init__.py": "",
    "planted/entry.py": "from planted.near import near\ndef run():\n    from planted.deep import lazily\n",
    "planted/near.py": "import planted.far.leaf\nimport numpy\n",
    "planted/far/__init__.py": "",
    "planted/far/leaf.py": "from planted import near  # a circle\n",
    "planted/deep/__init__.py": "from planted.deep.inner import lazily\n",
    "planted/deep/inner.py": "def lazily(): ...\n",
    "planted/unrelated.py": "raise SystemExit('imported')\n",
    "outside/__init__.py": "",
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(fingerprint, "PACKAGES", ("planted",))
    return tmp_path


@pytest.mark.parametrize(
    ("module", "matters"),
    [
        ("planted/entry.py", True),
        ("planted/__init__.py", True),
        ("planted/near.py", True),
        ("planted/far/__init__.py", True),
        ("planted/far/leaf.py", True),
        ("planted/deep/__init__.py", True),
        ("planted/deep/inner.py", True),
        ("planted/unrelated.py", False),
        ("outside/__init__.py", False),
    ],
)
def test_it_changes_with_every_module_that_is_reached_and_no_other(tree: Path, module: str, matters: bool):
    before = fingerprint.of_modules("planted.entry")
    (tree / module).write_text(TREE[module] + "\nchanged = 1\n")
    assert (fingerprint.of_modules("planted.entry") != before) is matters


def test_a_module_taken_alone_counts_without_what_it_imports(tree: Path):
    def compute() -> str:
        return fingerprint.of_modules("planted.unrelated", alone=("planted.entry",))

    before = compute()
    (tree / "planted/near.py").write_text("changed = 1\n")
    assert compute() == before
    (tree / "planted/entry.py").write_text("changed = 1\n")
    assert compute() != before


def test_a_module_that_comes_into_reach_changes_it(tree: Path):
    before = fingerprint.of_modules("planted.far.leaf")
    (tree / "planted/far/leaf.py").write_text("from planted import near, unrelated  # a circle\n")
    wider = fingerprint.of_modules("planted.far.leaf")
    (tree / "planted/unrelated.py").write_text("changed = 1\n")
    assert len({before, wider, fingerprint.of_modules("planted.far.leaf")}) == 3


def test_names_of_modules_count_and_not_only_their_text(tree: Path):
    (tree / "planted/one.py").write_text("same = 1\n")
    (tree / "planted/two.py").write_text("same = 1\n")
    assert fingerprint.of_modules("planted.one") != fingerprint.of_modules("planted.two")


@pytest.mark.usefixtures("tree")
def test_the_order_of_names_does_not_matter():
    one = fingerprint.of_modules("planted.entry", "planted.unrelated")
    assert fingerprint.of_modules("planted.unrelated", "planted.entry") == one


@pytest.mark.usefixtures("tree")
def test_nothing_is_imported():
    fingerprint.of_modules("planted.entry", "planted.unrelated")
    assert not [name for name in sys.modules if name.startswith("planted")]


@pytest.mark.parametrize(
    "same",
    [
        "# a comment\n" + TREE["planted/entry.py"],
        '"""What it is for."""\n\n' + TREE["planted/entry.py"],
        "from planted.near import (\n    near,\n)\n\n\n"
        "def run():\n    'Runs.'\n    from planted.deep import lazily\n",
    ],
    ids=["comment", "docstring of the module", "layout and docstring of a function"],
)
def test_prose_and_layout_do_not_change_it(tree: Path, same: str):
    before = fingerprint.of_modules("planted.entry")
    (tree / "planted/entry.py").write_text(same)
    assert fingerprint.of_modules("planted.entry") == before


def test_a_fingerprint_does_not_name_the_python_that_made_it(monkeypatch: pytest.MonkeyPatch):
    before = fingerprint.of_modules("pipeline.errors")
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert fingerprint.of_modules("pipeline.errors") == before


@pytest.mark.parametrize("library", ["apache-beam", "tensorflow-model-analysis", "keras"])
@pytest.mark.usefixtures("tree")
def test_a_library_of_another_version_changes_it(library: str, monkeypatch: pytest.MonkeyPatch):
    before = fingerprint.of_modules("planted.entry")
    monkeypatch.setattr(fingerprint, "_libraries", fingerprint._libraries.__wrapped__)  # as in a new process
    version = fingerprint.importlib.metadata.version
    monkeypatch.setattr(
        fingerprint.importlib.metadata, "version", lambda name: "9.9" if name == library else version(name)
    )
    assert fingerprint.of_modules("planted.entry") != before


@pytest.mark.usefixtures("tree")
def test_a_module_that_is_not_there_is_named():
    with pytest.raises(ModuleNotFoundError, match=re.escape("no module 'planted.gone' to fingerprint")):
        fingerprint.of_modules("planted.gone")
    with pytest.raises(ModuleNotFoundError, match="no module 'nowhere' to fingerprint"):
        fingerprint.of_modules("nowhere")


def test_the_evaluators_code_includes_its_rule_and_the_loader_it_asks_models_through():
    """On this project's own packages: what `components.evaluator.component` reaches."""
    reached = set(fingerprint.reached_from("components.evaluator.component"))
    assert {"components.evaluator.rule", "components.gates.verdict", "serving.models.model"} < reached
    assert not {name for name in reached if name.startswith(("pipeline", "trainer"))}


@pytest.mark.usefixtures("tree")
def test_a_source_that_is_not_python_is_one_line_with_its_place(tree: Path):
    (tree / "planted/near.py").write_text("fine = 1\ndef broken(:\n")
    with pytest.raises(UserError, match=r"planted/near\.py:2: .*; the code cannot run as it is"):
        fingerprint.of_modules("planted.entry")


@pytest.mark.parametrize("name", fingerprint.GRAPH_CODE)
def test_the_wiring_of_the_stages_counts(name: str, monkeypatch: pytest.MonkeyPatch):
    """A changed condition in the graph is another launch, though no stage's own code has changed."""
    monkeypatch.setattr(fingerprint, "STAGES", ())
    before = fingerprint.of_stages()
    meaning = fingerprint.meaning
    changed = fingerprint._find(name).read_bytes()
    monkeypatch.setattr(
        fingerprint,
        "meaning",
        lambda source: f"{meaning(source)} changed" if source == changed else meaning(source),
    )
    assert list(before) == ["graph"]
    assert fingerprint.of_stages() != before
