"""Images of pipeline, trainer and server."""
