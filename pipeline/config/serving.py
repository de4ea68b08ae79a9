"""Where the model server listens, and how much it takes on."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from components.config_section import NO_FIELD, ContradictionError, Deciding, Section

Port = Annotated[int, Field(ge=0, le=65535)]


class ServingConfig(Section):
    """Address, ports and limits of the model server; those that no deployment needs are flags of the server.

    Attributes:
      max_in_flight: predictions that run or wait, by REST and gRPC together; more are refused at once.
      keep_alive_s: how long an HTTP connection may rest; longer than the load balancer before it lets it.
      drain_s: how long requests may take to end once the server has to stop.
    """

    decides_result: ClassVar[Deciding] = NO_FIELD  # no run reads them

    host: str
    rest_port: Port
    grpc_port: Port
    max_in_flight: PositiveInt
    keep_alive_s: PositiveFloat
    drain_s: NonNegativeFloat

    @model_validator(mode="after")
    def _two_ports(self) -> ServingConfig:
        if self.rest_port == self.grpc_port != 0:  # 0 picks a free one
            raise ContradictionError(
                f"rest_port and grpc_port are both {self.rest_port}; a port serves one of them",
                "rest_port",
                "grpc_port",
            )
        return self
