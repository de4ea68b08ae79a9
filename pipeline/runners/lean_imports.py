"""Leaves out of the start of a run what libraries import and a run does not need."""

import contextlib
import sys
from collections.abc import Iterator

# Keras tries to import the first two, to draw pictures and to look like scikit-learn; TFMA's metrics of texts
# import the third, by way of portalocker. Each goes on without.
OPTIONAL = ("matplotlib", "sklearn", "redis")


@contextlib.contextmanager
def hidden(*names: str) -> Iterator[None]:
    """Makes imports of packages fail for a while; what is imported already stays."""
    missing = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(missing))  # type: ignore[arg-type]  # None makes an import fail
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]
