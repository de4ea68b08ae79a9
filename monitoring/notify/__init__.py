"""Telling people how a run ended. docs/notify.md says how it is set up."""
