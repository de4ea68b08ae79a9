"""What a listing of days calls of the REST API: tables.get, jobs.query, jobs.get, jobs.getQueryResults."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.local_bigquery.tables import LocalTable, now

if TYPE_CHECKING:
    from tests.local_bigquery.server import LocalBigQuery

Answer = tuple[int, dict[str, Any]]
LOCATION = "EU"
PAGE_ROWS = 4
# https://cloud.google.com/bigquery/docs/information-schema-partitions: a dataset must be named, and the types
# of the columns are those of the page's schema; without a filter on the table a large dataset is refused.
_QUERY = re.compile(
    r"SELECT partition_id, total_rows, last_modified_time, CURRENT_TIMESTAMP\(\) AS now "
    r"FROM `([^.`]+)\.([^.`]+)\.INFORMATION_SCHEMA\.PARTITIONS` "
    r"WHERE table_name = '([^']+)'(?: AND partition_id = '([^']+)')?"
)
_SCHEMA = {
    "fields": [
        {"name": "partition_id", "type": "STRING"},
        {"name": "total_rows", "type": "INTEGER"},
        {"name": "last_modified_time", "type": "TIMESTAMP"},
        {"name": "now", "type": "TIMESTAMP"},
    ]
}


class RestApi:
    """Answers requests below /bigquery/v2/."""

    def __init__(self, bigquery: LocalBigQuery):
        self._bigquery = bigquery
        self._results: dict[str, list[dict[str, Any]]] = {}
        self._numbers = itertools.count()

    def get(self, path: list[str], query: dict[str, str]) -> Answer:
        """tables.get or jobs.getQueryResults."""
        match path:
            case ["projects", project, "datasets", dataset, "tables", table]:
                return self._table(project, dataset, table)
            case ["projects", project, "queries", job]:
                # https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults: outside US
                # and EU the location is required; this server wants it always.
                if query.get("location") != LOCATION or job not in self._results:
                    return _error(404, "notFound", f"Not found: Job {project}:{job}")
                size = int(query.get("maxResults", PAGE_ROWS))
                return 200, self._page(project, job, int(query.get("pageToken", 0)), size)
            case ["projects", project, "jobs", job] if job in self._results:
                # https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/get
                return 200, _job(project, job)
        return _error(404, "notFound", f"no {'/'.join(path)}")

    def query(self, project: str, body: dict[str, Any]) -> Answer:
        """jobs.query."""
        # https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query
        if "bigquery.jobs.create" in self._bigquery.denied:
            return _error(403, "accessDenied", f"Access Denied: Project {project}: bigquery.jobs.create")
        match = _QUERY.fullmatch(body.get("query", ""))
        if not match or body.get("useLegacySql", True) or body.get("location", LOCATION) != LOCATION:
            return _error(400, "invalidQuery", f"this server does not know {body}")
        table = self._bigquery.tables.get(match.groups()[:3])
        job = f"job-{next(self._numbers)}"
        self._results[job] = _rows(table, match[4]) if table else []
        return 200, self._page(project, job, 0)

    def _table(self, project: str, dataset: str, name: str) -> Answer:
        # https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/get
        if "bigquery.tables.get" in self._bigquery.denied:
            return _error(
                403, "accessDenied", f"Access Denied: Table {project}:{dataset}.{name}: bigquery.tables.get"
            )
        table = self._bigquery.tables.get((project, dataset, name))
        if table is None:
            return _error(404, "notFound", f"Not found: Table {project}:{dataset}.{name}")
        by = {"type": table.by[0], **({"field": table.by[1]} if table.by[1] else {})} if table.by else None
        return 200, {
            "kind": "bigquery#table",
            "tableReference": {"projectId": project, "datasetId": dataset, "tableId": name},
            "type": table.kind,
            "location": LOCATION,
            "schema": {"fields": [_field(column, kind) for column, kind in table.types.items()]},
            **({"timePartitioning": by} if by else {}),
        }

    def _page(self, project: str, job: str, first: int, size: int = PAGE_ROWS) -> dict[str, Any]:
        rows, last = self._results[job], first + min(size, PAGE_ROWS)
        more = {"pageToken": str(last)} if len(rows) > last else {}
        return {
            "kind": "bigquery#queryResponse",
            "jobComplete": True,
            "jobReference": _job(project, job)["jobReference"],
            "schema": _SCHEMA,
            "totalRows": str(len(rows)),
            "rows": rows[first:last],
            **more,
        }


def serve(bigquery: LocalBigQuery) -> ThreadingHTTPServer:
    """A server on a free port, not yet answering."""
    api = RestApi(bigquery)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urllib.parse.urlsplit(self.path)
            query = dict(urllib.parse.parse_qsl(address.query))
            self._send(api.get(_parts(address.path), query))

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            zipped = self.headers["Content-Encoding"] == "gzip"
            body = json.loads(gzip.decompress(content) if zipped else content)
            match _parts(urllib.parse.urlsplit(self.path).path):
                case ["projects", project, "queries"]:
                    self._send(api.query(project, body))
                case other:
                    self._send(_error(404, "notFound", f"no {other}"))

        def _send(self, answer: Answer) -> None:
            status, body = answer
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def _parts(path: str) -> list[str]:
    parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
    return parts[2:] if parts[:2] == ["bigquery", "v2"] else []


def _job(project: str, job: str) -> dict[str, Any]:
    return {
        "kind": "bigquery#job",
        "jobReference": {"projectId": project, "jobId": job, "location": LOCATION},
        "configuration": {"jobType": "QUERY", "query": {}},
        "status": {"state": "DONE"},
    }


def _rows(table: LocalTable, only: str | None) -> list[dict[str, Any]]:
    return [
        _row(partition, str(rows.num_rows), _microseconds(written), _microseconds(now()))
        for partition, versions in sorted(table.partitions.items())
        for written, rows in versions[-1:]
        if only in (None, partition)
    ]


def _row(*values: str) -> dict[str, Any]:
    return {"f": [{"v": value} for value in values]}


def _microseconds(time: Any) -> str:
    # DataFormatOptions.useInt64Timestamp, which Google's client asks for.
    return str(round(time.timestamp() * 1_000_000))


def _field(name: str, kind: str) -> dict[str, Any]:
    mode, _, element = kind.rpartition(" ")
    inner = {"fields": [{"name": "a", "type": "INTEGER"}]} if element == "RECORD" else {}
    return {"name": name, "type": element, "mode": mode or "NULLABLE", **inner}


def _error(status: int, reason: str, message: str) -> Answer:
    # https://cloud.google.com/bigquery/docs/error-messages
    return status, {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}
