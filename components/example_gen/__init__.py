"""Ingestion: from a day of files or of a table to tf.Examples."""
