"""Starts the model server: `python -m serving.server`."""

from __future__ import annotations

from serving.process.exit import exit_without_cleanup
from serving.server.main import main

exit_without_cleanup(main())
