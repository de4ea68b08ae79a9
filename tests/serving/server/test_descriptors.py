"""The limit of open files is raised as far as is sensible, and leaves room beside connections."""

import resource
from collections.abc import Iterator

import pytest

from serving.server.descriptors import connections_within_limit, raise_descriptor_limit


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_is_raised_and_never_lowered(limits: tuple[int, int]) -> None:
    hard = limits[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (600, hard))
    raise_descriptor_limit()
    raised = min(hard, 65_536)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (raised, hard)
    raise_descriptor_limit()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (raised, hard)


@pytest.mark.parametrize(
    ("soft", "asked", "most"),
    [(600, 10_000, 344), (600, 344, 344), (600, 345, 344), (600, 1, 1), (400, 300, 200)],
)
def test_connections_leave_descriptors_for_everything_else(
    limits: tuple[int, int], soft: int, asked: int, most: int
) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, limits[1]))
    assert connections_within_limit(asked) == most
