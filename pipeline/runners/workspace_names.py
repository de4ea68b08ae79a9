"""What lies below the root of a workspace, by name; the request log's folder has to have another one."""

METADATA = "metadata.sqlite"
ARTIFACTS = "artifacts"
LOGS = "logs"
EVENTS = "events"
MODELS = "models"
SCHEMAS = "schemas"
LOCK = "lock"
REGISTRY_LOCK = "registry.lock"
NAMES = (METADATA, ARTIFACTS, LOGS, EVENTS, MODELS, SCHEMAS, LOCK, REGISTRY_LOCK)
