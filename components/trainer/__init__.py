"""The training step around TFX's own executor."""
