"""Clients of Vertex AI, and its errors as lines that a user can act on."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any, Protocol, TypeVar

from google.api_core import client_options, exceptions
from google.auth import credentials
from google.auth import exceptions as auth_exceptions

from components import foreign_answer
from pipeline.errors import LoginError, UserError
from serving.client.foreign_answer import LONGEST_REFUSAL, excerpt

LOGIN = "run `gcloud auth application-default login`"
Client = TypeVar("Client")


class Region(Protocol):
    """Where in Google Cloud something is; CloudConfig is one."""

    @property
    def project(self) -> str:
        """The project's id."""
        ...

    @property
    def region(self) -> str:
        """As in us-central1."""
        ...

    @property
    def api_endpoint(self) -> str | None:
        """Address of Vertex AI instead of the region's own."""
        ...


def connect(kind: type[Client], region: str, api_endpoint: str | None) -> Client:
    """Returns a client of a service of Vertex AI in a region.

    Args:
      kind: a client class of google.cloud.aiplatform_v1.
      region: of the service.
      api_endpoint: address instead of the region's own. With http:// it is a server on this machine, which
        is sent no credentials.
    """
    if api_endpoint and api_endpoint.startswith("http://"):
        options = client_options.ClientOptions(api_endpoint=api_endpoint)
        anonymous = credentials.AnonymousCredentials()
        client = kind(credentials=anonymous, transport="rest", client_options=options)
        client.transport._session.hooks["response"].append(foreign_answer.refuse)  # there is no public way
        return client
    address = api_endpoint or f"{region}-aiplatform.googleapis.com"
    with api_errors(f"connecting to {address}"):
        return kind(client_options=client_options.ClientOptions(api_endpoint=address))


@contextlib.contextmanager
def api_errors(doing: str) -> Iterator[None]:
    """Turns errors of the API and of the credentials into one line.

    Args:
      doing: what is being done, for the message.

    Raises:
      LoginError: nobody is logged in.
      UserError: what was being done, and the reason.
    """
    try:
        with auth_errors(doing), foreign_answer.named():
            yield
    except foreign_answer.ForeignAnswerError as error:
        raise UserError(f"{doing}: {error}") from error
    except exceptions.GoogleAPICallError as error:
        raise UserError(f"{doing}: {_code(error)}: {_reason(error)}") from error
    except (exceptions.RetryError, OSError) as error:
        raise UserError(f"{doing}: {_no_answer(error)}") from error


@contextlib.contextmanager
def auth_errors(doing: str) -> Iterator[None]:
    """Turns errors of the credentials into one line.

    Args:
      doing: what is being done, for the message.

    Raises:
      LoginError: nobody is logged in.
      UserError: the service that checks log-ins does not answer.
    """
    try:
        yield
    except auth_exceptions.TransportError as error:
        raise UserError(f"{doing}: {_no_answer(error)}") from error
    except auth_exceptions.GoogleAuthError as error:
        raise LoginError(f"{doing}: nobody is logged in to Google Cloud{_cause(error)}; {LOGIN}") from error


def _cause(error: auth_exceptions.GoogleAuthError) -> str:
    """Returns the first sentence of what Google's library says, in brackets.

    Nothing where nobody ever logged in: then it says the same as ours, and what to do, at greater length. An
    exception that it carries beside it is left out.
    """
    said = excerpt(str(error.args[0] if error.args else error), 240).partition(". ")[0].rstrip(".")
    return "" if "default credentials were not found" in said else f" ({said})"


def _no_answer(error: Exception) -> str:
    return f"the API does not answer{foreign_answer.asked(error)} ({excerpt(str(error), 160)})"


def _reason(error: exceptions.GoogleAPICallError) -> str:
    """Returns the service's message without the request's address, which the REST transport puts first."""
    said = excerpt(str(error.message), LONGEST_REFUSAL)
    return re.sub(r"^(GET|POST|PATCH|DELETE) \S+: ", "", said)


def _code(error: exceptions.GoogleAPICallError) -> Any:
    return error.code.name if hasattr(error.code, "name") else error.code
