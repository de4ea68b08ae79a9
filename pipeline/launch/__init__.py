"""What is resolved once when a run starts, and recorded with it."""
