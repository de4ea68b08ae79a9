"""Who is told how a run ended, and how. docs/notify.md shows each notifier's set-up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from components.config_section import NO_FIELD, Deciding, Section
from components.did_you_mean import did_you_mean
from monitoring.notify.message import Severity
from monitoring.notify.references import FORMS, is_reference, works_everywhere
from monitoring.notify.target import Target

Event = Literal["run-finished", "run-warned", "run-stopped", "run-failed"]

_ADDRESS = r"^[\x21-\x7e]+@[A-Za-z0-9.-]+$"
_CLASS = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_NAME = re.compile(r"[A-Za-z_]\w*")
_SECRET_NAMES = re.compile(r"url|hook|pass|token|secret|key|auth|credential", re.IGNORECASE)
# What each notifier must have, and what it may have.
_TAKES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "log": ((), ()),
    "webhook": (("url", "shape"), ()),
    "email": (("host", "port", "security", "sender", "to"), ("user", "password")),
}
_OF_A_CLASS: tuple[tuple[str, ...], tuple[str, ...]] = ((), ("settings",))


def _referred(value: Any) -> Any:
    """Refuses a secret that is written out, whatever its type, without repeating it."""
    if value is None or (isinstance(value, str) and is_reference(value)):
        return value
    raise ValueError(
        "is a secret and must not be written out, since the configuration is printed and recorded; "
        f"say where it is: {FORMS}"
    )


def _no_address(value: Any) -> Any:
    """Refuses an address of the web in the wrong place, without repeating it."""
    if isinstance(value, str) and "://" in value:
        raise ValueError("is an address of the web, which may be a secret and does not belong here")
    return value


Reference = Annotated[str, BeforeValidator(_referred)]
Plain = Annotated[str, BeforeValidator(_no_address)]
Address = Annotated[Plain, Field(pattern=_ADDRESS, max_length=254)]


class NotifierConfig(Section):
    """One notifier: what it is for, and what its type takes."""

    decides_result: ClassVar[Deciding] = NO_FIELD

    type: Annotated[Plain, Field(description="log, webhook, email, or the dotted name of a class")]
    events: Annotated[tuple[Event, ...], Field(description="empty for all")] = ()
    min_severity: Severity = "info"
    url: Reference | None = None
    shape: Annotated[Literal["json", "slack", "teams"], BeforeValidator(_no_address)] | None = None
    host: Annotated[Plain, Field(pattern=r"^[A-Za-z0-9.:-]+$")] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: Literal["starttls", "tls", "none"] | None = None
    sender: Address | None = None
    to: Annotated[tuple[Address, ...], Field(min_length=1)] | None = None
    user: Plain | None = None
    password: Reference | None = None
    settings: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _has_what_its_type_takes(self) -> NotifierConfig:
        if self.type not in _TAKES and not _CLASS.fullmatch(self.type):
            hint = did_you_mean(self.type, _TAKES)
            raise ValueError(
                f"there is no notifier of this type{hint}; there are {', '.join(_TAKES)}, "
                "and classes by their dotted name"
            )
        name = self.type if self.type in _TAKES else "a class of your own"
        must, may = _TAKES.get(self.type, _OF_A_CLASS)
        given = {name for name in {*_ALL, "settings"} if getattr(self, name) is not None}
        if missing := [name for name in must if name not in given]:
            raise ValueError(f"{name} needs {', '.join(missing)}")
        if surplus := sorted(given - {*must, *may}):
            takes = ", ".join((*must, *may)) or "nothing more"
            raise ValueError(f"{name} does not take {', '.join(surplus)}; it takes {takes}")
        return self

    @model_validator(mode="after")
    def _keeps_its_secrets(self) -> NotifierConfig:
        if (self.user is None) != (self.password is None) and self.type == "email":
            raise ValueError("user and password go together; give both, or neither")
        if self.security == "none" and self.host not in _THIS_MACHINE:
            raise ValueError("security: none is only for a mail server on this machine; take starttls or tls")
        for path, value in _named(self.settings or {}):
            _refuse_open(path, value)
        return self

    @model_serializer(mode="wrap")
    def _without_what_it_does_not_take(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leaves out what is not there, so that the configuration prints as it was written."""
        return {name: value for name, value in dump(self).items() if value is not None}

    @property
    def works_on_vertex(self) -> bool:
        """Whether a step on Vertex AI finds its secrets: it has neither this environment nor these files."""
        texts = [self.url, self.user, self.password, *(value for _, value in _named(self.settings or {}))]
        references = [each for each in texts if isinstance(each, str) and is_reference(each)]
        return all(works_everywhere(reference) for reference in references)

    @property
    def target(self) -> Target:
        """The same for whoever sends."""
        given = self.settings if self.settings is not None else {name: getattr(self, name) for name in _ALL}
        settings = {name: value for name, value in given.items() if value is not None}
        return Target(self.type, self.events, self.min_severity, settings)


_ALL = tuple(name for must, may in _TAKES.values() for name in (*must, *may))


class NotifyConfig(Section):
    """The notifiers, and how long a run waits for them."""

    decides_result: ClassVar[Deciding] = NO_FIELD  # whoever hears of it, the result is the same

    timeout_s: Annotated[float, Field(gt=0, le=60)]
    notifiers: tuple[NotifierConfig, ...]

    @property
    def on_vertex(self) -> tuple[Target, ...]:
        """The notifiers that the last step of a job on Vertex AI can use."""
        return tuple(each.target for each in self.notifiers if each.works_on_vertex)

    @property
    def only_here(self) -> tuple[Target, ...]:
        """The others."""
        return tuple(each.target for each in self.notifiers if not each.works_on_vertex)

    @property
    def everywhere(self) -> tuple[Target, ...]:
        """All of them, as the configuration has them."""
        return tuple(each.target for each in self.notifiers)


def _refuse_open(path: tuple[str, ...], value: Any) -> None:
    """Accepts a setting of a fork's class that may be printed, recorded and compiled into a job.

    Nobody but the class knows which of its texts are secrets, so that each of them is a reference; numbers
    and truths are not, unless their name says otherwise.

    Raises:
      ValueError: it may be a secret. Does not repeat it.
    """
    if not all(map(_NAME.fullmatch, path)) or value is None:
        raise ValueError(
            "settings has a name that is none, or that has no value; write each as name: value, the name in "
            "letters, digits and underscores"
        )
    name = ".".join(path)
    if any(map(_SECRET_NAMES.search, path)):
        try:
            _referred(value)
        except ValueError as error:
            raise ValueError(f"settings.{name} {error}") from None
    elif isinstance(value, str) and not is_reference(value):
        raise ValueError(
            f"settings.{name} is a text, which may be a secret and must not be written out, since the "
            f"configuration is printed and recorded; say where it is ({FORMS}), or keep it in the class"
        )


def _named(settings: Mapping[Any, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yields path and value of all settings, at every depth; the items of a list by the list's path."""
    for name, value in settings.items():
        yield from (((str(name), *path), each) for path, each in _within(value))


def _within(value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        yield from _named(value)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _within(each)
    else:
        yield (), value
