"""A model server with TensorFlow Serving's API, its client, and how models are loaded."""
