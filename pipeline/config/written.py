"""How a text of the configuration is written: the regular expression that checks it, and words for people."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

NOT_WRITTEN = "not_written"  # the type of pydantic's error


@dataclasses.dataclass(frozen=True)
class Written:
    """Stands in `Annotated[str, Written(…)]`: refuses every other text, and never shows the expression.

    Attributes:
      pattern: regular expression of the whole text.
      words: what it says, after "expected".
    """

    pattern: str
    words: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Checks the text after its type."""
        return core_schema.no_info_after_validator_function(self._matched, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Says the pattern to machines, as pydantic's own would."""
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$"}

    def fault(self, text: object) -> str | None:
        """Returns what was expected instead of a value; None for one that is written so."""
        if isinstance(text, str) and re.fullmatch(self.pattern, text):
            return None
        return f"expected {self.words}"

    def _matched(self, text: str) -> str:
        if self.fault(text):
            # Not a template of pydantic's: words may hold braces.
            raise PydanticCustomError(NOT_WRITTEN, "expected {words}", {"words": self.words})
        return text


def name(more: str = "-", most: int = 63) -> Written:
    """Returns how names of this project are written: small letters, digits and `more`, a letter first."""
    characters = {"-": "digits and hyphens", "_-": "digits, underscores and hyphens"}[more]
    words = f"a name: small letters, {characters}, a letter first, at most {most} characters"
    return Written(rf"[a-z][a-z0-9{more}]{{0,{most - 1}}}", words)
