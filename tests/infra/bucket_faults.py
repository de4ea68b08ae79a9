"""Who reads and writes which objects of a plan's buckets, and what its buckets delete by themselves."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.infra.iam_conditions import holds
from tests.infra.terraform_plans import Plan

# Objects of each bucket that stand for all of their kind. Live ones are never deleted, but those of EXPIRED.
SAMPLES: Mapping[str, Sequence[str]] = {
    "uploads": ("data/flights/2013-01-01.csv", "data/flights/2013-01-01.csv.gz", "ready/2013-01-01"),
    "artifacts": (
        "artifacts/1/run/Trainer_2/model/Format-Serving/saved_model.pb",
        "artifacts/1/run/Trainer_2/model/Format-Serving/variables/variables.index",
        "artifacts/1/run/Pusher_2/pushed_model/variables/variables.data-00000-of-00001",
        "artifacts/1/run/Pusher_2/pushed_model/assets/vocabulary.txt",
        "artifacts/1/run/Release_2/release/verdict.json",
        "artifacts/1/run/Transform_2/transform_graph/metadata/schema.pbtxt",
        "schemas/v1.0.0/schema.pbtxt",
        "registry/flights.json",
        "models/flights/7/saved_model.pb",
        "elsewhere/Trainer_2/model/saved_model.pb",
    ),
    "promotions": ("current.json", "templates/v1.0.0.json", "trigger/0123.zip"),
    "state": ("prod/default.tfstate",),
    "functions": ("evergreen-trigger/version-1/function-source.zip",),
    "foreign": ("anything",),
}
EXPIRED = (
    "artifacts/1/run/ExampleGen_2/examples/Split-train/data_tfrecord-00000-of-00001.gz",
    "artifacts/1/run/Transform_2/transformed_examples/Split-train/transformed_examples-00000-of-00001.gz",
    "beam/staging/pickled_main_session",
)
PREFIXES = ("", "artifacts/", "artifacts/1/run/Pusher_2/", "schemas/", "registry/", "trigger/")
# What each account may do, no less and no more: <bucket>/<object>, and for lists <bucket>/<prefix>.
_ARTIFACTS, _UPLOADS, _PROMOTIONS = r"artifacts/.*", r"uploads/.*", r"promotions/.*"
MAY: Mapping[str, Mapping[str, str]] = {
    "pipeline": {
        "read": f"{_ARTIFACTS}|{_UPLOADS}",
        "list": f"{_ARTIFACTS}|{_UPLOADS}",
        "write": _ARTIFACTS,
    },
    "training": {
        "read": _ARTIFACTS,
        "list": _ARTIFACTS,
        "write": r"artifacts/artifacts/.+/Trainer_\d+/.*",
    },
    "serving": {"read": r"artifacts/artifacts/.+/Pusher_\d+/.*", "list": r"artifacts/artifacts/.*"},
    "build": {
        "read": rf"artifacts/schemas/.*|{_PROMOTIONS}|functions/.*",
        "list": rf"{_PROMOTIONS}|functions/.*",
        "write": rf"artifacts/schemas/.*|{_PROMOTIONS}",
    },
    "trigger": {
        "read": rf"{_UPLOADS}|{_PROMOTIONS}|artifacts/registry/.*",
        "list": rf"{_UPLOADS}|{_PROMOTIONS}|artifacts/registry/.*",
    },
    "plan": {"read": r"promotions/trigger/.*|state/.*", "list": r"state/.*"},
    "pull-request": {},
}
DECLARED = {"read": _UPLOADS, "list": _UPLOADS, "write": _UPLOADS}
ROLES = {
    "roles/storage.objectViewer": ("read", "list"),
    "roles/storage.objectUser": ("read", "list", "write"),
}
# Other ways to an object: lists of control, keys that are no account's, folders with grants of their own.
OTHER_WAYS = re.compile(r"google_storage_\w*(acl|access_control|hmac_key|managed_folder_iam\w*)\b")
KEPT_DAYS = 30  # of what was overwritten or deleted


def in_reach(plan: Plan, declared: frozenset[str]) -> Iterator[str]:
    """Names each grant by which somebody reads, lists or writes more than shall be, and what is missing.

    Args:
      plan: of one environment.
      declared: members that its tfvars file lets in by name: they may bring days.
    """
    yield from _unread(plan)
    yield from _too_much(plan, declared)
    yield from _too_little(plan)
    yield from (
        f"{address}: goes round the grants" for address in plan.resources if OTHER_WAYS.search(address)
    )


def _unread(plan: Plan) -> Iterator[str]:
    """Buckets, roles and conditions that are not known here would pass unread."""
    buckets = {None, *_bucket_names(plan).values()}
    for address, role, _ in plan.grants():
        if plan.resources[address].get("bucket") not in buckets:
            yield f"{address}: nobody knows the bucket {plan.resources[address]['bucket']}"
        on_objects = "google_storage_bucket_iam_member" in address or role.startswith("roles/storage.")
        if on_objects and role not in ROLES:
            yield f"{address}: {role} is none of the roles on objects"
        try:
            holds(plan.condition(address), "")
        except ValueError as error:
            yield f"{address}: its condition has an {error}"


def _too_much(plan: Plan, declared: frozenset[str]) -> Iterator[str]:
    for address, account, member, reach in _reached(plan):
        may = MAY.get(account, DECLARED if member in declared else {})
        beyond = [each for each in reach if not re.fullmatch(may.get(each[0], ""), each[1])]
        if beyond:
            yield f"{address}: {member} may {' '.join(max(beyond))}"  # writing is said before reading


def _too_little(plan: Plan) -> Iterator[str]:
    reached = {(account, *each) for _, account, _, reach in _reached(plan) for each in reach}
    for account in plan.outputs["accounts"]:
        for operation, pattern in MAY[account].items():
            wanted = {thing for thing in _things(operation) if re.fullmatch(pattern, thing)}
            missing = {thing for thing in wanted if (account, operation, thing) not in reached}
            if missing:
                yield f"{account} may not {operation} {min(missing)}"


def _reached(plan: Plan) -> Iterator[tuple[str, str, str, set[tuple[str, str]]]]:
    """Address, account, member, and what it may, of each grant whose role and condition are known."""
    account_of = {f"serviceAccount:{email}": role for role, email in plan.outputs["accounts"].items()}
    for address, role, member in plan.grants():
        with contextlib.suppress(ValueError):
            reach = set(_reach(plan, address, ROLES.get(role, ())))
            yield address, account_of.get(member, member), member, reach


def _things(operation: str) -> Iterator[str]:
    for use, names in SAMPLES.items():
        expired = EXPIRED if use == "artifacts" else ()
        yield from (f"{use}/{name}" for name in (PREFIXES if operation == "list" else (*names, *expired)))


def _reach(plan: Plan, address: str, operations: Sequence[str]) -> Iterator[tuple[str, str]]:
    names = _bucket_names(plan)
    condition = plan.condition(address)
    granted = plan.resources[address].get("bucket")  # none: a grant on the project
    for operation in operations:
        for thing in _things(operation):
            use, _, name = thing.partition("/")
            if granted not in (None, names[use]):
                continue
            bucket = f"projects/_/buckets/{names[use]}"
            resource, prefix = (bucket, name) if operation == "list" else (f"{bucket}/objects/{name}", "")
            if holds(condition, resource, prefix):
                yield operation, thing


def _bucket_names(plan: Plan) -> dict[str, str]:
    cloud = plan.outputs["configuration"]["cloud"]
    artifacts = cloud["bucket"].removeprefix("gs://")
    return {
        "artifacts": artifacts,
        "uploads": cloud["data"].removeprefix("gs://").partition("/")[0],
        "promotions": f"{artifacts}-promotions",
        "state": f"{artifacts}-state",
        "functions": f"gcf-v2-sources-123456789012-{cloud['region']}-0123abc",
        "foreign": "another-bucket",
    }


def in_lifecycles(plan: Plan) -> Iterator[str]:
    """Names each rule of a bucket that deletes what is to stay, or its earlier versions within a month."""
    use_of = {name: use for use, name in _bucket_names(plan).items()}
    for address, bucket in plan.of_type("google_storage_bucket").items():
        if not bucket["versioning"] or not bucket["versioning"][0]["enabled"]:
            yield f"{address}: keeps no earlier versions"
        for rule in bucket.get("lifecycle_rule") or ():
            condition = rule["condition"][0]
            deleted = [
                name
                for name in SAMPLES.get(use_of.get(bucket["name"], ""), ("anything",))
                if rule["action"][0]["type"] != "SetStorageClass" and _matches(condition, name)
            ]
            if deleted and not _of_old_versions(condition):
                yield f"{address}: deletes {deleted[0]}"
            if deleted and (condition.get("days_since_noncurrent_time") or KEPT_DAYS) < KEPT_DAYS:
                yield f"{address}: deletes earlier versions of {deleted[0]} within {KEPT_DAYS} days"


def deleted_after_days(bucket: Mapping[str, Any], name: str) -> int:
    """Age at which a bucket deletes a live object; 0 for never."""
    conditions = [rule["condition"][0] for rule in bucket["lifecycle_rule"]]
    ages = [each["age"] for each in conditions if each.get("age") and _matches(each, name)]
    return min(ages, default=0)


def _matches(condition: Mapping[str, Any], name: str) -> bool:
    prefixes, suffixes = condition.get("matches_prefix") or [""], condition.get("matches_suffix") or [""]
    return name.startswith(tuple(prefixes)) and name.endswith(tuple(suffixes))


def _of_old_versions(condition: Mapping[str, Any]) -> bool:
    """Whether a rule waits for days after which a version is no longer the live one."""
    return bool(condition.get("days_since_noncurrent_time"))
