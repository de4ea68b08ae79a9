"""The record that names the new champion."""
