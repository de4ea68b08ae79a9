"""Makes `python -m serving.server` start the model server."""

from serving.process.exit import leave
from serving.server.main import main

leave(main())
