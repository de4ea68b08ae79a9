"""What becomes of a candidate that every gate passed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from components.config_section import NO_FIELD, Deciding, Section


class ReleaseConfig(Section):
    """Who decides that a registered candidate serves."""

    decides_result: ClassVar[Deciding] = NO_FIELD  # the candidate is the same whoever lets it serve

    policy: Annotated[
        Literal["immediate", "manual", "canary", "shadow"],
        Field(
            description="immediate: it serves at once; manual: once a person approves it; canary: after a "
            "rollout by rollout.stages; shadow: after those of them that nobody hears"
        ),
    ]
