"""Requests runs from the trigger function, as a person would: by messages on the topic.

python -m infra.promotion request-run --topic projects/P/topics/T --detail "after v1.2.0"
python -m infra.promotion request-run --topic projects/P/topics/T --detail v1.2.0 --windows 3
"""

from __future__ import annotations

import argparse
import json

from infra.functions.trigger.events import MOST_WINDOWS
from infra.google_apis import publish
from infra.promotion import command
from pipeline.errors import DONE, ConfigError
from pipeline.launch.reason import reason_of


def _request(options: argparse.Namespace) -> int:
    parts = options.topic.split("/")
    if len(parts) != 4 or (parts[0], parts[2]) != ("projects", "topics"):
        raise ConfigError(f"the topic is {options.topic!r}; expected projects/<project>/topics/<topic>")
    detail = options.detail and reason_of(options.detail, "--detail")
    windows = {"windows": options.windows} if options.windows else {}
    body = json.dumps({"reason": "manual", "detail": detail, **windows}).encode()
    number = options.windows or 1
    for _ in range(number):
        publish(parts[1], parts[3], body, {})
    what = f"{number} runs" if number > 1 else "a run"
    print(f"requested {what} on {options.topic}; the function's log says what it decided")
    return DONE


def main(arguments: list[str] | None = None) -> int:
    """Sends the messages; whether a run starts is the function's decision, which is in its log."""
    parser = command.parser("request-run", "Requests runs from the trigger function.")
    parser.add_argument("--topic", required=True, help="terraform output topic")
    parser.add_argument("--detail", default="", help="why; kept with the run")
    parser.add_argument(
        "--windows",
        type=_windows,
        default=0,
        help="of how many newest windows the current revision is to judge each, oldest first; 0 for the"
        " newest, whatever has judged it",
    )
    options = parser.parse_args(arguments)
    return command.end("request-run", f"asking {options.topic}", lambda: _request(options))


def _windows(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_WINDOWS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of windows; expected 0 to {MOST_WINDOWS}")
    return int(text)
