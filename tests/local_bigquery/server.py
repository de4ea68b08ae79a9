"""Both servers over the same tables, and the environment that leads Google's clients to them."""

from __future__ import annotations

import threading

from components.example_gen.bigquery_table import EMULATOR, STORAGE_EMULATOR
from tests.local_bigquery import rest, storage
from tests.local_bigquery.storage import Behaviour
from tests.local_bigquery.tables import LocalTable


class LocalBigQuery:
    """Tables in memory.

    Attributes:
      tables: (project, dataset, name) to table.
      denied: permissions that the caller does not have.
      behaviour: what goes wrong with reading.
    """

    def __init__(self) -> None:
        self.forget()
        self._rest = rest.serve(self)
        self._storage, self._port = storage.serve(self)
        threading.Thread(target=self._rest.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def forget(self) -> None:
        """Begins anew, on the same ports."""
        self.tables: dict[tuple[str, ...], LocalTable] = {}
        self.denied: set[str] = set()
        self.behaviour = Behaviour()

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead Google's clients here."""
        return {
            EMULATOR: f"http://127.0.0.1:{self._rest.server_address[1]}",
            STORAGE_EMULATOR: f"127.0.0.1:{self._port}",
        }

    def close(self) -> None:
        """Stops answering."""
        self._rest.shutdown()
        self._rest.server_close()
        self._storage.stop(grace=None).wait()
