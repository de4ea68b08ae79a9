"""The runner on this machine: memory that a stage has freed is the system's again."""

import subprocess
import sys

import pytest

MIB = 2**20
# Blocks of 4 KiB that are freed but for the last, which keeps the heap from shrinking by itself.
PROGRAM = """
import psutil
from pipeline.runners.local import _give_memory_back

def resident():
    return psutil.Process().memory_info().rss

before = resident()
blocks = [bytes(4_096) + bytes([1]) for _ in range(50_000)]
last = blocks[-1]
del blocks
freed = resident() - before
_give_memory_back()
print(freed, resident() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems' allocators have no such call")
def test_freed_memory_goes_back_to_the_system():
    done = subprocess.run([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, check=True)
    held, kept = map(int, done.stdout.split())
    assert held > 150 * MIB
    assert kept < 50 * MIB
