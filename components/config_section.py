"""The base of every section of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
PositiveInt = Annotated[int, Field(gt=0)]

EVERY_FIELD: Final = "every field"
NO_FIELD: Final = "no field"
Deciding = Literal["every field", "no field"] | frozenset[str]


class Section(BaseModel):
    """Frozen, strict, without unknown keys, and without numbers of its own.

    Fields have no defaults: those are in pipeline/configs/defaults.yaml, where people look for them. Only the
    items of lists and mappings, which no file of defaults can name, may leave fields out.

    Attributes:
      decides_result: the fields that decide what a run computes, as opposed to where, how fast, or at what
        price: EVERY_FIELD, NO_FIELD, or their names. Runs that differ in none of them are the same launch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    decides_result: ClassVar[Deciding]

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Refuses a section that does not say which of its fields decide a result.

        Raises:
          TypeError: `decides_result` is missing, or names no field.
        """
        decides = cls.__dict__.get("decides_result")
        if decides is None:
            raise TypeError(f"section {cls.__name__} does not say which of its fields decides_result")
        if isinstance(decides, frozenset) and not decides <= set(cls.model_fields):
            unknown = ", ".join(sorted(decides - set(cls.model_fields)))
            raise TypeError(f"section {cls.__name__} has no field {unknown}, which its decides_result names")

    @classmethod
    def deciding_fields(cls) -> tuple[str, ...]:
        """Returns the names of the fields that decide what a run computes."""
        if cls.decides_result == NO_FIELD:
            return ()
        return tuple(
            name
            for name in cls.model_fields
            if cls.decides_result == EVERY_FIELD or name in cls.decides_result
        )

    def deciding(self) -> dict[str, Any]:
        """Returns the values that decide what a run computes, as JSON values."""
        return {name: _deciding(getattr(self, name)) for name in self.deciding_fields()}


class ContradictionError(ValueError):
    """Values that are possible each and impossible together.

    Attributes:
      keys: paths of the values, from the section that found them.
    """

    def __init__(self, message: str, *keys: str):
        super().__init__(message)
        self.keys = keys


def _deciding(value: Any) -> Any:
    if isinstance(value, Section):
        return value.deciding()
    if isinstance(value, BaseModel):  # the trainer's hyperparameters, which all decide
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {key: _deciding(each) for key, each in value.items()}
    return [_deciding(each) for each in value] if isinstance(value, tuple) else value
