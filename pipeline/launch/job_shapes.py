"""The shapes of a launch: which artifacts of earlier runs its graph imports.

The graph, the job template and the checks of a compiled job share this table. A new shape needs one entry
here, and code in the graph that uses the imported artifact.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from pipeline.launch.champion import STAND_IN, Champion
from pipeline.launch.launch import Launch


@dataclasses.dataclass(frozen=True)
class Shape:
    """A kind of launch.

    Attributes:
      fits: whether a launch is of this kind, if it fits no shape before this one in SHAPES.
      imports: id of each Importer in the graph, and how to find its address in the champion.
    """

    fits: Callable[[Launch], bool]
    imports: Mapping[str, Callable[[Champion], str]]


def _compares(launch: Launch) -> bool:
    return launch.champion is not None and not launch.incomparable


SHAPES: Mapping[str, Shape] = {
    "beside_champion": Shape(
        fits=_compares,
        imports={"Champion": lambda champion: champion.model_uri},
    ),
    "alone": Shape(fits=lambda _: True, imports={}),
}


def shape(launch: Launch) -> str:
    """Returns the name of the first shape that fits a launch."""
    return next(name for name, each in SHAPES.items() if each.fits(launch))


def imports(launch: Launch) -> dict[str, str]:
    """Returns the address that each Importer of a launch's graph imports, by the Importer's id."""
    if launch.champion is None:
        return {}
    return {node: address(launch.champion) for node, address in SHAPES[shape(launch)].imports.items()}


def stand_ins(launch: Launch) -> dict[str, Launch]:
    """Returns one launch of each shape that launches of a configuration can have.

    Args:
      launch: a launch beside a stand-in champion that it can be compared with.
    """
    ignoring = dataclasses.replace(launch, ignore_champion=f"{STAND_IN} reason")
    first = dataclasses.replace(launch, champion=None)
    chosen: dict[str, Launch] = {}
    for each in (launch, ignoring, first):  # most inputs first, so that the job has a slot for each
        chosen.setdefault(shape(each), each)
    return chosen
