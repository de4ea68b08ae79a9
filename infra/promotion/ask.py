"""Asks the trigger function for a run, as a person would: a message on the topic.

python -m infra.promotion.ask --topic projects/P/topics/T --detail "after release v1.2.0"
"""

from __future__ import annotations

import argparse
import json
import sys

import requests
from google.auth.exceptions import GoogleAuthError

from infra.google_apis import publish
from pipeline.errors import DONE, STOPPED, USAGE


def main(arguments: list[str] | None = None) -> int:
    """Sends the message; whether a run starts is the function's decision, told in its log."""
    parser = argparse.ArgumentParser(description="Asks the trigger function for a run.")
    parser.add_argument("--topic", required=True, help="terraform output topic")
    parser.add_argument("--detail", default="", help="why; kept with the run")
    given = parser.parse_args(arguments)
    parts = given.topic.split("/")
    if len(parts) != 4 or (parts[0], parts[2]) != ("projects", "topics"):
        print(
            f"ask: the topic is {given.topic!r}; expected projects/<project>/topics/<topic>", file=sys.stderr
        )
        return USAGE
    body = json.dumps({"reason": "manual", "detail": given.detail}).encode()
    try:
        publish(parts[1], parts[3], body, {})
    except (requests.RequestException, GoogleAuthError) as error:
        print(f"ask: {error}", file=sys.stderr)
        return STOPPED
    print(f"asked {given.topic}; the function's log says what it decided")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
