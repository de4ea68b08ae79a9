"""The configuration's section on the cloud, where a command needs it."""

from __future__ import annotations

from pipeline.config.cloud import CloudConfig
from pipeline.config.config import Config
from pipeline.errors import ConfigError


def section(config: Config) -> CloudConfig:
    """The configuration's section on the cloud.

    Raises:
      ConfigError: there is none.
    """
    if config.cloud is None:
        raise ConfigError("this configuration has no section `cloud`; take --config dev, preprod or prod")
    return config.cloud
