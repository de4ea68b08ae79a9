"""The part of the configuration that says where data is; checked when it is loaded."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from components.config_section import ContradictionError, Deciding, Section
from components.spans import bigquery_partition as partition
from components.spans.grain import GRAINS, Grain, GrainName
from pipeline.spans.window import Readiness


class DataConfig(Section):
    """Where the spans are, and when one is complete."""

    # The launch's window says which spans count and what they hold, wherever they lie.
    decides_result: ClassVar[Deciding] = frozenset({"format", "grain", "strict_columns"})

    source: Annotated[
        str,
        Field(
            min_length=1,
            description="folder with one <YYYY-MM-DD>.<format> a span, or bigquery://<project>/<dataset>/<table>",
        ),
    ]
    format: Annotated[
        Literal["csv", "parquet", "tfrecord", "bigquery"], Field(description="csv and tfrecord also as .gz")
    ]
    grain: Annotated[GrainName, Field(description="what a span holds, and so what a window counts")]
    strict_columns: Annotated[
        bool, Field(description="whether a span with columns that columns.yaml does not have is refused")
    ]
    ready_marker: Annotated[
        str | None, Field(min_length=1, description="a span is read once <file><ready_marker> is there")
    ]
    ready_after_s: Annotated[
        float, Field(ge=0.0, description="a span is read once its file has not changed for so long")
    ]
    label_delay_days: Annotated[
        int, Field(ge=0, le=3650, description="a day is used once the source has a day that is so much later")
    ]
    keep_unused_days: Annotated[
        float, Field(gt=0.0, description="ingested spans that no run used for so long are removed")
    ]

    @property
    def readiness(self) -> Readiness:
        """The rule by which a span is complete."""
        return Readiness(self.ready_marker, self.ready_after_s)

    @property
    def spans(self) -> Grain:
        """What a span holds."""
        return GRAINS[self.grain]

    @model_validator(mode="after")
    def _format_fits_source(self) -> DataConfig:
        if self.format == "bigquery":
            self._parse_table()
        elif self.source.startswith(partition.SCHEME):
            raise ContradictionError(
                f"source is a BigQuery table and format {self.format}; set format: bigquery",
                "format",
                "source",
            )
        if self.format == "bigquery" and self.ready_marker is not None:
            raise ContradictionError(
                "ready_marker names a file beside a file, and a day of a BigQuery table has none; remove it, "
                "and use ready_after_s",
                "ready_marker",
            )
        if self.format == "bigquery" and self.grain != "day":
            raise ContradictionError(
                f"grain is {self.grain}, and a BigQuery table comes in the days of its partitions; "
                "set grain: day",
                "grain",
                "format",
            )
        return self

    def _parse_table(self) -> None:
        try:
            partition.Table.parse(self.source)
        except ValueError as error:
            raise ContradictionError(str(error), "source") from error
