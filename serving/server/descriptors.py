"""The process's limit of open files, which is also one of its connections."""

from __future__ import annotations

import resource

_ENOUGH = 65_536  # above it some programs walk millions of descriptors, and nobody here needs them
_KEPT_FREE = 256  # for models that are loaded, gRPC's connections and libraries


def raise_descriptor_limit() -> None:
    """Raises the soft limit of open files to the hard one, or to 65,536 if that is less."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connections_within_limit(max_connections: int) -> int:
    """Returns how many connections may be open: those asked for, or what the limit of open files allows."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return max_connections
    return max(1, min(max_connections, soft - min(_KEPT_FREE, soft // 2)))
