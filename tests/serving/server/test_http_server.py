"""The HTTP server bears slow, greedy and malformed clients; asked by real sockets."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from serving.server.descriptors import raise_descriptor_limit
from tests.serving.server.http_in_process import GET, GOOD, LIMITS, Echo, Running, answers, running

CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
CLOSE = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"


@pytest.fixture(scope="module")
def echo() -> Iterator[Running]:
    raise_descriptor_limit()  # this process holds both ends of hundreds of connections
    with running(Echo()) as server:
        yield server


@pytest.fixture(autouse=True)
def no_word_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What clients send wrong fills no log."""
    yield
    assert caplog.records == []


def header(size: int) -> bytes:
    """A request whose line and headers take so many bytes, as the server counts them."""
    return (
        b"GET / HTTP/1.1\r\nConnection: close\r\nX: "
        + b"x" * (size - len("/Connectionclose____X____"))
        + b"\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("sent", "statuses", "text"),
    [
        (header(64 * 1024), [200], ""),
        (header(64 * 1024 + 1), [431], "over 65536 bytes"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000, [431], "over 65536 bytes"),
        (b"GET /" + b"x" * 200_000, [431], "over 65536 bytes"),
        (CHUNKED + b"1\r\nx\r\n0\r\nX: " + b"x" * 200_000, [431], "over 65536 bytes"),
        (CHUNKED + b"1;" + b"x" * 200_000, [431], "over 65536 bytes"),
        (b"\r\n" * 100_000, [431], "over 65536 bytes"),
        (b"POST / HTTP/1.1\r\nContent-Length: 100001\r\n\r\n", [413], "over 100000 bytes"),
        (CHUNKED + b"186a1\r\n" + b"x" * 100_001, [413], "over 100000 bytes"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n", [400], "malformed HTTP"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", [400], "malformed HTTP"),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\ngood" + GET, [200, 400], "malformed HTTP"),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\ngood", [408], "the body took over 0.4 s"),
        (b"GET / HTTP/1.1\r\nX: ", [408], "the headers took over 0.4 s"),
        (GET + GOOD + b"\0" + GET, [200, 200, 400], "malformed HTTP"),
        (b"BREW / HTTP/1.1\r\n\r\n", [400], "malformed HTTP"),
        (b"GET / HTTP/2.0\r\n\r\n", [505], "HTTP/1.1 is"),
        (b"CONNECT a:80 HTTP/1.1\r\n\r\n", [400], "CONNECT"),
        (b"CONNECT /a HTTP/1.1\r\n\r\n", [400], "no proxy"),
        (b"GET \xff HTTP/1.1\r\n\r\n", [400], "malformed HTTP"),
        (b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05", [400], "WebSocket"),
        (b"GET / HTTP/1.1\r\nExpect: miracles\r\n\r\n", [417], "100-continue"),
        (CLOSE + GET, [200], ""),
    ],
)
def test_a_message_is_answered_by_its_status_and_one_line(
    echo: Running, sent: bytes, statuses: list[int], text: str
) -> None:
    found = echo.ask(sent)
    assert [answer.status for answer in found] == statuses
    assert found[-1].headers["connection"] == "close"
    assert statuses[-1] == 200 or text in found[-1].error


def test_another_protocol_is_declined_by_an_answer(echo: Running) -> None:
    """As Java's client asks for HTTP/2."""
    asked = b"POST / HTTP/1.1\r\n" + H2C + b"Content-Length: 3\r\n\r\nabc" + GET + CLOSE
    assert [answer.body for answer in echo.ask(asked)] == [b"abc", b"", b""]


def test_many_wishes_for_another_protocol_at_once_are_as_many_small_requests(echo: Running) -> None:
    wish, last = b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", b"GET / HTTP/1.1\r\nA: "
    statuses = [answer.status for answer in echo.ask(wish * 900 + last, b"b\r\nConnection: close\r\n\r\n")]
    assert statuses == [200] * 901


