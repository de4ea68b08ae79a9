"""Preprocessing: its analysis, computed once for each span, and its graph applied to rows."""
