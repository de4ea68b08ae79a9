"""Models as TensorFlow Serving loads them, and which versions of one are served."""