def test_a_client_that_expects_to_be_told_to_continue_is_told(echo: Running) -> None:
    told = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: "
    with echo.connect() as connection:
        connection.sendall(told + b"4\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"good")
        assert [answer.body for answer in answers(connection)] == [b"good"]
    assert [answer.status for answer in echo.ask(told + b"100001\r\n\r\n")] == [413]


@pytest.mark.parametrize("head", [b"Content-Length: 40000000", b"Transfer-Encoding: chunked"])
def test_who_sends_too_much_before_it_reads_can_read_why(echo: Running, head: bytes) -> None:
    piece = b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n"
    found = echo.ask(b"POST / HTTP/1.1\r\n" + head + b"\r\n\r\n", *[piece] * 40)
    assert [answer.status for answer in found] == [413]


def test_what_was_asked_before_the_client_ended_its_side_is_answered() -> None:
    app = Echo()
    with running(app) as server, server.connect() as connection:
        connection.sendall(GOOD.replace(b"good", b"wait"))
        connection.shutdown(socket.SHUT_WR)
        assert app.waits.wait(20)
        time.sleep(0.2)  # until that end has come
        app.go_on()
        assert [answer.body for answer in answers(connection)] == [b"wait"]
        assert [answer.status for answer in server.ask(GET + GOOD[:-1], ends=True)] == [200, 400]


def test_head_has_the_headers_of_get_and_no_body(echo: Running) -> None:
    with echo.connect() as connection:
        connection.sendall(b"HEAD / HTTP/1.1\r\nConnection: close\r\nContent-Length: 4\r\n\r\ngood")
        (answer,) = answers(connection, head=True)
    assert (answer.status, answer.headers["content-length"]) == (200, "4")


def test_many_requests_at_once_are_answered_in_their_order(echo: Running) -> None:
    bodies = [str(number).encode() for number in range(3000)]
    asked = [b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies]
    assert [answer.body for answer in echo.ask(b"".join(asked), CLOSE)] == [*bodies, b""]


def test_what_is_asked_behind_a_request_that_takes_long_is_left_in_the_socket() -> None:
    app = Echo()
    with running(app) as server, server.connect() as connection:
        connection.sendall(GOOD.replace(b"good", b"wait"))
        assert app.waits.wait(20)
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.sendall(GET * 1_000_000)
        (held,) = [len(other._waiting) for other in server.service.connections]
        assert 0 < held <= 16 * 1024 / len(GET) + 1
        assert server.ask(CLOSE)[0].status == 200


def test_endless_headers_hold_up_nobody(echo: Running) -> None:
    """60 MB in one header: others waited 5 s."""
    found = []
    greedy = threading.Thread(
        target=lambda: found.extend(echo.ask(b"GET / HTTP/1.1\r\nX: ", *[b"x" * 1_000_000] * 60))
    )
    greedy.start()
    took = []
    while greedy.is_alive():
        began = time.monotonic()
        assert echo.ask(CLOSE)[0].status == 200
        took.append(time.monotonic() - began)
    assert [answer.status for answer in found] == [431]
    assert max(took) < 1


def test_500_half_open_connections_stop_nobody_and_are_ended(echo: Running) -> None:
    starts = [b"", b"G", b"GET / HTTP/1.1\r\n", GOOD[:-1], CHUNKED]
    half_open = [echo.connect() for _ in range(500)]
    for number, connection in enumerate(half_open):
        connection.sendall(starts[number % len(starts)])
    began = time.monotonic()
    assert echo.ask(CLOSE)[0].status == 200
    assert time.monotonic() - began < 1
    ended = [[answer.status for answer in answers(connection)] for connection in half_open]
    assert ended == [[] if not starts[number % len(starts)] else [408] for number in range(500)]
    for connection in half_open:
        connection.close()


def test_a_connection_rests_as_long_as_it_may(echo: Running) -> None:
    with echo.connect() as connection:
        for _ in range(2):
            connection.sendall(GET)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
            began = time.monotonic()
            time.sleep(0.8)  # more than a request may take
        assert connection.recv(1000) == b""
    assert 1.4 < time.monotonic() - began < 6


def test_who_does_not_read_its_answers_is_ended(echo: Running) -> None:
    with echo.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\nlarge4000000")
        until = time.monotonic() + 20
        for there in (False, True):  # until it has come, and until it has been ended
            while bool(echo.service.connections) is there:
                assert time.monotonic() < until
                time.sleep(0.02)
        assert sum(len(answer.body) for answer in answers(connection)) < 48_000_000  # not the whole answer


def test_connections_above_the_most_are_refused_in_words_and_one_line_of_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with running(Echo(), replace(LIMITS, max_connections=3, header_seconds=20)) as server:
        held = [server.connect() for _ in range(3)]
        for _ in range(5):
            (answer,) = server.ask(GET)
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            assert "too many connections" in answer.error
        held.pop().close()
        until = time.monotonic() + 20
        while server.ask(CLOSE)[0].status != 200:
            assert time.monotonic() < until
    (record,) = caplog.records
    assert record.getMessage().startswith("3 connections are open, no more are served")
    caplog.clear()


def test_predictions_above_the_most_are_refused_at_once_and_the_rest_is_answered() -> None:
    app = Echo()
    wait = GOOD.replace(b"good", b"wait")
    with running(app, max_in_flight=1) as server, server.connect() as first, server.connect() as second:
        for _ in range(2):
            app.waits.clear()
            first.sendall(wait)
            assert app.waits.wait(20)
            for asked, status in ((GOOD, b"503"), (GET, b"200"), (GOOD, b"503")):
                second.sendall(asked)  # by the same connection
                answer = second.recv(1000)
                assert answer.startswith(b"HTTP/1.1 " + status)
                assert (b"retry-after: 1\r\n" in answer) == (status == b"503")
            app.go_on()
            assert first.recv(1000).endswith(b"wait")


def test_bodies_are_held_up_to_a_limit_and_freed() -> None:
    """16 of the largest: whoever begins many and ends none of them does not fill the memory."""
    large = b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000
    with running(Echo(), replace(LIMITS, body_seconds=20)) as server:
        half_open = [server.connect() for _ in range(16)]
        for connection in half_open:
            connection.sendall(large[:-1])
        until = time.monotonic() + 20
        while server.service.body_bytes < 16 * 99_999:
            assert time.monotonic() < until
            time.sleep(0.02)
        assert [answer.status for answer in server.ask(large)] == [503]
        assert server.ask(CLOSE)[0].status == 200
        half_open[0].sendall(large[-1:])
        assert half_open[0].recv(20).startswith(b"HTTP/1.1 200 ")
        for connection in half_open:
            connection.close()
        while server.service.body_bytes:
            assert time.monotonic() < until
            time.sleep(0.02)
        assert server.ask(large + CLOSE)[0].status == 200


def test_a_fault_of_the_application_is_answered_by_500_and_its_traceback_is_logged(
    echo: Running, caplog: pytest.LogCaptureFixture
) -> None:
    (answer, _) = echo.ask(GOOD.replace(b"good", b"fail") + CLOSE)
    assert (answer.status, answer.error) == (500, "internal error; the server's log has the details")
    assert [record.exc_info is not None for record in caplog.records] == [True]
    caplog.clear()


def test_a_stop_answers_what_runs_and_what_is_on_its_way(caplog: pytest.LogCaptureFixture) -> None:
    app = Echo()
    drains = threading.Event()
    with (
        running(app, drain_seconds=20, on_drain=drains.set) as server,
        server.connect() as runs,
        server.connect() as rests,
        server.connect() as comes,
    ):
        rests.sendall(GET)
        assert rests.recv(1000).startswith(b"HTTP/1.1 200 ")
        comes.sendall(GOOD[:-1])
        runs.sendall(GOOD.replace(b"good", b"wait") + GOOD)
        assert app.waits.wait(20)
        server.server.request_stop()
        assert drains.wait(20)
        rests.sendall(GET)
        comes.sendall(GOOD[-1:])
        app.go_on()
        for connection, bodies in ((runs, [b"wait", b"good"]), (rests, [b""]), (comes, [b"good"])):
            found = list(answers(connection))
            assert [answer.body for answer in found] == bodies
            assert [answer.headers.get("connection") for answer in found] == [None] * (len(found) - 1) + [
                "close"
            ]
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        server.thread.join(20)
        assert not server.thread.is_alive()
    assert caplog.records == []


@pytest.mark.parametrize(("drain_seconds", "signals"), [(0.6, 1), (60, 2)])
def test_what_does_not_end_in_time_is_told_so_and_the_server_ends(drain_seconds: float, signals: int) -> None:
    app = Echo()
    with running(app, replace(LIMITS, body_seconds=60), drain_seconds=drain_seconds) as server:
        runs, comes, rests = server.connect(), server.connect(), server.connect()
        runs.sendall(GOOD.replace(b"good", b"wait"))
        comes.sendall(GOOD[:-1])
        assert app.waits.wait(20)
        began = time.monotonic()
        for _ in range(signals):
            server.server.request_stop()
        server.thread.join(20)
        assert not server.thread.is_alive()
        assert time.monotonic() - began < 5
        for connection, status in ((runs, [503]), (comes, [503]), (rests, [])):
            found = list(answers(connection))
            assert [answer.status for answer in found] == status
            assert all("the server stops" in answer.error for answer in found)
            connection.close()
