"""Runs and where models come from: one interface, an adapter for each store."""
