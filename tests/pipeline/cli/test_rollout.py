"""`evergreen rollout`: one command for each decision, and what each guard knows beside its limit."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.commands import evergreen
from pipeline.cli.model_decisions import Decider, make_live
from pipeline.cli.model_stores import OnThisMachine
from pipeline.errors import ConfigError, UserError
from pipeline.lineage import rollout_moves
from pipeline.lineage.rollouts import running
from pipeline.lineage.state_machine import RefusedMoveError
from serving.models import served_file
from serving.rollout import evidence as evidence_files
from serving.rollout.evidence import Evidence, Labelled, Sums
from serving.rollout.plan import AB, RolloutPlan, Stage
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.test_model_folder import write_model
from tests.pipeline.lineage.told_models import version
from tests.pipeline.rollout.deployments import STAGES, Deployment, deployed, keys

BY = ("--by", "Ada")
REASON = ("--reason", "a test", *BY)


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """Versions 1.0.1, live, and 1.0.2 and 1.0.3, whose files are there."""
    found = deployed(tmp_path, versions=3)
    (tmp_path / "days").mkdir()
    (tmp_path / "days" / "2013-01-01.csv").touch()  # before the window that they were trained on
    for number in (1, 2, 3):
        write_model(tmp_path / "models" / "flights" / str(number))
    return found


def settings(deployment: Deployment) -> list[str]:
    values = (
        f"root={deployment.root}",
        f"rollout.stages={STAGES}",
        f"data.source={deployment.root / 'days'}",
    )
    return [word for value in values for word in ("--set", value)]


def call(deployment: Deployment, *arguments: str) -> str:
    command = ["rollout", *arguments[:1], *settings(deployment), *arguments[1:]]
    result = CliRunner().invoke(evergreen, command, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.output


def status(deployment: Deployment) -> dict:
    return json.loads(call(deployment, "status", "--json"))


def test_a_rollout_is_started_paused_and_promoted_by_hand(deployment: Deployment):
    said = call(deployment, "start", *REASON)
    assert said == (
        "1.0.3 beside 1.0.1, a rollout: stage 1 of 3, a shadow, which nobody hears; then 0.05, 0.5, live\n"
    )
    assert call(deployment, "pause", *BY).endswith("live, paused\n")
    assert status(deployment)["decision"] == "hold"
    assert call(deployment, "resume", *BY).endswith(", live\n")
    assert "a canary: stage 2 of 3, 0.05 of the requests; then 0.5, live" in call(deployment, "promote", *BY)
    assert "stage 3 of 3" in call(deployment, "promote", *BY)
    said = call(deployment, "promote", *REASON)
    assert said == (
        "no rollout is under way; the last one, of 1.0.3, was promoted: a test\nserves now: 1.0.3\n"
    )
    assert deployment.states()["1.0.3"] == "live"


def test_promote_full_makes_it_live_at_once(deployment: Deployment):
    call(deployment, "start", "1.0.2", *BY)
    call(deployment, "promote", "--full", *BY)
    assert deployment.states() == {"1.0.1": "retired", "1.0.2": "live", "1.0.3": "candidate"}


def test_a_pause_that_a_next_stage_overtook_holds_in_that_stage(deployment: Deployment, monkeypatch):
    """Between what the command reads and what it records, the controller goes on."""
    call(deployment, "start", *BY)
    read = OnThisMachine.follow

    def overtaken(store: OnThisMachine):
        known = read(store)
        monkeypatch.setattr(OnThisMachine, "follow", read)
        call(deployment, "promote", *BY)
        return known

    monkeypatch.setattr(OnThisMachine, "follow", overtaken)
    assert "stage 2 of 3, 0.05 of the requests; then 0.5, live, paused" in call(deployment, "pause", *BY)


def test_a_rollout_under_way_is_not_started_again(deployment: Deployment):
    call(deployment, "start", *BY)
    call(deployment, "promote", *BY)
    with pytest.raises(RefusedMoveError, match=r"of 1\.0\.3 is under way already, in stage 2 of 3, since"):
        call(deployment, "start", "1.0.3", *BY)
    assert "stage 3 of 3" in call(deployment, "promote", *BY)


def test_rollback_quarantines_it_and_the_champion_answers_all(deployment: Deployment):
    call(deployment, "start", *BY)
    call(deployment, "promote", *BY)
    said = call(deployment, "rollback", "--reason", "complaints", *BY)
    assert "of 1.0.3, was turned back: complaints\nserves now: 1.0.1" in said
    found = served_file.read(deployment.workspace.served_models("flights"))
    assert [(each.version, each.share) for each in found.versions] == [("1.0.1", 1.0)]
    assert deployment.states()["1.0.3"] == "quarantined"


def test_cancel_makes_it_a_candidate_again_which_the_policy_leaves_alone(deployment: Deployment):
    call(deployment, "start", "1.0.2", *BY)
    said = call(deployment, "cancel", "--reason", "the wrong one", *BY)
    assert "of 1.0.2, has ended: the wrong one\nserves now: 1.0.1" in said
    assert deployment.states() == {"1.0.1": "live", "1.0.2": "candidate", "1.0.3": "candidate"}
    by_policy = ("run", "--once", "--set", "release.policy=canary")
    assert "1.0.3: its rollout begins" in call(deployment, *by_policy), "it has not had its turn"
    call(deployment, "cancel", *REASON)
    assert "no rollout is under way" in call(deployment, *by_policy), "both had their turn"
    call(deployment, "start", "1.0.3", *BY)
    call(deployment, "rollback", *REASON)
    with pytest.raises(RefusedMoveError, match=r"by Ada: a test; it is not rolled out again: .*restore"):
        call(deployment, "start", "1.0.3", *BY)


def test_a_rollout_whose_plan_cannot_be_read_is_told_and_can_be_ended(deployment: Deployment):
    """As where another version of the template wrote it."""
    for name, command in (("1.0.3", "rollback"), ("1.0.2", "cancel")):
        known, plan = deployment.registry.read(), RolloutPlan(name, AB, (Stage(0.5, 9),))
        begins = rollout_moves.start(known, known.find(name), plan, reason="r", who="Ada")
        step = dataclasses.replace(begins.rollout, plan=begins.rollout.plan.replace("0.5", "5"))
        deployment.registry.append(dataclasses.replace(begins, rollout=step))
        for refused in (("status",), ("promote", *BY), ("run", "--once")):
            with pytest.raises(UserError, match=r"be read: share of a stage is 5, not .*rollout cancel"):
                call(deployment, *refused)
        assert "no rollout is under way" in call(deployment, command, *REASON)
    assert deployment.states() == {"1.0.1": "live", "1.0.2": "candidate", "1.0.3": "quarantined"}
    assert "ended" in call(deployment, "history")


def test_status_shows_each_guard_beside_its_limit_and_what_more_is_needed(deployment: Deployment):
    call(deployment, "start", *BY)
    call(deployment, "promote", *BY)
    rollout = running(deployment.registry.read()).id
    bad = {"errors": {"candidate": keys(0, 1), "champion": keys(0, 9)}}
    deployment.saw(
        rollout,
        1,
        requests={"candidate": 50, "champion": 950, "pairs": 900},
        bad=bad,
        pairs=Sums(900, 9.0, 150.0, 300.0, 200.0),
    )
    folder = evidence_files.folder_of(deployment.workspace.served_models("flights"), rollout)
    labelled = (Labelled("2026-01-01", 900, 0.75, 0.74, -0.01, 0.01),)
    evidence_files.write(folder, "controller", Evidence(labelled=labelled))
    lines = call(deployment, "status").splitlines()
    assert lines[2] == "next        it stays, 50 of 200 requests of the candidate so far"
    guards = {line.split()[0]: line for line in lines[3:8]}
    assert list(guards) == ["errors", "answers", "slow", "predictions", "metric"]
    assert "1 on the candidate, 9 on the champion; evidence 0." in guards["errors"]
    assert "limit 500; 6 more on the candidate turn it back" in guards["errors"]
    assert "on 900 pairs; surely 0.000, limit 0.05; about" in guards["predictions"]
    assert "rows more show a loss of 0.02" in guards["metric"]
    assert "BLIND, what is slow is not known yet: slow calls" in guards["slow"]
    assert "BLIND" not in guards["errors"] + guards["metric"]
    table = {line[:30].strip(): line[30:].split() for line in lines[8:]}
    assert table["over all stages"] == ["candidate", "champion"]
    assert table["requests"] == ["50", "950"]
    assert table["clients with failures"] == ["1", "9"]
    assert table["AUC on 900 rows"] == ["0.7400", "0.7500"]
    values = status(deployment)
    assert (values["requests"], values["needed"], values["share"]) == (50, 200, 0.05)
    assert {each["name"]: each["limit"] for each in values["guards"]}["errors"] == 500


def test_who_lets_a_candidate_serve_is_told_that_it_was_judged_against_another(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
):
    write_model(deployment.root / "models" / "flights" / "4")
    beside = {"answer_shift_beside": f"{deployment.root}/artifacts/Trainer/model/1"}
    beside |= {"answer_shift_sd": "0.1", "answer_shift_day_sd": "0.01"}
    registries.record_release(deployment.root, version(4, **beside))
    warning = "evergreen: warning: 1.0.4 was judged against 1.0.1; 1.0.2 is live since 20"
    assert "was judged" not in call(deployment, "start", "1.0.4", *BY)
    call(deployment, "cancel", *REASON)
    call(deployment, "start", "1.0.2", *BY)
    call(deployment, "promote", "--full", *BY)
    assert warning in call(deployment, "start", "1.0.4", *BY)
    call(deployment, "cancel", *REASON)
    make_live(OnThisMachine(deployment.config()), "1.0.4", Decider("Ada", "r"), ("candidate",), "restore")
    assert warning in capsys.readouterr().err
    assert deployment.states()["1.0.4"] == "live"


def test_status_without_a_rollout_is_null(deployment: Deployment):
    assert status(deployment) is None
    assert call(deployment, "status") == "no rollout is under way\nserves now: 1.0.1\n"


def test_an_ab_keeps_both_and_asks_a_person(deployment: Deployment):
    said = call(deployment, "start", "--ab", *BY)
    assert said == "1.0.3 beside 1.0.1, an A/B: stage 1 of 1, 0.5 of the requests; then a person decides\n"
    rollout = running(deployment.registry.read()).id
    deployment.saw(rollout, 0, requests={"candidate": 300, "champion": 301})
    said = call(deployment, "run", "--once")
    assert "a person decides, 300 of 300 requests of the candidate" in said
    assert "`evergreen rollout promote`" in said
    assert deployment.states()["1.0.3"] == "canary"
    call(deployment, "rollback", *REASON)
    with pytest.raises(ConfigError, match="no stage with a share above 0"):
        call(deployment, "start", "--ab", *BY, "--set", "rollout.stages=[{share: 0, requests: 5}]")


def test_run_says_what_it_decides_and_history_keeps_it(deployment: Deployment):
    assert call(deployment, "run", "--once") == "no rollout is under way\n"
    call(deployment, "start", *BY)
    rollout = running(deployment.registry.read()).id
    deployment.saw(rollout, 0, requests={"pairs": 100})
    assert call(deployment, "run", "--once") == (
        "1.0.3: stage 1 of 3: next stage, 100 of 100 pairs, and no guard fired\n"
    )
    deployment.saw(rollout, 1, bad={"answers": {"candidate": keys(0, 5), "champion": keys(0, 0)}})
    assert "1.0.3: stage 2 of 3: turned back, answers: unusable answers: 5 on" in call(
        deployment, "run", "--once"
    )
    (past,) = json.loads(call(deployment, "history", "--json"))
    assert (past["version"], past["champion"], past["outcome"], past["stage"]) == (
        "1.0.3",
        "1.0.1",
        "turned back",
        1,
    )
    assert [each["who"] for each in past["steps"]] == ["Ada", "evergreen rollout", "evergreen rollout"]
    lines = call(deployment, "history").splitlines()
    assert lines[0].split() == ["version", "beside", "kind", "began", "ended", "stage", "outcome", "why"]
    assert "turned back  answers: unusable answers: 5 on the candidate" in lines[1]


@pytest.mark.parametrize("command", [("pause", *BY), ("promote", *BY), ("rollback", *REASON)])
def test_without_a_rollout_there_is_nothing_to_decide(deployment: Deployment, command: tuple[str, ...]):
    with pytest.raises(UserError, match="no rollout is under way; `evergreen rollout start` begins one"):
        call(deployment, *command)


def test_what_cannot_be_decided_is_refused_in_a_sentence(deployment: Deployment):
    call(deployment, "start", "1.0.2", *BY)
    with pytest.raises(RefusedMoveError, match=r"1\.0\.2 is being rolled out"):
        call(deployment, "start", "1.0.3", *BY)
    for command in ("approve", "restore"):
        with pytest.raises(UserError, match="is shadow; `evergreen rollout promote --full` is for it"):
            make_live(OnThisMachine(deployment.config()), "1.0.2", Decider("Ada", "r"), (), command)
    with pytest.raises(UserError, match="is running already"):
        call(deployment, "resume", *BY)
    call(deployment, "promote", "--full", *BY)
    with pytest.raises(RefusedMoveError, match=r"1\.0\.1 is retired"):
        call(deployment, "start", "1.0.1", *BY)
    call(deployment, "start", *BY)
    call(deployment, "rollback", *REASON)
    with pytest.raises(UserError, match="no candidate waits"):
        call(deployment, "start", *BY)


def test_a_command_that_runs_on_goes_on_after_what_cannot_be_read_and_ends_when_told(deployment: Deployment):
    call(deployment, "start", *BY)
    folder = evidence_files.folder_of(
        deployment.workspace.served_models("flights"), running(deployment.registry.read()).id
    )
    folder.mkdir(parents=True)
    (folder / "a.json").write_text("{")
    program = "from pipeline.cli.main import main; main()"
    command = [sys.executable, "-c", program, "rollout", "run", "--every", "0.05s", *settings(deployment)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert "a.json holds no evidence" in process.stderr.readline()
            (folder / "a.json").unlink()
            assert process.stdout.readline() == "1.0.3: stage 1 of 3: it stays, 0 of 100 pairs so far\n"
        finally:
            process.terminate()
        assert process.wait(20) == 1


@pytest.mark.parametrize("text", ["5", "5s", "0.5s", "2m", "1h"])
def test_a_time_between_looks_is_taken(text: str):
    assert CliRunner().invoke(evergreen, ["rollout", "run", "--every", text, "--help"]).exit_code == 0


@pytest.mark.parametrize("text", ["", "s", "0s", "-5s", "5d", "25h", "9" * 400 + "h"])
def test_what_is_no_time_is_refused(text: str):
    result = CliRunner().invoke(evergreen, ["rollout", "run", "--once", "--every", text])
    assert result.exit_code == 2
    assert "is no time" in result.output
