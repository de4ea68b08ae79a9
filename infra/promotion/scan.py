"""Lets images be released when Artifact Analysis has scanned them and found nothing critical with a fix.

python -m infra.promotion scan --images build/images.json
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from infra.promotion import command
from infra.promotion.images import parts, read
from infra.promotion.scan_rule import Finding, why_closed
from pipeline.errors import DONE, STOPPED


def faults(images: dict[str, str]) -> Iterator[str]:
    """Yields a sentence for each image that may not be released.

    Args:
      images: name to image by digest; scanned are the manifests of its platforms, or itself.
    """
    for image in images.values():
        registry, name, digest = parts(image)
        found = [
            occurrence
            for manifest in (digest, *registry.platforms(name, digest))
            for occurrence in registry.occurrences(name, manifest)
        ]
        scans = [each["discovery"].get("analysisStatus", "") for each in found if "discovery" in each]
        vulnerabilities = [
            Finding(
                id=each.get("noteName", "").rsplit("/", 1)[-1],
                severity=each["vulnerability"].get("effectiveSeverity", ""),
                fixed=bool(each["vulnerability"].get("fixAvailable", False)),
            )
            for each in found
            if "vulnerability" in each
        ]
        if why := why_closed(scans, vulnerabilities):
            yield f"{image}: {why}"


def _scan(path: Path) -> int:
    found = [*faults(read(path))]
    print(
        "\n".join(found) or "every image was scanned, and nothing critical that is fixed elsewhere was found"
    )
    return STOPPED if found else DONE


def main(arguments: list[str] | None = None) -> int:
    """Prints what closes; exit code 1 if something does."""
    parser = command.parser("scan", "Lets images be released when scanning found nothing critical.")
    parser.add_argument("--images", type=Path, default=Path("build/images.json"))
    options = parser.parse_args(arguments)
    return command.end("scan", "asking for findings", lambda: _scan(options.images))
