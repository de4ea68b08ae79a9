"""Where a run keeps things, on this machine or in a bucket."""

from __future__ import annotations

import dataclasses

SPAN_STORE = "spans"  # below the pipeline root


@dataclasses.dataclass(frozen=True)
class RunPaths:
    """The places that the graph needs to know.

    Attributes:
      pipeline_root: folder or bucket path of artifacts.
      schema_file: the schema as it was at launch.
      served_models: folder that the model server watches.
    """

    pipeline_root: str
    schema_file: str
    served_models: str

    @property
    def span_store(self) -> str:
        """Where ingested spans are kept from run to run."""
        return f"{self.pipeline_root.rstrip('/')}/{SPAN_STORE}"
