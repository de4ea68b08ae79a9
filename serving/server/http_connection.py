"""One HTTP/1.1 connection: requests are answered in their order, within limits of time.

               first byte          headers end            body ends
      RESTING ───────────▶ HEADERS ──────────▶ BODY ──────────────▶ RESTING   (and an answer is under way)
         │ keep_alive         │ 400, 408, 431    │ 400, 408, 413
         ▼                    ▼                  ▼
       closed ◀─ 5 s ── LINGERING ◀── the refusal is sent, after the answers before it

While one request is answered, the next is read: then reading pauses. A client that is refused is
listened to for a while and what it sends is dropped: closing at once would reset the connection, and it could
not read why.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from serving.server.http_exchange import CLOSE, Exchange, answer_bytes, refusal
from serving.server.http_reader import PIECE_BYTES, Reading, RefusedError, RequestReader
from serving.server.http_service import HttpService, Message

_LINGER_SECONDS = 5.0
_STOPPING_LINGER_SECONDS = 0.5
_LINGER_BYTES = 64 * 1024 * 1024
_REFUSED_IN_WORDS = 64  # connections above the most, which are told so; others are closed at once


class HttpConnection(asyncio.Protocol):
    """Reads requests and sends answers; the module's docstring draws its states."""

    def __init__(self, service: HttpService, **_uvicorn: Any) -> None:
        """Takes what all connections share; uvicorn's own arguments are not needed."""
        self.service = service
        self._reader = RequestReader(service, self._take, self._send_continue)
        self._unread: bytes | memoryview = b""
        self._answering: Exchange | None = None
        self._waiting: deque[Exchange] = deque()
        self._refusal: RefusedError | None = None
        self._since = service.now  # when the last answer was sent, or what is waited for began
        self._is_new = True
        self._reads_no_more = self._eof = self._lingers = False
        self._read_paused = self._write_paused = False
        self._dropped_bytes = 0

    # What the transport calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts, or refuses a connection too many."""
        self._transport = transport
        connections = self.service.connections
        connections.add(self)
        if self.service.is_full():
            self._refuse(RefusedError(503, "too many connections are open; try again"))
            if len(connections) > self.service.limits.max_connections + _REFUSED_IN_WORDS:
                transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's interface
        """Forgets the connection; a prediction that is under way ends for nobody."""
        self.service.connections.discard(self)
        self._reads_no_more = True
        self._reader.drop_body()
        while self._waiting:
            self._waiting.popleft().drop_body()

    def data_received(self, data: bytes) -> None:
        """Reads requests."""
        if self._reads_no_more:
            self._dropped_bytes += len(data)
            if self._dropped_bytes > _LINGER_BYTES:
                self._transport.abort()
        elif len(data) <= PIECE_BYTES and not self._unread:
            self._feed(data)
        else:
            self._unread = memoryview(bytes(self._unread) + data)
            self._feed_unread()

    def eof_received(self) -> bool:
        """Takes that the client sends no more; it may still read answers."""
        self._eof = True
        if not self._reads_no_more:
            if self._reader.reading is Reading.NOTHING:
                self._reads_no_more = True
            else:
                self._refuse(RefusedError(400, "the request ended before its headers and its body did"))
        return self._is_busy()

    def pause_writing(self) -> None:
        """Takes that the client does not read as fast as it is answered."""
        self._write_paused, self._since = True, self.service.now

    def resume_writing(self) -> None:
        """Goes on with what waited for the client."""
        self._write_paused, self._since = False, self.service.now
        self._go_on()

    # What the server calls.

    def end_if_too_slow(self) -> None:
        """Refuses or closes, if what is waited for takes longer than its limit."""
        limits, waited = self.service.limits, self.service.now - self._since
        if self._lingers or self._transport.is_closing():
            if waited > (_STOPPING_LINGER_SECONDS if self.service.draining else _LINGER_SECONDS):
                self._transport.abort()
        elif self._write_paused:
            if waited > limits.body_seconds:
                self._transport.abort()
        elif self._is_resting():
            if waited > (limits.header_seconds if self._is_new else limits.keep_alive_seconds):
                self._transport.close()
        elif not self._read_paused and not self._reads_no_more:
            self._refuse_if_read_too_slowly()

    def _refuse_if_read_too_slowly(self) -> None:
        limits, waited = self.service.limits, self.service.now - self._reader.since
        reading = self._reader.reading
        if reading is Reading.HEADERS and waited > limits.header_seconds:
            self._refuse(RefusedError(408, f"the headers took over {limits.header_seconds:g} s"))
        elif reading is Reading.BODY and waited > limits.body_seconds:
            self._refuse(RefusedError(408, f"the body took over {limits.body_seconds:g} s"))

    def close_if_resting(self) -> None:
        """Closes the connection unless a request is read or answered."""
        if self._is_resting():
            self._transport.close()

    def give_up(self) -> None:
        """Ends the connection, also if a request is being read."""
        if self._reader.reading is not Reading.NOTHING and not self._reads_no_more:
            self._refuse(RefusedError(503, "the server stops, before this request had come"))
        self._transport.close()

    # From bytes to requests.

    def _feed(self, data: bytes | memoryview) -> None:
        try:
            self._reader.feed(data)
        except RefusedError as refused:
            if not self._reads_no_more:  # else it came after a request that was the last one
                self._refuse(refused)

    def _feed_unread(self) -> None:
        while self._unread and not self._read_paused and not self._reads_no_more:
            piece, self._unread = self._unread[:PIECE_BYTES], self._unread[PIECE_BYTES:]
            self._feed(piece)
        if self._reads_no_more:
            self._unread = b""

    def _send_continue(self) -> None:
        if not self._is_busy():  # else it would stand between two answers; clients go on without it
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _take(self, scope: Message, body: bytes, keep_alive: bool) -> None:
        exchange = Exchange(self, scope, body, keep_alive)
        if self._reads_no_more:
            exchange.drop_body()
            return
        self._reads_no_more = not keep_alive
        if self._answering is None and not self._write_paused:
            self._start(exchange)
        else:
            self._waiting.append(exchange)
            self._pause_reading()

    # From answers to bytes.

    def _start(self, exchange: Exchange) -> None:
        self._answering = exchange
        exchange.take_place()
        running = self.service.running
        task = asyncio.get_running_loop().create_task(exchange.run())
        running.add(task)
        task.add_done_callback(running.discard)

    def answer(self, content: bytes, keep_alive: bool) -> None:
        """Sends a whole answer to the request that is being answered."""
        self._answering, self._since, self._is_new = None, self.service.now, False
        if self._transport.is_closing():
            return  # the client has gone
        self._transport.write(content)
        if not keep_alive:
            self._reads_no_more = True
        self._go_on()

    def has_read_all(self) -> bool:
        """Returns whether no request waits behind the one that is answered."""
        return not self._waiting

    def _go_on(self) -> None:
        """Does what comes next, when no answer is under way."""
        if self._answering is not None or self._lingers or self._write_paused:
            return
        if self._waiting:
            self._start(self._waiting.popleft())
        elif self._reads_no_more:
            self._end()
        elif self._read_paused:
            self._read_paused = False
            self._feed_unread()
            if not self._read_paused and not self._transport.is_closing():
                self._transport.resume_reading()

    def _pause_reading(self) -> None:
        if not self._read_paused and not self._transport.is_closing():
            self._read_paused = True
            self._transport.pause_reading()

    def _refuse(self, refused: RefusedError) -> None:
        """Reads no more; says why once the requests before have their answers."""
        self._refusal, self._reads_no_more = refused, True
        self._reader.drop_body()
        self._go_on()

    def _end(self) -> None:
        """Sends the refusal, if there is one, and closes once the client has had the time to read."""
        if self._transport.is_closing():
            return
        if self._refusal is not None:
            status, (headers, body) = self._refusal.status, refusal(self._refusal.status, str(self._refusal))
            self._transport.write(answer_bytes(status, self.service.date_line, [*headers, CLOSE], body))
        if self._eof:
            self._transport.close()
            return
        self._lingers, self._since = True, self.service.now
        self._transport.write_eof()
        if self._read_paused:
            self._read_paused = False
            self._transport.resume_reading()

    def _is_busy(self) -> bool:
        return self._answering is not None or bool(self._waiting)

    def _is_resting(self) -> bool:
        return self._reader.reading is Reading.NOTHING and not self._is_busy() and not self._lingers
