"""What the trigger function takes for a request, and what it sends to the dead letters."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.functions.trigger import events
from infra.functions.trigger.events import NothingAskedError, UnreadableEventError
from monitoring.retraining.rule import Request

WHEN = "2026-11-21T12:00:00.123456789Z"
NOW = dt.datetime(2026, 11, 21, 14, tzinfo=dt.timezone.utc)
UPLOADS = "a-project-evergreen-uploads"


def read(data: Any) -> tuple[Request, str]:
    return events.read(json.dumps(data).encode(), UPLOADS, NOW)


def event(body: Any = None, **attributes: str) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(body).encode()).decode() if body is not None else ""
    return {"message": {"messageId": "7", "publishTime": WHEN, "data": data, "attributes": attributes}}


def stored(name: Any, kind: Any = "OBJECT_FINALIZE", bucket: Any = UPLOADS) -> dict[str, Any]:
    return event(eventType=kind, objectId=name, bucketId=bucket)


def alert(state: str, **labels: str) -> dict[str, Any]:
    return event({"incident": {"state": state, "policy_name": "skew", "policy_user_labels": labels}})


@pytest.mark.parametrize(
    ("data", "reason", "detail"),
    [
        (event({"reason": "schedule", "detail": "nightly"}), "schedule", "nightly"),
        (event({"reason": "manual"}), "manual", ""),
        (event({"reason": "manual", "detail": "a\n\x1b[31mb" + "c" * 500}), "manual", f"a [31mb{'c' * 192}…"),
        (event({"reason": "manual", "detail": "a\ud800b"}), "manual", "a b"),
        (alert("open", reason="drift"), "drift", "skew"),
        (alert("open", reason="performance"), "performance", "skew"),
        (stored("ready/2013-03-01"), "new-data", "ready/2013-03-01"),
    ],
)
def test_five_kinds_of_messages_ask_for_a_run(data: Any, reason: str, detail: str) -> None:
    """Scheduler and people, Cloud Monitoring, Cloud Storage; the id is the message's, in every delivery."""
    request, said = read(data)
    assert (request.reason, said, request.event) == (reason, detail, "7")
    assert request.published == dt.datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=dt.timezone.utc)


@pytest.mark.parametrize(
    ("written", "microsecond"),
    [
        ("2026-11-21T12:00:00Z", 0),
        ("2026-11-21T12:00:00.5Z", 500_000),
        ("2026-11-21T12:00:00.123Z", 123_000),
        ("2026-11-21T14:00:00.123456+02:00", 123_456),
    ],
)
def test_a_message_was_published_when_its_time_says(written: str, microsecond: int) -> None:
    """RFC 3339, with as many digits as there are."""
    data = event({"reason": "manual"})
    data["message"]["publishTime"] = written
    expected = dt.datetime(2026, 11, 21, 12, 0, 0, microsecond, tzinfo=dt.timezone.utc)
    assert read(data)[0].published == expected


@pytest.mark.parametrize(
    "written", ["20261121", "2026-11-21", "2026-W47-6", "20261121T120000Z", "2026-11-21T12:00:00,5Z", "then"]
)
def test_a_time_in_another_notation_is_refused_by_every_python(written: str) -> None:
    """`fromisoformat` takes more of them with every version."""
    data = event({"reason": "manual"})
    data["message"]["publishTime"] = written
    with pytest.raises(UnreadableEventError, match=f"published at '{written}', which is no time"):
        read(data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "carries no Pub/Sub message"),
        ({"message": {**event({"reason": "manual"})["message"], "messageId": ""}}, "has no messageId"),
        ({"message": "text"}, "carries no Pub/Sub message"),
        (event(), "not JSON in base64"),
        ({"message": {"data": "%%%", "publishTime": WHEN}}, "not JSON in base64"),
        (event(["a"]), "is a list; expected an object"),
        (event({"reason": "whim"}), "reason is 'whim'; expected one of schedule"),
        (event({}), "reason is None"),
        (event({"incident": "fire"}), "incident is no object"),
        (event({"incident": {"policy_user_labels": ["a"]}}), "labels are a list; expected a map"),
        ({"message": {"attributes": ["a"]}}, "attributes are a list; expected a map"),
        (
            {"message": {"attributes": {"objectId": 5}}},
            f"bucket None; expected the bucket of uploads, {UPLOADS}",
        ),
        (stored("ready/x", bucket="another"), "storage tells of bucket 'another'; expected"),
        (stored(5), "storage says 'OBJECT_FINALIZE' of 5; expected"),
        (
            stored("ready/x", "OBJECT_EATEN"),
            "storage says 'OBJECT_EATEN' of 'ready/x'; expected one of OBJECT_FINALIZE",
        ),
        ({"message": {"data": 7}}, "not JSON in base64"),
        ({"message": {"data": base64.b64encode(b"[" * 100_000).decode()}}, "not JSON in base64"),
        (event({"reason": "x" * 5000}), r"reason is 'x{198}…; expected"),
        (alert("shut", reason="drift"), "the alert is 'shut'"),
        (alert("open"), "label `reason` is None; expected drift or performance"),
        (
            {"message": {"data": "eyJyZWFzb24iOiJtYW51YWwifQ==", "publishTime": "then"}},
            "'then', which is no time",
        ),
    ],
)
def test_everything_else_is_named_and_unusable(data: Any, why: str) -> None:
    """What was found stands beside what was expected."""
    with pytest.raises(UnreadableEventError, match=why):
        read(data)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["reason", "detail", "incident", "policy_user_labels", "state", "x"]),
            inner | st.sampled_from(["drift", "open", "manual"]),
            max_size=4,
        )
    ),
    max_leaves=8,
)


