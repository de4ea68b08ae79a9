"""Drives the candidate's server and the champion's in turns, in the same minute, with the same rows."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from components.load_check.arrivals import Arrived, Client
from components.load_check.rule import Driven, DrivenBoth, Load, LoadPolicy
from serving.client.server_process import ModelServerError, ModelServerProcess

Row = Mapping[str, Any]
RowsFor = Callable[[set[str]], Sequence[Row]]

# Each size of batch is driven in so many turns of each model, so that a slow moment of the machine hits both.
_TURNS = 4
_WARM_UP_S = 0.2
_BODIES = 64
# The server is on this machine; a proxy from the environment must not come between.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclasses.dataclass(frozen=True)
class Champion:
    """What is driven beside the candidate.

    Attributes:
      folder: with the model in `<folder>/<number>`; None if there is none.
      fault: why it must not be loaded; empty if it may, or if there is none.
    """

    folder: str | None = None
    fault: str = ""


NO_CHAMPION = Champion()


def drive(
    candidate: ModelServerProcess, champion: Champion, rows_for: RowsFor, policy: LoadPolicy
) -> DrivenBoth:
    """Returns what the candidate's server did under load, and the champion's beside it.

    Args:
      candidate: the running server.
      champion: what is driven beside it.
      rows_for: returns the rows to send, with those inputs only that a model takes; at least one.
      policy: how to drive.

    Raises:
      OSError: the candidate's server does not tell its inputs.
    """
    if champion.folder is None:
        return DrivenBoth(*_driven([candidate], rows_for, policy), fault=champion.fault)
    try:
        with ModelServerProcess(champion.folder, "champion") as other:
            own, others = _driven([candidate, other], rows_for, policy)
    except (ModelServerError, OSError, ValueError) as error:
        (own,) = _driven([candidate], rows_for, policy)
        return DrivenBoth(own, fault=" ".join(str(error).split())[:300])
    refused = [load for load in others.loads if len(load.latencies_ms) != load.sent]
    if refused:
        return DrivenBoth(
            own, fault=f"{len(refused[0].latencies_ms)} of its {refused[0].sent} answers were 200"
        )
    return DrivenBoth(own, others)


def _driven(
    servers: Sequence[ModelServerProcess], rows_for: RowsFor, policy: LoadPolicy
) -> tuple[Driven, ...]:
    requests = [_requests(server, rows_for, policy.batches) for server in servers]
    loads = asyncio.run(_drive_all(servers, requests, policy))
    return tuple(Driven(tuple(own), server.memory_mb()) for own, server in zip(loads, servers, strict=True))


async def _drive_all(
    servers: Sequence[ModelServerProcess], requests: Sequence[Sequence[Sequence[bytes]]], policy: LoadPolicy
) -> list[list[Load]]:
    """Returns the loads of each server, by size of batch."""
    clients = [Client(*_address(server)) for server in servers]
    found: list[list[Load]] = [[] for _ in servers]
    for position, batch in enumerate(policy.batches):
        for number, client in enumerate(clients):
            await client.drive(requests[number][position], policy.rate, _WARM_UP_S)
        turns: list[list[Arrived]] = [[] for _ in servers]
        for turn in range(_TURNS):
            order = [*enumerate(clients)]
            for number, client in order if turn % 2 else reversed(order):
                turns[number].append(
                    await client.drive(requests[number][position], policy.rate, policy.seconds / _TURNS)
                )
        for number, arrived in enumerate(turns):
            found[number].append(_load(batch, arrived))
    for client in clients:
        client.close()
    return found


def _load(batch: int, turns: Sequence[Arrived]) -> Load:
    latencies = tuple(latency for turn in turns for latency in turn.latencies_ms)
    return Load(batch, sum(turn.sent for turn in turns), latencies, sum(turn.seconds for turn in turns))


def _requests(server: ModelServerProcess, rows_for: RowsFor, batches: Sequence[int]) -> list[list[bytes]]:
    """Returns whole HTTP requests for each size of batch; the rows begin again where they end."""
    path = f"/v1/models/{server.model_name}"
    with _open(f"{server.rest_url}{path}/metadata", timeout=30) as response:
        signatures = json.load(response)["metadata"]["signature_def"]["signature_def"]
    rows = rows_for(set(signatures["serving_default"]["inputs"]))
    made = []
    for batch in batches:
        count = min(_BODIES, max(1, len(rows)))
        starts = [number * batch for number in range(count)]
        made.append([_post(f"{path}:predict", _batch(rows, start, batch)) for start in starts])
    return made


def _batch(rows: Sequence[Row], start: int, size: int) -> bytes:
    chosen = [rows[(start + number) % len(rows)] for number in range(size)]
    return json.dumps({"instances": chosen}).encode()


def _post(path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*head, "", "")).encode() + body


def _address(server: ModelServerProcess) -> tuple[str, int]:
    parts = urlsplit(server.rest_url)
    return str(parts.hostname), int(parts.port or 0)
