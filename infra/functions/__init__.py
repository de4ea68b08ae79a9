"""Functions that run outside the pipeline, each with its own small lock."""
