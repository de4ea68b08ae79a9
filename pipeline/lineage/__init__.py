"""Runs and the origin of models: one interface, and an adapter for each store."""
