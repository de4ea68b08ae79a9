"""A model is code: its files, as they were when it was made, and whether they still are."""
