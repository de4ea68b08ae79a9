"""The shape of a TFX pipeline, as its compiler sees it."""

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.experimental.conditionals.conditional import Cond
from tfx.dsl.placeholder.placeholder import logical_and
from tfx.orchestration.pipeline import Pipeline
from tfx.types import standard_artifacts

from pipeline.runners.picture.shape import Edge, Node, shape_of


@component
def Make(out: OutputArtifact[standard_artifacts.Model]) -> None:  # noqa: N802
    """Writes a model."""


@component
def Use(model: InputArtifact[standard_artifacts.Model]) -> None:  # noqa: N802
    """Reads a model."""


@component
def Bless(  # noqa: N802
    model: InputArtifact[standard_artifacts.Model],
    blessing: OutputArtifact[standard_artifacts.ModelBlessing],
) -> None:
    """Writes a blessing."""


def blesses(node):
    return node.outputs["out"].future()[0].custom_property("blessed") == 1


def test_every_gate_of_a_condition_is_a_gate_and_no_reader_of_data():
    """What only a condition reads is no edge; a node behind it says all the gates that it depends on."""
    first, second, lonely = Make().with_id("First"), Make().with_id("Second"), Make().with_id("Lonely")
    with Cond(logical_and(blesses(first), blesses(second))):
        use = Use(model=lonely.outputs["out"]).with_id("Use")
    shape = shape_of(Pipeline("small", "root", components=[use, lonely, first, second]))
    assert {node.name: (node.is_gate, node.conditional_on) for node in shape.nodes} == {
        "First": (True, ()),
        "Second": (True, ()),
        "Lonely": (False, ()),
        "Use": (False, ("First", "Second")),
    }
    assert shape.edges == (Edge("Lonely", "out", "Use"),)
    assert shape.nodes[-1].name == "Use"


def test_a_node_that_writes_a_blessing_is_a_gate_without_any_condition():
    make = Make().with_id("Make")
    bless = Bless(model=make.outputs["out"]).with_id("Bless")
    shape = shape_of(Pipeline("small", "root", components=[make, bless]))
    assert shape.nodes == (Node("Make", ("out",), False, ()), Node("Bless", ("blessing",), True, ()))


def test_what_only_conditional_nodes_read_stands_behind_the_others():
    """So that its arrow does not cross the row that it has no part in."""
    lonely, make = Make().with_id("Lonely"), Make().with_id("Make")
    gate = Bless(model=make.outputs["out"]).with_id("Gate")
    with Cond(gate.outputs["blessing"].future()[0].custom_property("blessed") == 1):
        use = Use(model=lonely.outputs["out"]).with_id("Use")
    shape = shape_of(Pipeline("small", "root", components=[lonely, make, gate, use]))
    assert [node.name for node in shape.nodes] == ["Make", "Gate", "Lonely", "Use"]
