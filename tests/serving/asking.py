"""What the serving tests call the model, and the type of what asks it."""

from collections.abc import Callable
from typing import Any

MODEL = "flights"
Ask = Callable[..., tuple[int, Any]]
