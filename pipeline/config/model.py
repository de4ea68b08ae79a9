"""What the released model is called."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from components.config_section import EVERY_FIELD, Deciding, Section


class ModelConfig(Section):
    """The model's name, and the part of its version that people decide."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD  # a release bears both

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
    version: Annotated[
        str, Field(pattern=r"^\d+\.\d+$", description="MAJOR.MINOR; a release appends its number")
    ]
