"""A rollout as people and machines read it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from components.evaluator.metric_table import BY_NAME
from pipeline.config.config import Config
from pipeline.lineage.models import Models
from pipeline.lineage.rollouts import Rollout, rollouts_of
from pipeline.lineage.state_machine import Step
from pipeline.rollout.controller import Look
from serving.rollout.evidence import CANDIDATE, CHAMPION, EVENTS, SIDES, Evidence
from serving.rollout.plan import AB, Stage
from serving.rollout.step_rule import Kind, requests_of

_ASK = "`evergreen rollout promote`, or `evergreen rollout rollback --reason TEXT`"
_HEADINGS = ("version", "beside", "kind", "began", "ended", "stage", "outcome", "why")


def values(seen: Look, config: Config) -> dict[str, Any]:
    """Returns what is known of the rollout under way, as JSON values."""
    rollout, decision = seen.rollout, seen.decision
    assert rollout is not None
    assert decision is not None
    counted, needed = requests_of(rollout.plan, rollout.stage, seen.evidence)
    return {
        "id": rollout.id,
        "version": rollout.version.version,
        "champion": rollout.champion.version,
        "kind": rollout.plan.kind,
        "paused": rollout.paused,
        "started": rollout.started.isoformat(timespec="seconds"),
        "stages": [dataclasses.asdict(stage) for stage in rollout.plan.stages],
        "stage": rollout.stage,
        "share": rollout.plan.stages[rollout.stage].share,
        "stage_since": rollout.stage_since.isoformat(timespec="seconds"),
        "requests": counted,
        "needed": needed,
        "guards": [dataclasses.asdict(reading) for reading in seen.readings],
        "variants": _variants(seen.evidence, config),
        "decision": decision.kind.value,
        "reason": decision.reason,
    }


def page(values: dict[str, Any]) -> Iterator[str]:
    """Yields `values` as lines."""
    stages = [Stage(**each) for each in values["stages"]]
    yield _standing(values["version"], values["champion"], values["kind"], stages, values["stage"])
    yield f"since       {values['stage_since']}{', paused' if values['paused'] else ''}"
    asks = f": {_ASK}" if values["decision"] == Kind.ASK.value else ""
    yield f"next        {_words(values['decision'])}, {values['reason']}{asks}"
    for guard in values["guards"]:
        sees = "FIRED: " if guard["fired"] else f"BLIND, {guard['blind']}: " if guard["blind"] else ""
        yield f"{guard['name']:<12}{sees}{guard['text']}"
    yield f"{'over all stages':<30}" + "".join(f"{side:>12}" for side in SIDES)
    for name, sides in values["variants"].items():
        yield f"{name:<30}" + "".join(f"{_number(sides[side]):>12}" for side in SIDES)


def standing(rollout: Rollout) -> str:
    """Returns the line that says where a rollout is."""
    plan, version, champion = rollout.plan, rollout.version.version, rollout.champion.version
    line = _standing(version, champion, plan.kind, list(plan.stages), rollout.stage)
    return f"{line}, paused" if rollout.paused else line


def nothing_under_way(known: Models) -> Iterator[str]:
    """Yields that no rollout is under way, and how the last one ended."""
    last = rollouts_of(known)[-1:]
    ended = [f"; the last one, of {each.version.version}, {_how(each)}" for each in last if each.end]
    yield "no rollout is under way" + "".join(ended)
    yield f"serves now: {known.live.version if known.live else 'nothing'}"


def told(seen: Look) -> str:
    """Returns what a look did or waits for, in a line."""
    if seen.moves and not seen.rollout:
        return f"{seen.moves[0].version}: its rollout begins, {seen.moves[0].reason}"
    if seen.rollout is None or seen.decision is None:
        return "no rollout is under way"
    where = (
        f"{seen.rollout.version.version}: stage {seen.rollout.stage + 1} of {len(seen.rollout.plan.stages)}"
    )
    asks = f": {_ASK}" if seen.decision.kind is Kind.ASK else ""
    return f"{where}: {_words(seen.decision.kind.value)}, {seen.decision.reason}{asks}"


def past(rollout: Rollout) -> dict[str, Any]:
    """Returns what became of a rollout, as JSON values."""
    end = rollout.end
    return {
        "id": rollout.id,
        "version": rollout.version.version,
        "champion": rollout.champion.version,
        "kind": rollout.plan.kind,
        "started": rollout.started.isoformat(timespec="seconds"),
        "ended": end.at.isoformat(timespec="seconds") if end else None,
        "stage": rollout.stage,
        "stages": [dataclasses.asdict(stage) for stage in rollout.plan.stages],
        "outcome": rollout.outcome,
        "steps": [_step(step) for step in (*rollout.steps, *([end] if end else []))],
    }


def table(found: list[dict[str, Any]]) -> Iterator[str]:
    """Yields a heading, and one line for each of `past`."""
    rows = [_HEADINGS, *(_row(each) for each in found)]
    widths = [max(len(row[column]) for row in rows) + 2 for column in range(len(_HEADINGS) - 1)]
    for row in rows:
        yield "".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)) + row[-1]


def _row(past: dict[str, Any]) -> tuple[str, ...]:
    return (
        past["version"],
        past["champion"],
        past["kind"],
        past["started"][:16],
        (past["ended"] or "-")[:16],
        f"{past['stage'] + 1} of {len(past['stages'])}",
        past["outcome"],
        past["steps"][-1]["reason"],
    )


def _step(step: Step) -> dict[str, Any]:
    return {
        "at": step.at.isoformat(timespec="seconds"),
        "to": step.to.value,
        "share": step.share,
        "stage": step.rollout.stage if step.rollout else None,
        "paused": bool(step.rollout and step.rollout.paused),
        "who": step.who,
        "reason": step.reason,
    }


def _how(rollout: Rollout) -> str:
    assert rollout.end is not None
    verb = "was" if rollout.outcome in ("promoted", "turned back", "withdrawn") else "has"
    return f"{verb} {rollout.outcome}: {rollout.end.reason}"


def _standing(version: str, champion: str, kind: str, stages: list[Stage], index: int) -> str:
    stage = stages[index]
    share = f"{stage.share:g} of the requests" if stage.share else "a shadow, which nobody hears"
    then = [f"{each.share:g}" if each.share else "a shadow" for each in stages[index + 1 :]]
    then += ["a person decides" if kind == AB else "live"]
    what = "an A/B" if kind == AB else "a canary" if stage.share else "a rollout"
    return (
        f"{version} beside {champion}, {what}: stage {index + 1} of {len(stages)}, {share}; then "
        f"{', '.join(then)}"
    )


def _variants(evidence: Evidence, config: Config) -> dict[str, dict[str, float | None]]:
    """Returns what is counted of each version, over all stages."""
    stages = evidence.stages.values()
    found: dict[str, dict[str, float | None]] = {
        "requests": {side: sum(stage.requests.get(side, 0) for stage in stages) for side in SIDES}
    }
    for guard in EVENTS:
        found[f"clients with {_CLIENTS[guard]}"] = {
            side: sum(len(stage.keys(guard, side)) for stage in stages) for side in SIDES
        }
    rows = sum(day.rows for day in evidence.labelled)
    if rows:
        name = config.model_gate.thresholds[0].metric
        sign = -1 if BY_NAME[name].lower_is_better else 1
        found[f"{name} on {rows:,} rows"] = {
            CHAMPION: sign * sum(day.champion * day.rows for day in evidence.labelled) / rows,
            CANDIDATE: sign * sum(day.candidate * day.rows for day in evidence.labelled) / rows,
        }
    return found


_CLIENTS = {"errors": "failures", "answers": "unusable answers", "slow": "slow calls"}
_WORDS = {"hold": "it stays", "advance": "next stage", "promote": "live", "turn_back": "turned back"}


def _words(kind: str) -> str:
    return {**_WORDS, "ask": "a person decides", "end": "it ends"}[kind]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
