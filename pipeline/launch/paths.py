"""The places where a run stores its files, on this machine or in a bucket."""

from __future__ import annotations

import dataclasses

SPAN_STORE = "spans"  # below the pipeline root


@dataclasses.dataclass(frozen=True)
class RunPaths:
    """The paths that the graph needs.

    Attributes:
      pipeline_root: folder or bucket path of the artifacts.
      schema_file: copy of the schema, made at launch.
      served_models: folder that the model server watches.
    """

    pipeline_root: str
    schema_file: str
    served_models: str

    @property
    def span_store(self) -> str:
        """The folder that keeps ingested spans from run to run."""
        return f"{self.pipeline_root.rstrip('/')}/{SPAN_STORE}"
