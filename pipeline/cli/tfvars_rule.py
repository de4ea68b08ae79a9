"""What is wrong with an environment's tfvars file, alone and beside those of the other environments.

Terraform passes over an attribute that an object does not have, and only warns of an unknown variable. What
its first plan would refuse is said here too, to who has no access to the project yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.did_you_mean import did_you_mean
from components.shown import shown
from pipeline.cli import tfvars, tfvars_neighbours
from pipeline.cli.finding import Finding
from pipeline.config.cron_rule import cron_faults, time_zone_fault

_VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_TYPE = re.compile(r"^  type\s*=\s*(.*?)(?=^  \w+\s*=|^  validation|\Z)", re.MULTILINE | re.DOTALL)
_ATTRIBUTE = re.compile(r"(\w+)\s*=")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_BILLING = re.compile(r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}")


def variables(text: str) -> dict[str, frozenset[str] | None]:
    """Returns the names of Terraform's variables, each with its objects' attributes; None for no objects.

    Args:
      text: of variables.tf.
    """
    found: dict[str, frozenset[str] | None] = {}
    for name, body in _VARIABLE.findall(text):
        kind = _TYPE.search(body)
        written = kind.group(1) if kind else ""
        found[name] = frozenset(_ATTRIBUTE.findall(written)) if "object(" in written else None
    return found


def findings(path: Path, declared: Mapping[str, frozenset[str] | None]) -> Iterator[Finding]:
    """Yields what was examined of a file, each with its problem.

    Args:
      path: of the file; its neighbours are the other environments.
      declared: as `variables` returns.
    """
    values = tfvars.read(path.read_text(encoding="utf-8")).values
    unknown = [*_unknown(values, declared)]
    problem = f"have no variable of Terraform's for {', '.join(unknown)}" if unknown else None
    yield Finding(f"names of {path.name}", problem, "correct or remove it: Terraform passes over it")
    given = {name: value for name, value in values.items() if value != "null"}
    yield from _people(given, path.name)
    yield from _approvers(given, path.name)
    yield from _budget(given, path.name)
    yield from tfvars_neighbours.findings(path)


def _unknown(values: Mapping[str, Any], declared: Mapping[str, frozenset[str] | None]) -> Iterator[str]:
    for name, value in values.items():
        if name not in declared:
            yield f"{name}{did_you_mean(name, declared)}"
            continue
        attributes = declared[name]
        for item in _objects(value, attributes):
            for key in item:
                if attributes is not None and key not in attributes:
                    yield f"{name}.{key}{did_you_mean(key, attributes)}"


def _objects(value: Any, attributes: frozenset[str] | None) -> Iterator[Mapping[str, Any]]:
    """Yields the objects in a value: itself, or the items of its list or map."""
    if attributes is None:
        return
    items = value if isinstance(value, list) else [value]
    for item in items:
        if isinstance(item, dict):
            nested = [each for each in item.values() if isinstance(each, dict)]
            yield from nested if nested else [item]


def schedules(path: Path) -> Iterator[Finding]:
    """Yields keys that stand twice in a file, and its schedules, each with its problem."""
    file, written = path.name, tfvars.read(path.read_text(encoding="utf-8"))
    twice = f"{', '.join(written.doubled)} twice" if written.doubled else None
    yield Finding(f"keys of {file}", twice, "remove all but one: Terraform takes the last one in silence")
    named = written.values.get("schedules")
    for name, schedule in named.items() if isinstance(named, dict) else ():
        given = schedule if isinstance(schedule, dict) else {}
        zone_fault = time_zone_fault(str(given.get("time_zone", "Etc/UTC")))
        faults = [*cron_faults(str(given.get("cron", ""))), *([zone_fault] if zone_fault else [])]
        problem = f"cannot be kept: {'; '.join(faults)}" if faults else None
        yield Finding(f"schedule {name} of {file}", problem, "correct it there")


def _people(values: Mapping[str, Any], file: str) -> Iterator[Finding]:
    """Yields who is told when something goes wrong: in prod there must be somebody."""
    mail, is_prod = values.get("alert_email"), values.get("environment") == "prod"
    if mail is None and is_prod and not values.get("alert_channels"):
        problem: str | None = "is not set: nobody would be told that a run fails or does not come"
    elif mail is not None and not _MAIL.fullmatch(str(mail)):
        problem = f"is {shown(mail)}, which is no address"
    elif mail is not None and str(mail).endswith("@example.com"):
        problem = f"is still the placeholder {shown(mail)}"
    else:
        problem = None
    if mail is not None or is_prod:
        yield Finding(f"alert_email of {file}", problem, "name the address of those who are on duty")
    if is_prod and values.get("schedules"):
        problem = (
            None if "run_expected_every_h" in values else "is not set: nobody is told when a schedule stops"
        )
        fix = "set it to somewhat more than the hours between two runs"
        yield Finding(f"run_expected_every_h of {file}", problem, fix)


def _approvers(values: Mapping[str, Any], file: str) -> Iterator[Finding]:
    """Yields whether somebody is named who may let a release into prod."""
    members = [str(each) for each in values.get("approvers") or ()]
    left = [each for each in members if each.endswith("@example.com")]
    if not members:
        problem: str | None = "is empty: nobody is named who may approve the builds that wait"
    else:
        problem = f"still holds the placeholder {', '.join(left)}" if left else None
    if members or values.get("environment") == "prod":
        fix = 'name people or a group, as ["group:releases@<your domain>"]'
        yield Finding(f"approvers of {file}", problem, fix)


def _budget(values: Mapping[str, Any], file: str) -> Iterator[Finding]:
    """Yields whether somebody is told of the costs: in prod there must be."""
    budget, account = values.get("monthly_budget"), values.get("billing_account")
    if budget is not None:
        given = budget if isinstance(budget, dict) else {}
        amount, currency = str(given.get("amount")), str(given.get("currency"))
        faults = [
            *(
                []
                if re.fullmatch(r"[1-9][0-9]*", amount)
                else [f"amount {amount} is no whole number above 0"]
            ),
            *([] if re.fullmatch(r"[A-Z]{3}", currency) else [f"currency {currency} is no three capitals"]),
        ]
        problem = "; ".join(faults) or None
        yield Finding(f"monthly_budget of {file}", problem, 'write { amount = 1000, currency = "USD" }')
    elif values.get("environment") == "prod":
        missing = not values.get("no_budget_because")
        problem = "is not set: nobody would be told what prod costs" if missing else None
        fix = "set it and billing_account, or say in no_budget_because who watches instead"
        yield Finding(f"monthly_budget of {file}", problem, fix)
    if account is not None or budget is not None:
        if account is None:
            problem = "is not set, and a budget lies on the account that pays"
        elif not _BILLING.fullmatch(str(account)):
            problem = f"is {shown(account)}, which is no number of a billing account"
        else:
            problem = "is still the placeholder" if account == "000000-000000-000000" else None
        yield Finding(f"billing_account of {file}", problem, "`gcloud billing accounts list` has it")
