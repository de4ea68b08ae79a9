"""The command `evergreen graph`: the pipeline's nodes and who reads their outputs, as text or picture."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import with_config
from pipeline.runners.picture.shape import Node, Shape, describe, read_shape

if TYPE_CHECKING:
    from pipeline.config.config import Config


@click.command()
@with_config
@click.option(
    "--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw it into this file instead."
)
def graph(config: Config, svg: Path | None) -> None:
    """Prints the nodes of the pipeline and which nodes read their outputs.

    Example: evergreen graph --svg docs/images/graph.svg
    """
    from pipeline.runners.picture.svg import draw
    from pipeline.runners.progress import noise_to

    with noise_to(Path(os.devnull)):
        shape = read_shape(config)
    if svg is None:
        click.echo("\n".join(lines(shape)))
        return
    svg.write_text(draw(shape), encoding="utf-8")
    click.echo(svg)


def lines(shape: Shape) -> Iterator[str]:
    """Yields a line for each output; a heading precedes nodes that run only if a gate passes."""
    condition: tuple[str, ...] = ()
    for node in shape.nodes:
        if node.conditional_on != condition:
            condition = node.conditional_on
            yield f"{describe(condition)}:"
        yield from _outputs(shape, node)


def _outputs(shape: Shape, node: Node) -> Iterator[str]:
    name = f"{node.name} (gate)" if node.is_gate else node.name
    decides = any(node.name in other.conditional_on for other in shape.nodes)
    for output in node.outputs:
        uses = [", ".join(shape.readers(node.name, output))] if shape.readers(node.name, output) else []
        uses += ["decides whether the nodes below run"] if decides else []
        yield f"  {name:<22}{output:<22}{'; '.join(uses) or '-'}"
        name = ""
