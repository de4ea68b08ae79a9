"""What import.yaml says of itself to its reader."""

from __future__ import annotations

HEAD = """\
# How a raw file becomes the spans of data.source. `evergreen import FILE` reads tomorrow's file by these
# rules, and refuses what does not fit, by line and column. docs/import.md says what each word means.
"""
DATE = "# the column that rows are grouped by"
COLUMNS = """
# One line a column of the spans: its name, `from`: its name in the file, `as`: what its cells are (text, if
# left out), `nulls`: cells that say that nothing is known.
"""
LEFT_OUT = """
# Columns of the file that spans do not have. One that stands neither here nor above is refused as new.
"""
GRAINS = {
    "day": "# a file a day",
    "week": "# a file a week, named by its Monday",
    "month": "# a file a month, named by its first day",
    "file": "# rows have no dates: a file for each delivery",
}
