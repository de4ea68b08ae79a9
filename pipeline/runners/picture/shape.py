"""What the graph looks like: its nodes and who reads whose outputs, taken from TFX's compiled pipeline."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.config.config import Config

BLESSINGS = {"ModelBlessing", "InfraBlessing"}
STAND_IN = "stand-in"  # for what a launch knows and the shape does not depend on


@dataclasses.dataclass(frozen=True)
class Node:
    """One node of the graph.

    Attributes:
      name: its id.
      outputs: names of what it writes.
      is_gate: whether it writes a blessing, or whether other nodes run depends on what it writes.
      conditional_on: the gates that decide whether this node runs; none for a node that always runs.
    """

    name: str
    outputs: tuple[str, ...]
    is_gate: bool
    conditional_on: tuple[str, ...]


@dataclasses.dataclass(frozen=True, order=True)
class Edge:
    """One output that another node reads."""

    producer: str
    output: str
    consumer: str


@dataclasses.dataclass(frozen=True)
class Shape:
    """A graph's nodes, producers before consumers, and its edges."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def readers(self, producer: str, output: str) -> list[str]:
        """Returns who reads an output, in the order in which they run."""
        names = [node.name for node in self.nodes]
        consumers = {e.consumer for e in self.edges if (e.producer, e.output) == (producer, output)}
        return sorted(consumers, key=names.index)


def describe(condition: tuple[str, ...]) -> str:
    """Returns a condition in words."""
    return f"only when {' and '.join(condition)} {'blesses' if len(condition) == 1 else 'bless'}"


def read_shape(config: Config) -> Shape:
    """Returns the shape of the graph beside a champion, which has every node."""
    return shape_of(_build(config))


def shape_of(pipeline: Any) -> Shape:
    """Returns the shape of a TFX pipeline."""
    from tfx.dsl.compiler.compiler import Compiler

    compiled = [node.pipeline_node for node in Compiler().compile(pipeline).nodes]
    conditions = {node.node_info.id: _conditional_on(node) for node in compiled}
    gates = {gate for condition in conditions.values() for gate in condition}
    nodes = tuple(_node(node, conditions[node.node_info.id], gates) for node in _isolated_last(compiled))
    return Shape(nodes, tuple(sorted(edge for node in compiled for edge in _edges(node))))


def _build(config: Config) -> Any:
    from pipeline import graph
    from pipeline.config import columns
    from pipeline.config.split_rule import hash_split
    from pipeline.launch.champion import Champion
    from pipeline.launch.launch import Launch
    from pipeline.launch.paths import RunPaths
    from pipeline.spans.window import Span, Window

    train, judge = (Span(dt.date(2000, 1, day), STAND_IN, STAND_IN) for day in (1, 2))
    launch = Launch(
        config=config,
        window=Window((train,), (judge,)),
        champion=Champion.stand_in(),
        ignore_champion=None,
        schema=b"",
        code=collections.defaultdict(str),
        split=hash_split(config.split, columns.read()),
    )
    paths = RunPaths(pipeline_root=STAND_IN, schema_file=STAND_IN, served_models=STAND_IN)
    return graph.build(launch, paths)


def _node(node: Any, condition: tuple[str, ...], gates: set[str]) -> Node:
    types = {output.artifact_spec.type.name for output in node.outputs.outputs.values()}
    return Node(
        name=node.node_info.id,
        outputs=tuple(sorted(node.outputs.outputs)),
        is_gate=node.node_info.id in gates or not types.isdisjoint(BLESSINGS),
        conditional_on=condition,
    )


def _conditional_on(node: Any) -> tuple[str, ...]:
    """Returns the gates of a node's condition, whose outputs TFX's compiler adds to the node's inputs."""
    if not node.inputs.conditionals:
        return ()
    return tuple(sorted({edge.producer for edge, hidden in _inputs(node) if hidden}))


def _edges(node: Any) -> Iterator[Edge]:
    return (edge for edge, hidden in _inputs(node) if not hidden)


def _inputs(node: Any) -> Iterator[tuple[Edge, bool]]:
    """Yields each input as an edge, and whether only the node's condition reads it."""
    for key, value in node.inputs.inputs.items():
        for channel in value.channels:
            edge = Edge(channel.producer_node_query.id, channel.output_key, node.node_info.id)
            yield edge, key.startswith("_")


def _isolated_last(compiled: list[Any]) -> list[Any]:
    """Puts conditional nodes behind the others, and what only conditional nodes read just before them."""
    always = [node for node in compiled if not _conditional_on(node)]
    linked = {name for node in always for edge in _edges(node) for name in (edge.producer, edge.consumer)}
    return sorted(
        compiled,
        key=lambda node: (bool(_conditional_on(node)), node.node_info.id not in linked),
    )
