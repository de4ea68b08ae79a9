"""The hourly weather of New York's airports: will it rain in the hour that follows?"""

COLUMNS: tuple[Column, ...] = (  # noqa: F821 - these lines replace COLUMNS in trainer/features.py
    Column("day", "string", "date", role="date"),  # noqa: F821
    Column("rain", "int64", "number", role="label"),  # noqa: F821
    Column("airport", "string", "category"),  # noqa: F821
    Column("clock", "int64", "clock"),  # noqa: F821
    _optional("temperature", "float32", "number"),  # noqa: F821
    _optional("dew_point", "float32", "number"),  # noqa: F821
    _optional("humidity", "float32", "number"),  # noqa: F821
    _optional("wind", "float32", "number"),  # noqa: F821
    _optional("pressure", "float32", "number"),  # noqa: F821
    _optional("visibility", "float32", "number"),  # noqa: F821
    _optional("rain_now", "float32", "number"),  # noqa: F821
)
CROSSES: tuple[tuple[str, str], ...] = (("airport", "clock.hour"),)
