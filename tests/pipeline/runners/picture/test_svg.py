"""The picture of a graph: each edge is drawn once, nothing lies on anything else, and the file is an SVG."""

from __future__ import annotations

import dataclasses
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from pipeline.runners.picture.layout import NODE_HEIGHT, NODE_WIDTH, Layout, lay_out
from pipeline.runners.picture.shape import Edge, Node, Shape
from pipeline.runners.picture.svg import draw

SVG = "{http://www.w3.org/2000/svg}"


def shape(edges: str, behind_gate: str = "") -> Shape:
    """A graph of edges `a>b`; each node writes `out`, and those of `behind_gate` depend on the gate `g`."""
    pairs = [tuple(edge.split(">")) for edge in edges.split()]
    names = sorted({name for pair in pairs for name in pair}, key=lambda name: (name in behind_gate, name))
    nodes = tuple(
        Node(name, ("out",), is_gate=name == "g", conditional_on=("g",) if name in behind_gate else ())
        for name in names
    )
    return Shape(nodes, tuple(sorted(Edge(producer, "out", reader) for producer, reader in pairs)))


SHAPES = [
    pytest.param(shape("a>b b>c a>c"), id="no condition"),
    pytest.param(shape("a>b b>g a>x a>y b>y x>y x>z y>z", "xyz"), id="two rows"),
    pytest.param(shape("a>g a>w a>x a>y a>z g>z b>x b>y c>w c>z w>z", "wxyz"), id="many tracks"),
]


def segments(layout: Layout) -> list[tuple[str, tuple[int, int], tuple[int, int]]]:
    """The straight pieces of the buses: whose, from, to."""
    pieces = []
    for bus in layout.buses:
        x, y = layout.port(bus, bus.producer)
        for reader in bus.readers:
            to_x, to_y = layout.port(bus, reader)
            track = layout.track_y(bus)
            way = [(x, y), (x, track), (to_x, track), (to_x, to_y)]
            pieces += [(f"{bus.producer} {bus.lane}", *piece) for piece in pairwise(way)]
    return pieces


def overlap(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int], d: tuple[int, int]) -> bool:
    """Whether two pieces along the same axis share more than a point."""
    for along, across in ((0, 1), (1, 0)):
        if a[across] == b[across] == c[across] == d[across]:
            (low, high), (other_low, other_high) = sorted((a[along], b[along])), sorted((c[along], d[along]))
            return max(low, other_low) < min(high, other_high)
    return False


@pytest.mark.parametrize("graph", SHAPES)
def test_every_edge_is_drawn_once(graph: Shape) -> None:
    layout = lay_out(graph)
    neighbours = {pair for row in layout.rows for pair in pairwise(row)}
    straight = [edge for edge in graph.edges if (edge.producer, edge.consumer) in neighbours]
    on_buses = [Edge(bus.producer, bus.output, reader) for bus in layout.buses for reader in bus.readers]
    assert sorted(straight + on_buses) == list(graph.edges)


@pytest.mark.parametrize("graph", SHAPES)
def test_lines_of_different_outputs_cross_but_never_run_on_each_other(graph: Shape) -> None:
    for (one, *piece), (other, *another) in combinations(segments(lay_out(graph)), 2):
        if one != other:
            assert not overlap(*piece, *another), (one, piece, other, another)


@pytest.mark.parametrize("graph", SHAPES)
def test_no_track_runs_through_a_node(graph: Shape) -> None:
    layout = lay_out(graph)
    for bus in layout.buses:
        for node in graph.nodes:
            assert not layout.top(node.name) <= layout.track_y(bus) <= layout.top(node.name) + NODE_HEIGHT


@pytest.mark.parametrize("graph", SHAPES)
def test_the_picture_holds_every_node_inside_its_frame(graph: Shape) -> None:
    layout, root = lay_out(graph), ElementTree.fromstring(draw(graph))
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == f"0 0 {layout.width} {layout.height}"
    assert {node.name for node in graph.nodes} <= {text.text for text in root.iter(f"{SVG}text")}
    for node in graph.nodes:
        assert layout.left(node.name) + NODE_WIDTH < layout.width
        assert layout.top(node.name) + NODE_HEIGHT < layout.height


def test_a_graph_without_a_condition_has_no_region() -> None:
    assert 'class="region"' not in draw(shape("a>b"))
    assert "only when g blesses" in draw(shape("a>g a>x", "x"))


def test_a_region_behind_two_gates_names_both() -> None:
    graph = shape("a>g a>h a>x", "x")
    nodes = (dataclasses.replace(n, conditional_on=("g", "h")) if n.name == "x" else n for n in graph.nodes)
    picture = draw(dataclasses.replace(graph, nodes=tuple(nodes)))
    assert "only when g and h bless<" in picture
    assert picture.count('<path class="line opens"') == 2


def test_gates_are_colored() -> None:
    assert draw(shape("a>g a>x", "x")).count('<rect class="gate"') == 2  # the gate, and the legend
