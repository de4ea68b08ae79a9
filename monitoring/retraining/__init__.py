"""Whether a model is retrained now."""
