"""Whether the model server keeps what it is asked, how much of it, and for how long."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from components.config_section import NO_FIELD, Deciding, Fraction, PositiveInt, Section
from pipeline.config import written
from pipeline.runners.workspace_names import NAMES


class RequestLogConfig(Section):
    """The request log of `evergreen serve`; docs/operations.md says what becomes of it."""

    decides_result: ClassVar[Deciding] = NO_FIELD  # no run reads it

    enabled: bool
    sample: Annotated[Fraction, Field(description="share of the requests; of those with a key, of the keys")]
    folder: Annotated[str, Field(description="below root"), written.name("_-")]
    drop: Annotated[
        tuple[str, ...], Field(description="columns that are never kept; request.key for the clients' keys")
    ]
    rotate_mb: Annotated[int, Field(ge=1, le=256, description="a file that is so large is closed")]
    rotate_s: Annotated[float, Field(ge=1, le=86_400, description="and one that is so old")]
    most_mb: Annotated[PositiveInt, Field(description="of closed files that nothing has compacted")]
    keep_days: Annotated[PositiveInt, Field(description="how long a compacted day is kept")]

    @field_validator("folder")
    @classmethod
    def _own_folder(cls, folder: str) -> str:
        if folder in NAMES:
            raise ValueError(f"is where a deployment keeps its {folder}; choose another name, as requests")
        return folder
