"""Verdicts: what every gate decides and records."""
