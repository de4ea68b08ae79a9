"""The error of ingestion that the owner of the data can correct."""

from __future__ import annotations


class SpanDataError(ValueError):
    """A span that cannot be ingested: one line with the file, the place, the value, and what was expected."""


class NoLoginError(SpanDataError):
    """Nobody is logged in to Google Cloud."""


class NoSuchTableError(SpanDataError):
    """A BigQuery table that does not exist, or that this account may not know of."""
