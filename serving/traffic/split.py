"""Who gets the candidate: the same key always, on every server and after every restart."""

from __future__ import annotations

import hashlib
import random
import zlib

BUCKETS = 10_000  # a share is exact to a hundredth of a percent


def bucket(rollout: str, key: str) -> int:
    """Returns a key's bucket, from 0 to 9,999; another rollout deals them out anew."""
    return zlib.crc32(f"{rollout}{key}".encode("utf-8", "surrogateescape")) % BUCKETS


def gets_candidate(rollout: str, key: str, share: float) -> bool:
    """Returns whether a request is answered by the candidate.

    A larger share keeps those who had the candidate with a smaller one.

    Args:
      rollout: its id.
      key: of the client; empty for none, which is dealt out at random each time.
      share: of the requests that the candidate gets, from 0.0 to 1.0.
    """
    found = bucket(rollout, key) if key else random.randrange(BUCKETS)
    return found < round(share * BUCKETS)


def key_hash(rollout: str, key: str) -> int:
    """Returns 63 bits that stand for a key in a rollout's evidence, and in no other's; random without a key.

    A hash proper: of two CRC-32 of a key the second follows from the first, and so do its collisions.
    """
    if not key:
        return random.getrandbits(63)
    text = f"{rollout}{key}".encode("utf-8", "surrogateescape")
    digest = hashlib.blake2b(text, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
