"""The record that registers a candidate under its version."""
