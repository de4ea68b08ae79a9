"""Where the model server listens."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from components.config_section import NO_FIELD, Deciding, Section

Port = Annotated[int, Field(ge=0, le=65535)]


class ServingConfig(Section):
    """Address and ports of the model server."""

    decides_result: ClassVar[Deciding] = NO_FIELD  # no run reads them

    host: str
    rest_port: Port
    grpc_port: Port
