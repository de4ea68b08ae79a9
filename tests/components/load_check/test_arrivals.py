"""Latency counts from when a request was due, so that a server's pause is seen by all that came in it."""

import asyncio

import pytest

from components.load_check.arrivals import Arrived, Client

PAUSE_S = 0.5


def driven(*answers: bytes, seconds: float = 0.8, connections: int = 128) -> Arrived:
    """Drives a server that answers one request after the other, pauses first and repeats its last answer."""
    left = [*answers]

    async def main() -> Arrived:
        turn = asyncio.Lock()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.readline():
                await reader.readuntil(b"\r\n\r\n")
                async with turn:
                    if len(left) == len(answers):
                        await asyncio.sleep(PAUSE_S)
                    writer.write(left.pop(0) if len(left) > 1 else left[0])
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        client = Client(*server.sockets[0].getsockname(), connections)
        arrived = await client.drive([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"], 100.0, seconds)
        client.close()
        server.close()
        return arrived

    return asyncio.run(main())


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@pytest.mark.parametrize("connections", [128, 1])
def test_every_request_that_was_due_in_a_pause_has_waited(connections: int):
    """On the server, or for a connection. A client that waits for answers would see one slow request."""
    arrived = driven(OK, OK, connections=connections)
    assert (arrived.sent, len(arrived.latencies_ms)) == (80, 80)
    assert sum(latency > 100 for latency in arrived.latencies_ms) >= 35
    assert max(arrived.latencies_ms) >= 1000 * PAUSE_S
    assert arrived.seconds >= 0.79


def test_only_answers_of_200_count():
    """Also one whose end cannot be known; a server that is not there answers nothing."""
    refused = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    endless = b"HTTP/1.1 200 OK\r\n\r\n"
    arrived = driven(refused, endless, OK, seconds=0.1)
    assert (arrived.sent, len(arrived.latencies_ms)) == (10, 8)
    nobody = asyncio.run(Client("127.0.0.1", 9).drive([b"x"], 100.0, 0.05))
    assert (nobody.sent, nobody.latencies_ms) == (5, ())
