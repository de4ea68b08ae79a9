"""The step Trainer of prod's job as its container runs it, with the service at the address that is given."""

import json
import sys

from pipeline.config import load as configs
from pipeline.runners.vertex.executors import stage_overrides
from pipeline.runners.vertex.train import Executor
from pipeline.stages import TRAINER

if __name__ == "__main__":
    config = configs.load("prod", {"cloud.api_endpoint": sys.argv[1]})
    settings = stage_overrides(config, config.require_cloud()).settings[TRAINER.name]
    Executor().Do({}, {}, {"custom_config": json.dumps(settings)})
