"""Makes the import of TensorFlow silent, and half as long, in a process that only serves."""

import logging
import os
import sys
import warnings


def prepare_import() -> None:
    """Sets up this process so that `import tensorflow` prints nothing and skips Keras.

    Call it before TensorFlow or gRPC is imported; later it has no effect. Only for a process that serves
    models: Keras cannot be imported in it afterwards.

    TensorFlow imports Keras at its end, and Keras imports matplotlib, pandas, IPython and scikit-learn where
    they are installed: 5 of the 10 seconds that the import takes. The session loader needs none of it, and
    TensorFlow goes on without Keras when its import fails. Should a later TensorFlow insist on Keras, its
    import fails here, at start-up: then delete the last line.
    """
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["GRPC_VERBOSITY"] = "NONE"
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"google\.api_core")
    sys.modules.setdefault("keras", None)  # type: ignore[arg-type]  # None makes the import fail
