"""Where Beam does its work; Beam checks the options' names and values when a run is started or compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from components.config_section import NO_FIELD, Deciding, Section

Option = bool | int | float | str | tuple[str, ...]
Options = Annotated[
    Mapping[str, Option],
    Field(description="Beam's own pipeline options, by name; a list repeats one"),
]


class BeamConfig(Section):
    """Where the stages of Beam do their work when this machine runs the pipeline."""

    decides_result: ClassVar[Deciding] = NO_FIELD  # other workers compute the same

    runner: Annotated[
        Literal["direct", "portable", "flink", "spark"],
        Field(description="this process, a job service with workers of its own, or a cluster"),
    ]
    options: Options

    @field_validator("runner", mode="before")
    @classmethod
    def _reaches_the_data(cls, value: object) -> object:
        if value == "dataflow":
            raise ValueError(
                "Dataflow's workers cannot read this machine's folders; "
                "set `cloud.beam.runner` and start the run with `evergreen submit`"
            )
        return value
