"""Statistics of each split, computed once for each span."""
