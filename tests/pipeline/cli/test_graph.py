"""`evergreen graph`: its text is the pipeline's graph, and the committed picture is what it draws now."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.commands import evergreen

PICTURE = Path(__file__).parents[3] / "docs" / "images" / "graph.svg"


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the command prints in an empty folder: no data, no workspace."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("empty"))
        return _run("graph")


def _run(*arguments: str) -> str:
    done = CliRunner().invoke(evergreen, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_committed_picture_is_what_the_command_draws_now(tmp_path: Path) -> None:
    drawn = tmp_path / "graph.svg"
    assert _run("graph", "--svg", str(drawn)) == f"{drawn}\n"
    assert drawn.read_text() == PICTURE.read_text(), (
        "the graph has changed; draw it anew with: evergreen graph --svg docs/images/graph.svg"
    )


def test_the_text_names_who_reads_what(text: str) -> None:
    assert (
        "\n  Trainer               model                 Evaluator, InfraValidator, Pusher, Release\n" in text
    )
    assert "  Champion              result                DataGate, Evaluator\n" in text


def test_the_candidate_is_driven_beside_the_champion_only_where_that_is_asked_for() -> None:
    """Elsewhere another champion would prove a model again that was proved."""
    text = _run("graph", "--set", "infra_gate.load.seconds=5")
    assert "  Champion              result                DataGate, Evaluator, InfraValidator\n" in text


def test_the_text_says_what_the_data_gate_decides(text: str) -> None:
    always, heading, conditional = text.partition("only when DataGate blesses:\n")
    assert heading
    assert (
        "DataGate (gate)       verdict               Release; decides whether the nodes below run" in always
    )
    names = [line.split()[0] for line in conditional.splitlines() if line[2] != " "]
    assert names == ["Transform", "Trainer", "Evaluator", "InfraValidator", "Pusher", "Release"]


def test_only_nodes_that_can_stop_a_release_are_gates(text: str) -> None:
    gates = [line.split()[0] for line in text.splitlines() if "(gate)" in line]
    assert gates == ["DataGate", "Evaluator", "InfraValidator"]
