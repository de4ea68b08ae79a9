"""Where the model server listens."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from components.config_section import NO_FIELD, ContradictionError, Deciding, Section

Port = Annotated[int, Field(ge=0, le=65535)]


class ServingConfig(Section):
    """Address and ports of the model server."""

    decides_result: ClassVar[Deciding] = NO_FIELD  # no run reads them

    host: str
    rest_port: Port
    grpc_port: Port

    @model_validator(mode="after")
    def _two_ports(self) -> ServingConfig:
        if self.rest_port == self.grpc_port != 0:  # 0 picks a free one
            raise ContradictionError(
                f"rest_port and grpc_port are both {self.rest_port}; a port serves one of them",
                "rest_port",
                "grpc_port",
            )
        return self