_NOTIFICATIONS = st.fixed_dictionaries(
    {
        "objectId": _JSON | st.text(max_size=5).map("ready/{}".format),
        "eventType": st.just("OBJECT_FINALIZE"),
        "bucketId": st.just(UPLOADS),
    }
)


@given(
    body=_JSON | st.binary(max_size=30),
    attributes=_JSON | _NOTIFICATIONS,
    published=_JSON | st.just(WHEN),
)
def test_any_event_is_a_request_or_unreadable(body: Any, attributes: Any, published: Any) -> None:
    """Whatever a sender puts into a message, and whatever is no message."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    data = base64.b64encode(text).decode()
    message = {"messageId": "7", "data": data, "attributes": attributes, "publishTime": published}
    plain = None if isinstance(body, bytes) else body
    carried = ({"message": plain}, {"message": message}, {"message": {**message, "data": plain}})
    for delivery in (text, *(json.dumps(each).encode() for each in carried)):
        with contextlib.suppress(UnreadableEventError, NothingAskedError):
            request, detail = events.read(delivery, UPLOADS, NOW)
            assert request.published.tzinfo is not None
            assert len(detail) <= 200


@pytest.mark.parametrize(
    ("body", "windows"), [({}, 0), ({"windows": 0}, 0), ({"windows": 1}, 1), ({"windows": 10}, 10)]
)
def test_a_manual_request_may_ask_for_the_newest_windows(body: dict[str, int], windows: int) -> None:
    """None named is the newest window, whatever has judged it."""
    assert read(event({"reason": "manual", **body}))[0].windows == windows


@pytest.mark.parametrize("windows", [11, -1, True, False, 2.0, "3", None, [3], {}], ids=repr)
def test_windows_are_a_number_within_limits(windows: Any) -> None:
    """Anything else is no request at all."""
    with pytest.raises(UnreadableEventError, match=r"windows is .*; expected a whole number from 1 to 10"):
        read(event({"reason": "manual", "windows": windows}))


def test_only_a_manual_request_names_windows() -> None:
    """A schedule asks for the newest one."""
    with pytest.raises(UnreadableEventError, match="windows is 3 for reason schedule; only manual"):
        read(event({"reason": "schedule", "windows": 3}))


def test_an_alert_that_has_closed_asks_for_nothing() -> None:
    """Cloud Monitoring tells of the end as well; that is no dead letter."""
    with pytest.raises(NothingAskedError, match="the alert has closed"):
        read(alert("closed", reason="drift"))


@pytest.mark.parametrize(
    "told",
    [
        stored("ready/"),
        stored("ready/2013-03-01/part"),
        stored("ready//"),
        stored("ready"),
        stored("data/flights/2013-03-01.csv"),
        stored("ready/2013-03-01", "OBJECT_DELETE"),
        stored("ready/2013-03-01", "OBJECT_METADATA_UPDATE"),
        stored("ready/2013-03-01", "OBJECT_ARCHIVE"),
    ],
    ids=lambda told: "{eventType} {objectId}".format(**told["message"]["attributes"]),
)
def test_an_object_that_is_no_new_marker_asks_for_nothing(told: Any) -> None:
    """A folder made in the console, a marker in a folder, a marker taken away: no dead letters."""
    with pytest.raises(NothingAskedError, match=r"which is no new marker; one is ready/<name>"):
        read(told)


@pytest.mark.parametrize(
    ("ahead_s", "taken"), [(-3600, True), (0, True), (599, True), (601, False), (10**9, False)]
)
def test_a_message_of_the_future_is_refused(ahead_s: int, taken: bool) -> None:
    """It would never become too old; clocks may differ by ten minutes."""
    data = event({"reason": "manual"})
    data["message"]["publishTime"] = (NOW + dt.timedelta(seconds=ahead_s)).isoformat()
    if taken:
        assert read(data)[0].reason == "manual"
    else:
        with pytest.raises(UnreadableEventError, match=r"published at .*, and now it is 2026-11-21T14:00:00"):
            read(data)


@pytest.mark.parametrize("key", ["reason", "incident", "windows"])
def test_a_message_is_unreadable_however_deep_it_is_nested(key: str) -> None:
    """Where JSON can just be read, showing what was read may fail."""
    for depth in range(100, 1_500, 7):
        text = f'{{"reason": "manual", "{key}": {"[" * depth}{"]" * depth}}}'
        data = base64.b64encode(text.encode()).decode()
        with pytest.raises(UnreadableEventError, match=r"reason is|incident is|windows is|deeply|not JSON"):
            read({"message": {"data": data, "publishTime": WHEN}})
