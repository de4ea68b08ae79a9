"""The table of columns, read where a mistake in it can be said in one line."""

from __future__ import annotations

from pipeline.errors import ConfigError
from trainer.column import ColumnTable
from trainer.columns_file import FILE, ColumnsError


def read() -> ColumnTable:
    """Returns the table of trainer/columns.yaml.

    Raises:
      ConfigError: the file cannot be read, or says what cannot be used.
    """
    try:
        from trainer import features

        return features.TABLE
    except ColumnsError as error:
        raise ConfigError(str(error)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{FILE} is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{FILE} cannot be read: {error.strerror}") from error
