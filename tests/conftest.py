"""Settings of the whole suite."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.local_bigquery.server import LocalBigQuery

# Machines that run the suite are shared and slow at times: neither a property's speed nor luck may fail it.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")

# What is tested is the machinery, on columns, configurations and environments of its own: a fork's are its
# own affair, and what tests/fork is about.
_OWN = Path(__file__).with_name("flights")
os.environ["EVERGREEN_COLUMNS"] = str(_OWN / "columns.yaml")
os.environ["EVERGREEN_CONFIGS"] = str(_OWN / "configs")
os.environ["EVERGREEN_TFVARS"] = str(_OWN / "environments")

# A job in the background is started with these ignored, and `evergreen` leaves an ignored signal ignored.
for _number, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)


@pytest.fixture(scope="session")
def _bigquery_server() -> Iterator["LocalBigQuery"]:
    from tests.local_bigquery.server import LocalBigQuery  # Google's clients; few tests pay for them

    server = LocalBigQuery()
    yield server
    server.close()


@pytest.fixture
def bigquery(_bigquery_server: "LocalBigQuery", monkeypatch: pytest.MonkeyPatch) -> "LocalBigQuery":
    """A BigQuery on this machine, without tables, to which Google's clients are led."""
    _bigquery_server.forget()
    for name, value in _bigquery_server.environment.items():
        monkeypatch.setenv(name, value)
    return _bigquery_server
