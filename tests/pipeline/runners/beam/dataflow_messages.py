"""Jobs as the messages of Dataflow's client define them, whichever client the installed Beam has."""

from __future__ import annotations

import importlib.util
from typing import Any

# Older set: Beam brings a client of its own. Goes with it, and `_of_apitools` too.
_OFFICIAL = importlib.util.find_spec("google.cloud.dataflow") is not None


def read_job(body: str) -> dict[str, Any]:
    """Returns a job as plain values, by the API's names.

    Args:
      body: JSON.

    Raises:
      ValueError: a field that the API does not have, at any depth, or a value of the wrong kind.
    """
    try:
        return _official(body) if _OFFICIAL else _of_apitools(body)
    except Exception as fault:
        raise ValueError(f"no job of the API: {fault}") from fault


def _official(body: str) -> dict[str, Any]:
    from google.cloud import dataflow
    from google.protobuf import json_format

    return json_format.MessageToDict(json_format.Parse(body, dataflow.Job.pb(dataflow.Job())))


def _of_apitools(body: str) -> dict[str, Any]:
    from apache_beam.runners.dataflow.internal.clients import dataflow
    from apitools.base.py import encoding

    message = encoding.JsonToMessage(dataflow.Job, body)
    unknown = [name for _, names in encoding.UnrecognizedFieldIter(message) for name in names]
    assert not unknown, f"unknown {unknown}"
    return encoding.MessageToPyValue(message)
