"""Draws the graph as an SVG that needs no program, font or style sheet besides a browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from pipeline.runners.picture.layout import (
    BOTTOM,
    MARGIN,
    NODE_HEIGHT,
    NODE_WIDTH,
    REGION_PADDING,
    Bus,
    Layout,
    Point,
    lay_out,
)
from pipeline.runners.picture.shape import Node, Shape, describe

CORNER, HEAD = 6, 7  # of arrows: the radius of their corners, the length of their heads
COLORS = 5

STYLE = """
svg { --paper: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #818b98; --node: #f6f8fa;
      --gate: #fff1c2; --gate-line: #b08800; --region: #f0f7f2; --region-line: #4a9d6b; }
.c0 { --c: #8250df } .c1 { --c: #0969da } .c2 { --c: #1b7c83 }
.c3 { --c: #1a7f37 } .c4 { --c: #bf3989 }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0d1117; --ink: #e6edf3; --faint: #9198a1; --line: #7d8590; --node: #1c2129;
        --gate: #3d2e00; --gate-line: #d4a72c; --region: #101b16; --region-line: #3fb950; }
  .c0 { --c: #bc8cff } .c1 { --c: #58a6ff } .c2 { --c: #39c5cf }
  .c3 { --c: #3fb950 } .c4 { --c: #f778ba }
}
text { font-family: -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: var(--ink) }
.name { font-size: 13px; font-weight: 600; text-anchor: middle }
.output { font-size: 10.5px; fill: var(--faint); text-anchor: middle }
.note { font-size: 12px }
.label { font-size: 10.5px; fill: var(--c) }
.node { fill: var(--node); stroke: var(--line) }
.gate { fill: var(--gate); stroke: var(--gate-line); stroke-width: 1.5 }
.region { fill: var(--region); stroke: var(--region-line); stroke-dasharray: 5 4 }
.line { fill: none; stroke: var(--c, var(--line)); stroke-width: 1.6 }
.head { fill: var(--c, var(--line)) }
.opens { --c: var(--gate-line) }
""".strip()


def draw(shape: Shape) -> str:
    """Returns the picture."""
    layout = lay_out(shape)
    parts = [*_region(shape, layout), *_arrows(shape, layout), *_nodes(shape, layout), *_legend(layout)]
    width, height = layout.width, layout.height
    names = ", ".join(node.name for node in shape.nodes)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img" aria-labelledby="title desc">',
            '<title id="title">The graph of the pipeline</title>',
            f'<desc id="desc">{escape(names)}. Drawn by: evergreen graph --svg FILE</desc>',
            f"<style>\n{STYLE}\n</style>",
            f'<rect width="{width}" height="{height}" rx="8" style="fill: var(--paper)"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _region(shape: Shape, layout: Layout) -> Iterator[str]:
    """Draws the frame around what gates let run, and the gates' arrows to it."""
    gates = tuple(dict.fromkeys(gate for node in shape.nodes for gate in node.conditional_on))
    if not gates:
        return
    first = layout.rows[1][0]
    top = layout.top(first) - REGION_PADDING - 6
    bottom = layout.lane_top(BOTTOM) + layout.lane_height(BOTTOM)
    left, right = MARGIN, layout.width - MARGIN
    yield f'<rect class="region" x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" rx="8"/>'
    for gate in gates:
        x = layout.left(gate) + NODE_WIDTH // 2
        yield from _arrow("opens", [(x, layout.top(gate) + NODE_HEIGHT), (x, top)])
    yield f'<text class="note" x="{x + 10}" y="{top - 7}">{escape(describe(gates))}</text>'


def _arrows(shape: Shape, layout: Layout) -> Iterator[str]:
    linked = {(edge.producer, edge.consumer) for edge in shape.edges}
    for row in layout.rows:
        for left, right in pairwise(row):
            if (left, right) in linked:
                y = layout.top(left) + NODE_HEIGHT // 2
                yield from _arrow("", [(layout.left(left) + NODE_WIDTH, y), (layout.left(right), y)])
    colors = _colors(shape, layout.buses)
    for bus in layout.buses:
        yield from _bus(layout, bus, colors[bus.producer, bus.output])


def _colors(shape: Shape, buses: Sequence[Bus]) -> dict[tuple[str, str], str]:
    """Returns the style class of each output: what gates write has the gates' color."""
    gates = {node.name for node in shape.nodes if node.is_gate}
    plain = dict.fromkeys((bus.producer, bus.output) for bus in buses if bus.producer not in gates)
    colors = {output: f"c{number % COLORS}" for number, output in enumerate(plain)}
    return {(bus.producer, bus.output): "opens" for bus in buses} | colors


def _bus(layout: Layout, bus: Bus, color: str) -> Iterator[str]:
    x, y = layout.port(bus, bus.producer)
    track = layout.track_y(bus)
    ways = []
    for reader in bus.readers:
        to_x, to_y = layout.port(bus, reader)
        ways.append([(x, y), (x, track), (to_x, track), (to_x, to_y)])
    yield from _arrow(color, *ways)
    ends = [layout.port(bus, reader)[0] for reader in bus.readers]
    anchor, shift = ("start", 9) if max(ends) > x else ("end", -9)
    label = f'<text class="label {color}" x="{x + shift}" y="{track - 4}" text-anchor="{anchor}">'
    yield f"{label}{escape(bus.output)}</text>"


def _arrow(color: str, *ways: list[Point]) -> Iterator[str]:
    """Draws lines that begin together, turn with round corners and each end in a head."""
    yield f'<path class="line {color}" d="{"".join(_line(way) for way in ways)}"/>'
    yield f'<path class="head {color}" d="{"".join(_head(way) for way in ways)}"/>'


def _line(way: list[Point]) -> str:
    (x, y), (end_x, end_y) = way[0], way[-1]
    steps = [f"M{x} {y}"]
    for before, corner, after in zip(way, way[1:], way[2:], strict=False):
        (in_x, in_y), (out_x, out_y) = _towards(corner, before), _towards(corner, after)
        steps.append(f"L{in_x} {in_y}Q{corner[0]} {corner[1]} {out_x} {out_y}")
    return "".join([*steps, f"L{end_x} {end_y}"])


def _head(way: list[Point]) -> str:
    (from_x, from_y), (x, y) = way[-2:]
    along_x, along_y = _sign(x - from_x), _sign(y - from_y)
    base_x, base_y = x - HEAD * along_x, y - HEAD * along_y
    side_x, side_y = 4 * along_y, 4 * along_x
    return f"M{x} {y}L{base_x + side_x} {base_y + side_y}L{base_x - side_x} {base_y - side_y}Z"


def _towards(corner: Point, other: Point) -> Point:
    """Returns where the rounding of a corner begins on the way to another point."""
    (x, y), (other_x, other_y) = corner, other
    return x + CORNER * _sign(other_x - x), y + CORNER * _sign(other_y - y)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _nodes(shape: Shape, layout: Layout) -> Iterator[str]:
    for node in shape.nodes:
        yield from _node(node, layout.left(node.name), layout.top(node.name))


def _node(node: Node, x: int, y: int) -> Iterator[str]:
    kind = "gate" if node.is_gate else "node"
    yield f'<rect class="{kind}" x="{x}" y="{y}" width="{NODE_WIDTH}" height="{NODE_HEIGHT}" rx="6"/>'
    middle = x + NODE_WIDTH // 2
    first = y + (NODE_HEIGHT - 14 * len(node.outputs)) // 2 + 4
    yield f'<text class="name" x="{middle}" y="{first}">{escape(node.name)}</text>'
    for number, output in enumerate(node.outputs, start=1):
        yield f'<text class="output" x="{middle}" y="{first + 1 + 14 * number}">{escape(output)}</text>'


def _legend(layout: Layout) -> Iterator[str]:
    x, y = MARGIN, layout.height - MARGIN
    yield f'<rect class="gate" x="{x}" y="{y - 10}" width="18" height="12" rx="3"/>'
    yield (
        f'<text class="note" x="{x + 26}" y="{y}">a gate: without its blessing nothing is released. '
        "In small letters: what a node writes.</text>"
    )
