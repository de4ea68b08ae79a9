"""Where the nodes and the arrows of the graph's picture go.

The nodes that always run stand in the upper row, those that a gate lets run in the lower one, producers left
of consumers. An arrow to the next node is straight. Every other output runs along a track in the lane above,
between or below the rows, and turns off to each of its readers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.runners.picture.shape import Shape

NODE_WIDTH, NODE_HEIGHT, NODE_GAP = 128, 58, 26
MARGIN, TRACK_GAP, LANE_PADDING = 24, 16, 22
PORT_INSET, PORT_GAP = 16, 17  # readers' ports from a node's left corner on, writers' from its right one
REGION_PADDING = 14  # around the nodes that a gate lets run
TOP, MIDDLE, BOTTOM = range(3)  # lanes
Point = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Bus:
    """An output on its way along a track of a lane to the nodes that read it."""

    producer: str
    output: str
    lane: int
    readers: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where things are.

    Attributes:
      rows: names by row, left to right.
      buses: outputs that do not only go to the next node, in the order of their colors.
      tracks: the track of each bus in its lane, counted from the top.
    """

    rows: tuple[tuple[str, ...], ...]
    buses: tuple[Bus, ...]
    tracks: tuple[int, ...]

    @property
    def width(self) -> int:
        """The picture's width."""
        columns = max(len(row) for row in self.rows)
        return 2 * (MARGIN + REGION_PADDING) + columns * (NODE_WIDTH + NODE_GAP) - NODE_GAP

    @property
    def height(self) -> int:
        """The picture's height, the legend included."""
        return self.lane_top(BOTTOM) + self.lane_height(BOTTOM) + 2 * MARGIN

    def row(self, name: str) -> int:
        """Returns a node's row."""
        return next(number for number, row in enumerate(self.rows) if name in row)

    def left(self, name: str) -> int:
        """Returns the x of a node's left side."""
        column = self.rows[self.row(name)].index(name)
        return MARGIN + REGION_PADDING + column * (NODE_WIDTH + NODE_GAP)

    def top(self, name: str) -> int:
        """Returns the y of a node's upper side."""
        return self.lane_top(self.row(name)) + self.lane_height(self.row(name))

    def lane_top(self, lane: int) -> int:
        """Returns the y where a lane begins."""
        above = sum(self.lane_height(earlier) for earlier in range(lane))
        return MARGIN + above + lane * NODE_HEIGHT

    def track_y(self, bus: Bus) -> int:
        """Returns the y of a bus."""
        return self.lane_top(bus.lane) + LANE_PADDING + self.tracks[self.buses.index(bus)] * TRACK_GAP

    def port(self, bus: Bus, name: str) -> tuple[int, int]:
        """Returns where a bus meets a node: readers' ports are on the left half, a writer's on the right."""
        lane, top = bus.lane, self.top(name)
        y = top if lane == self.row(name) else top + NODE_HEIGHT
        if name == bus.producer:
            same = [b for b in self.buses if b.lane == lane and b.producer == name]
            return self.left(name) + NODE_WIDTH - PORT_INSET - PORT_GAP * same.index(bus), y
        same = [b for b in self.buses if b.lane == lane and name in b.readers]
        return self.left(name) + PORT_INSET + PORT_GAP * same.index(bus), y

    def lane_height(self, lane: int) -> int:
        """Returns how much room the tracks of a lane take."""
        used = [track for bus, track in zip(self.buses, self.tracks, strict=True) if bus.lane == lane]
        extra = 2 * REGION_PADDING if lane == MIDDLE else 0
        return extra + (2 * LANE_PADDING + TRACK_GAP * max(used) if used else LANE_PADDING)


def lay_out(shape: Shape) -> Layout:
    """Returns the layout of a graph."""
    always = tuple(node.name for node in shape.nodes if not node.conditional_on)
    conditional = tuple(node.name for node in shape.nodes if node.conditional_on)
    rows = (always, conditional) if conditional else (always,)
    buses = tuple(_buses(shape, rows))
    return Layout(rows, buses, _tracks(buses, rows))


def _buses(shape: Shape, rows: Sequence[Sequence[str]]) -> Iterator[Bus]:
    neighbours = {pair for row in rows for pair in pairwise(row)}
    row_of = {name: number for number, row in enumerate(rows) for name in row}
    for producer in shape.nodes:
        for output in producer.outputs:
            readers = [
                name
                for name in shape.readers(producer.name, output)
                if (producer.name, name) not in neighbours
            ]
            own = row_of[producer.name]
            for lane in (TOP, MIDDLE, BOTTOM):
                there = tuple(name for name in readers if _lane(own, row_of[name]) == lane)
                if there:
                    yield Bus(producer.name, output, lane, there)


def _lane(producer_row: int, reader_row: int) -> int:
    if producer_row != reader_row:
        return MIDDLE
    return TOP if producer_row == 0 else BOTTOM


def _tracks(buses: Sequence[Bus], rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Gives each bus a track of its own in its lane, and the widest the track farthest from its row."""
    column = {name: number for row in rows for number, name in enumerate(row)}

    def width(bus: Bus) -> int:
        columns = [column[name] for name in (bus.producer, *bus.readers)]
        return max(columns) - min(columns)

    def track(bus: Bus) -> int:
        lane = [other for other in buses if other.lane == bus.lane]
        return sorted(lane, key=width, reverse=bus.lane != BOTTOM).index(bus)

    return tuple(track(bus) for bus in buses)
