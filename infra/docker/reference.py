"""Names a pushed image by its digest, from what `docker buildx build --metadata-file` wrote.

python3 infra/docker/reference.py METADATA_FILE IMAGE
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path


def main() -> int:
    """Prints IMAGE@sha256:...; returns 1 where the file has no digest, 2 without arguments."""
    if len(sys.argv) != 3:
        print("usage: reference.py METADATA_FILE IMAGE", file=sys.stderr)
        return 2
    digest = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")).get("containerimage.digest")
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", str(digest)):
        print(f"reference: {sys.argv[1]} has the digest {digest!r}; was the image pushed?", file=sys.stderr)
        return 1
    print(f"{sys.argv[2]}@{digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
