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

from infra.functions.trigger.events import NothingAskedError, UnreadableEventError, read

WHEN = "2026-11-21T12:00:00.123456789Z"


def event(body: Any = None, **attributes: str) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(body).encode()).decode() if body is not None else ""
    return {"message": {"messageId": "7", "publishTime": WHEN, "data": data, "attributes": attributes}}


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
        (event(eventType="OBJECT_FINALIZE", objectId="ready/2013-03-01"), "new-data", "ready/2013-03-01"),
    ],
)
def test_five_kinds_of_messages_ask_for_a_run(data: Any, reason: str, detail: str) -> None:
    """Scheduler and people, Cloud Monitoring, Cloud Storage; the id is the message's, in every delivery."""
    request, said = read("delivery-1", None, data)
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
    assert read("delivery-1", None, data)[0].published == expected


@pytest.mark.parametrize(
    "written", ["20261121", "2026-11-21", "2026-W47-6", "20261121T120000Z", "2026-11-21T12:00:00,5Z", "then"]
)
def test_a_time_in_another_notation_is_refused_by_every_python(written: str) -> None:
    """`fromisoformat` takes more of them with every version."""
    data = event({"reason": "manual"})
    data["message"]["publishTime"] = written
    with pytest.raises(UnreadableEventError, match=f"published at '{written}', which is no time"):
        read("delivery-1", None, data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "carries no Pub/Sub message"),
        ({"message": "text"}, "carries no Pub/Sub message"),
        (event(), "not JSON in base64"),
        ({"message": {"data": "%%%", "publishTime": WHEN}}, "not JSON in base64"),
        (event(["a"]), "is a list; expected an object"),
        (event({"reason": "whim"}), "reason is 'whim'; expected one of schedule"),
        (event({}), "reason is None"),
        (event({"incident": "fire"}), "incident is no object"),
        (event({"incident": {"policy_user_labels": ["a"]}}), "labels are a list; expected a map"),
        ({"message": {"attributes": ["a"]}}, "attributes are a list; expected a map"),
        ({"message": {"attributes": {"objectId": 5}}}, "storage says None of '5'"),
        ({"message": {"data": 7}}, "not JSON in base64"),
        ({"message": {"data": base64.b64encode(b"[" * 100_000).decode()}}, "not JSON in base64"),
        (event({"reason": "x" * 5000}), r"reason is 'x{198}…; expected"),
        (alert("shut", reason="drift"), "the alert is 'shut'"),
        (alert("open"), "label `reason` is None; expected drift or performance"),
        (
            event(eventType="OBJECT_FINALIZE", objectId="days/2013-03-01.csv"),
            "expected a marker below ready/",
        ),
        (event(eventType="OBJECT_DELETE", objectId="ready/x"), "'OBJECT_DELETE' of 'ready/x'"),
        (
            {"message": {"data": "eyJyZWFzb24iOiJtYW51YWwifQ==", "publishTime": "then"}},
            "'then', which is no time",
        ),
    ],
)
def test_everything_else_is_named_and_unusable(data: Any, why: str) -> None:
    """What was found stands beside what was expected."""
    with pytest.raises(UnreadableEventError, match=why):
        read("delivery-1", None, data)


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


@given(
    body=_JSON | st.binary(max_size=30),
    attributes=_JSON | st.fixed_dictionaries({"objectId": _JSON, "eventType": st.just("OBJECT_FINALIZE")}),
    published=_JSON | st.just(WHEN),
)
def test_any_event_is_a_request_or_unreadable(body: Any, attributes: Any, published: Any) -> None:
    """Whatever a sender puts into a message, and whatever is no message."""
    data = base64.b64encode(body if isinstance(body, bytes) else json.dumps(body).encode()).decode()
    message = {"messageId": "7", "data": data, "attributes": attributes, "publishTime": published}
    for carried in (body, {"message": body}, {"message": message}, {"message": {**message, "data": body}}):
        with contextlib.suppress(UnreadableEventError, NothingAskedError):
            request, detail = read("delivery-1", None, carried)
            assert request.published.tzinfo is not None
            assert len(detail) <= 200


@pytest.mark.parametrize(
    ("body", "windows"), [({}, 0), ({"windows": 0}, 0), ({"windows": 1}, 1), ({"windows": 10}, 10)]
)
def test_a_manual_request_may_ask_for_the_newest_windows(body: dict[str, int], windows: int) -> None:
    """None named is the newest window, whatever has judged it."""
    assert read("1", None, event({"reason": "manual", **body}))[0].windows == windows


@pytest.mark.parametrize("windows", [11, -1, True, False, 2.0, "3", None, [3], {}], ids=repr)
def test_windows_are_a_number_within_limits(windows: Any) -> None:
    """Anything else is no request at all."""
    with pytest.raises(UnreadableEventError, match=r"windows is .*; expected a whole number from 1 to 10"):
        read("1", None, event({"reason": "manual", "windows": windows}))


def test_only_a_manual_request_names_windows() -> None:
    """A schedule asks for the newest one."""
    with pytest.raises(UnreadableEventError, match="windows is 3 for reason schedule; only manual"):
        read("1", None, event({"reason": "schedule", "windows": 3}))


def test_an_alert_that_has_closed_asks_for_nothing() -> None:
    """Cloud Monitoring tells of the end as well; that is no dead letter."""
    with pytest.raises(NothingAskedError, match="the alert has closed"):
        read("delivery-1", None, alert("closed", reason="drift"))
