"""What webhooks are sent: of each service's form, within its limits."""

import json

import pytest

from monitoring.notify.message import Message
from monitoring.notify.shapes import body

MESSAGE = Message(
    kind="run-stopped",
    severity="warning",
    title="flights: stopped",
    text="data gate: dest is <!channel> & more\nsecond",
    details={"run": "r1"},
    log="https://console/run?a=1",
)


def test_plain_json_has_every_field():
    assert json.loads(body("json", MESSAGE)) == {
        "kind": "run-stopped",
        "severity": "warning",
        "title": "flights: stopped",
        "text": "data gate: dest is <!channel> & more\nsecond",
        "details": {"run": "r1"},
        "log": "https://console/run?a=1",
    }


def test_slack_gets_one_text_in_which_data_calls_nobody():
    assert json.loads(body("slack", MESSAGE)) == {
        "text": ":warning: *flights: stopped*\ndata gate: dest is &lt;!channel&gt; &amp; more\nsecond\n"
        "run: r1\nlog: https://console/run?a=1"
    }


def test_teams_gets_an_adaptive_card_with_a_button_to_the_log():
    sent = json.loads(body("teams", MESSAGE))
    (attachment,) = sent["attachments"]
    card = attachment["content"]
    assert sent["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    runs = [block["inlines"][0]["text"] for block in card["body"]]
    assert runs == [
        "flights: stopped", "data gate: dest is <!channel> & more", "second", "run: r1",
        "log: https://console/run?a=1",
    ]  # fmt: skip
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Log", "url": "https://console/run?a=1"}]


def test_a_log_on_this_machine_is_no_button():
    local = Message("run-failed", "error", "t", "", log="/logs/run.log")
    (attachment,) = json.loads(body("teams", local))["attachments"]
    assert "actions" not in attachment["content"]


@pytest.mark.parametrize(("shape", "most"), [("json", 64_000), ("slack", 12_000), ("teams", 24_000)])
@pytest.mark.parametrize("sign", ["x", "&", "✓", "𝄞", "\ud800", '"', "\n", "y\n"])
def test_a_text_of_any_length_and_signs_fits(shape: str, most: int, sign: str):
    long = Message("run-failed", "error", sign * 5000, sign * 100_000, {sign * 600: sign * 5000}, sign * 5000)
    made = body(shape, long)
    assert len(made) <= most
    assert json.loads(made)
