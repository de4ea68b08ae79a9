"""The bodies that webhooks take: plain JSON, Slack's, and Teams' Adaptive Card."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

from monitoring.notify import text
from monitoring.notify.message import Message

_MOST_TITLE, _MOST_TEXT, _MOST_DETAIL = 150, 20_000, 500
# Slack cuts a text at 40,000 characters and advises 4,000; Teams refuses a message above 28 KB.
_MOST_BYTES = {"json": 64_000, "slack": 12_000, "teams": 24_000}
_COLOURS = {"info": "good", "warning": "warning", "error": "attention"}
_ICONS = {"info": ":white_check_mark:", "warning": ":warning:", "error": ":x:"}


def body(shape: str, message: Message) -> bytes:
    """Returns the JSON that a webhook is sent; a long text is cut to what its service takes.

    Args:
      shape: `json`, `slack` or `teams`.
      message: any.
    """
    safe = _safe(message)

    def sized(shortened: str) -> bytes:
        return json.dumps(
            _SHAPES[shape](dataclasses.replace(safe, text=shortened)), ensure_ascii=False
        ).encode()

    return text.fitted(safe.text, _MOST_BYTES[shape], sized)


def _safe(message: Message) -> Message:
    details = {
        text.cut(text.one_line(name), _MOST_DETAIL): text.cut(text.one_line(value), _MOST_DETAIL)
        for name, value in message.details.items()
    }
    return dataclasses.replace(
        message,
        title=text.cut(text.one_line(message.title), _MOST_TITLE),
        text=text.cut(text.lines(message.text), _MOST_TEXT),
        details=details,
        log=text.cut(text.one_line(message.log), _MOST_DETAIL),
    )


def _plain(message: Message) -> dict[str, Any]:
    return dataclasses.asdict(message)


def _slack(message: Message) -> dict[str, Any]:
    """Returns a message of Slack's incoming webhooks; what its markup would read as a mention is escaped."""
    lines = [f"{_ICONS[message.severity]} *{_escaped(message.title)}*", _escaped(message.text)]
    lines += [_escaped(f"{name}: {value}") for name, value in _rows(message).items()]
    return {"text": "\n".join(line for line in lines if line)}


def _escaped(plain: str) -> str:
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(message: Message) -> dict[str, Any]:
    """Returns an Adaptive Card; its runs of text, unlike its text blocks, read no Markdown."""
    title = {
        "type": "TextRun",
        "text": message.title,
        "weight": "bolder",
        "size": "medium",
        "color": _COLOURS[message.severity],
    }
    paragraphs = [*message.text.splitlines(), *(f"{name}: {value}" for name, value in _rows(message).items())]
    runs = [title, *({"type": "TextRun", "text": each} for each in paragraphs if each)]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": [run]} for run in runs],
    }
    if message.log.startswith("https://"):
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Log", "url": message.log}]
    content_type = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": content_type, "content": card}]}


def _rows(message: Message) -> dict[str, str]:
    return {**message.details, **({"log": message.log} if message.log else {})}


_SHAPES: Mapping[str, Callable[[Message], dict[str, Any]]] = {
    "json": _plain,
    "slack": _slack,
    "teams": _teams,
}
