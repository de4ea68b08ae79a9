"""References: where a secret is, as opposed to what it is.

`env:NAME` is a variable of the environment; `file:/path` a file, such as one that Docker or Kubernetes
mounts; `secret:projects/P/secrets/S/versions/V` is in Google's Secret Manager.
"""

from __future__ import annotations

import re

FORMS = "env:NAME, file:/path or secret:projects/P/secrets/S/versions/V"
_PATTERN = re.compile(
    r"env:[A-Za-z_][A-Za-z0-9_]*|file:[/~][^\0\n]*|secret:projects/[^/\s]+/secrets/[^/\s]+/versions/[^/\s]+"
)


def is_reference(text: str) -> bool:
    """Returns whether a text says where a secret is, as opposed to being one."""
    return _PATTERN.fullmatch(text) is not None


def works_everywhere(text: str) -> bool:
    """Returns whether a reference leads to the secret from any machine, a step on Vertex AI too."""
    return text.startswith("secret:")
