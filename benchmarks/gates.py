"""Measures how well the gates tell, and writes the tables into docs/gates.md.

Command:  python -m benchmarks.gates [--data FOLDER]
Takes:    about twenty minutes on two cores, most of it training
Result:   the tables in docs/gates.md; exits with 1 if the gates keep less than they promise
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported

import argparse
import sys
from pathlib import Path

from benchmarks import gates_data, gates_model
from benchmarks.marked_part import replaced

PAGE = Path(__file__).parent.parent / "docs" / "gates.md"
START, END = "<!-- bench-gates -->", "<!-- /bench-gates -->"


def main() -> int:
    """Writes the tables, and prints what does not hold of what is promised."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/flights"))
    data = gates_data.measure(parser.parse_args().data)
    model = gates_model.measure_all()
    tables = f"\n### The gate on data\n\n{data.text}\n\n### The gate on the model\n\n{model.text}\n"
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), START, END, tables), encoding="utf-8")
    faults = (*data.broken, *model.broken)
    print(tables, *faults, sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
