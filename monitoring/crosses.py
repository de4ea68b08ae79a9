"""How a cross, and a pair of values in it, is written. Pure Python, for the configuration as well."""

from __future__ import annotations

BETWEEN = " × "
