"""Requests a run from the trigger function, as a person would: by a message on the topic.

python -m infra.promotion.request_run --topic projects/P/topics/T --detail "after v1.2.0"
"""

from __future__ import annotations

import argparse
import json
import sys

from components import foreign_answer
from infra.google_apis import publish
from pipeline.errors import DONE, STOPPED, USAGE, ConfigError, UserError
from pipeline.launch.reason import reason_of
from pipeline.runners.vertex.api import auth_errors


def main(arguments: list[str] | None = None) -> int:
    """Sends the message; whether a run starts is the function's decision, which is in its log."""
    parser = argparse.ArgumentParser(description="Requests a run from the trigger function.")
    parser.add_argument("--topic", required=True, help="terraform output topic")
    parser.add_argument("--detail", default="", help="why; kept with the run")
    options = parser.parse_args(arguments)
    parts = options.topic.split("/")
    if len(parts) != 4 or (parts[0], parts[2]) != ("projects", "topics"):
        print(
            f"request_run: the topic is {options.topic!r}; expected projects/<project>/topics/<topic>",
            file=sys.stderr,
        )
        return USAGE
    try:
        detail = options.detail and reason_of(options.detail, "--detail")
    except ConfigError as error:
        print(f"request_run: {error}", file=sys.stderr)
        return error.exit_code
    body = json.dumps({"reason": "manual", "detail": detail}).encode()
    try:
        with auth_errors(f"asking {options.topic}"):
            publish(parts[1], parts[3], body, {})
    except UserError as error:
        print(f"request_run: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"request_run: no request{foreign_answer.asked(error)}: {error}", file=sys.stderr)
        return STOPPED
    print(f"requested a run on {options.topic}; the function's log says what it decided")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
