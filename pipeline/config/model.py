"""What the released model is called."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from components.config_section import EVERY_FIELD, Deciding, Section
from pipeline.config import written
from pipeline.config.written import Written


class ModelConfig(Section):
    """The model's name, and the part of its version that people decide."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD  # a release bears both

    name: Annotated[str, written.name("_-")]
    version: Annotated[
        str,
        Field(description="MAJOR.MINOR; a release appends its number"),
        Written(r"[0-9]+\.[0-9]+", "MAJOR.MINOR, two whole numbers, as in 1.0"),
    ]
