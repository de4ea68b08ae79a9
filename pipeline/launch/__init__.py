"""What is resolved once when a run is started, and recorded with it."""
