"""What the released model is called; its version is computed (components/release/version_rule.py)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from components.config_section import EVERY_FIELD, Deciding, Section
from pipeline.config import written


class ModelConfig(Section):
    """The model's name."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD  # a release bears it

    name: Annotated[str, written.name("_-")]
