"""The start and the end of a process."""
