"""However many versions come and go, the memory of a server is that of the few that are loaded."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

LOADS = 40

# A process of its own, as the model server's is: TensorFlow is imported, and then exempt from collection.
_PROGRAM = """
import json, sys
from pathlib import Path
from serving.process.startup import gc_paused, prepare_tensorflow_without_keras

prepare_tensorflow_without_keras()
with gc_paused():
    from serving.server.loader import loader

load, loaded, megabytes = loader(lambda folder, files: None), [], []
for _ in range(int(sys.argv[2])):
    loaded.append(load(Path(sys.argv[1]), ""))
    if len(loaded) > 2:
        loaded.pop(0).close()
    megabytes.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 2**20)
print(json.dumps(megabytes))
"""


def write_with_constant(folder: Path, megabytes: int) -> Path:
    """Writes a model whose graph itself is large: it holds a constant."""
    held = np.arange(megabytes * 2**18, dtype=np.float32)
    module = tf.Module()
    call = tf.function(
        lambda x: {"y": x + tf.gather(tf.constant(held), 1)},
        input_signature=[tf.TensorSpec([None], tf.float32, name="x")],
    )
    tf.saved_model.save(module, str(folder), signatures=call)
    return folder


def test_forty_loads_take_no_more_memory_than_a_few(tmp_path: Path) -> None:
    folder = write_with_constant(tmp_path / "1", megabytes=4)
    command = [sys.executable, "-c", _PROGRAM, str(folder), str(LOADS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    after = json.loads(done.stdout)
    assert len(after) == LOADS
    assert after[-1] - after[9] < 30, after
