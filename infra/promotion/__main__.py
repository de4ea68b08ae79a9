"""Starts a command of a promotion; `make` has a target for each.

python -m infra.promotion gate --help
"""

from __future__ import annotations

import argparse
import importlib
import sys

from pipeline.cli.quiet_imports import quiet_imports

MODULES = {
    "gate": "gate",
    "images": "images",
    "pointer": "current_revision",
    "request-run": "request_run",
    "scan": "scan",
    "template": "make_template",
}


def main() -> int:
    """Imports the command's module alone, whose libraries are loud, and runs it."""
    parser = argparse.ArgumentParser(prog="python -m infra.promotion", description="Promotes a revision.")
    parser.add_argument("command", choices=MODULES)
    command = parser.parse_args(sys.argv[1:2]).command
    name = f"infra.promotion.{MODULES[command]}"
    with quiet_imports(name):
        main_of = importlib.import_module(name).main
    return int(main_of(sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
