"""Compares an image's compressed size with its budget.

python3 infra/docker/size.py REFERENCE BUDGET_MB
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

Inspect = Callable[[str], dict[str, Any]]


def compressed_mb(reference: str, inspect: Inspect) -> float:
    """Returns the size of an image's layers, of the largest platform where there are several.

    Args:
      reference: the image in its registry.
      inspect: reference to raw manifest.
    """
    manifest = inspect(reference)
    if "manifests" not in manifest:
        return sum(layer["size"] for layer in manifest["layers"]) / 1e6
    name = reference.partition("@")[0].rpartition(":")[0]
    platforms = [
        m for m in manifest["manifests"] if m["platform"]["os"] != "unknown"
    ]  # attestations say that
    return max(compressed_mb(f"{name}@{platform['digest']}", inspect) for platform in platforms)


def _inspect(reference: str) -> dict[str, Any]:
    command = ["docker", "buildx", "imagetools", "inspect", "--raw", reference]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> int:
    """Prints size and budget; returns 1 above the budget, 2 without arguments."""
    if len(sys.argv) != 3:
        print("usage: size.py REFERENCE BUDGET_MB", file=sys.stderr)
        return 2
    reference, budget = sys.argv[1], int(sys.argv[2])
    size = compressed_mb(reference, _inspect)
    print(f"{reference}: {size:.0f} MB compressed, {budget} MB allowed")
    return int(size > budget)


if __name__ == "__main__":
    sys.exit(main())
