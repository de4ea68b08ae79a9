"""Beam's worker program, which also notes what it worked on:  noting_worker.py <folder>

Appends the full name of every step of every bundle to the file `<folder>/<process id>`.
"""

import os
import sys
from pathlib import Path

from apache_beam.runners.worker import bundle_processor, sdk_worker_main


def note_into(folder: Path) -> None:
    """Makes this process note what it works on from now on."""
    process_bundle = bundle_processor.BundleProcessor.process_bundle

    def noted(self, instruction_id, *more):
        with (folder / str(os.getpid())).open("a") as file:
            for transform in self.process_bundle_descriptor.transforms.values():
                file.write(f"{transform.unique_name}\n")
        return process_bundle(self, instruction_id, *more)

    bundle_processor.BundleProcessor.process_bundle = noted


if __name__ == "__main__":
    note_into(Path(sys.argv[1]))
    sdk_worker_main.main(sys.argv)
