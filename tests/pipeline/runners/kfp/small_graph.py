"""Small nodes that use what our own graph does not: values as parameters, containers, an exit handler."""

import json
import os
import pathlib
import time

from tfx.dsl.component.experimental import container_component, placeholders
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, OutputDict, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.orchestration.kubeflow.decorators import exit_handler
from tfx.types import standard_artifacts


@component
def Count(number: Parameter[int]) -> OutputDict(doubled=int, word=str, half=float):  # noqa: N802
    """Gives values that another node takes as parameters."""
    return {"doubled": number * 2, "word": f"n{number}", "half": number / 2}


@component
def Note(  # noqa: N802
    text: Parameter[str],
    note: OutputArtifact[standard_artifacts.Model],
    seen: Parameter[str],
    blessed: Parameter[int] = 1,
) -> None:
    """Writes a file and a property, and appends to the file `seen`, so that a test can count calls."""
    with pathlib.Path(seen).open("a") as file:
        file.write(f"{text} {os.getpid()}\n")
    pathlib.Path(note.uri).mkdir(parents=True, exist_ok=True)
    pathlib.Path(note.uri, "note.txt").write_text(text)
    note.set_int_custom_property("blessed", blessed)


@component
def Read(note: InputArtifact[standard_artifacts.Model], seen: Parameter[str]) -> None:  # noqa: N802
    """Appends what a note says."""
    text = pathlib.Path(note.uri, "note.txt").read_text()
    with pathlib.Path(seen).open("a") as file:
        file.write(f"read {text} blessed={note.get_int_custom_property('blessed')}\n")


@component
def Fail(how: Parameter[str]) -> None:  # noqa: N802
    """Fails as asked."""
    if how == "sleep":
        time.sleep(60)
    if how == "killed":
        os.kill(os.getpid(), 9)
    raise RuntimeError("as asked")


@exit_handler
def Farewell(status: Parameter[str], seen: Parameter[str]) -> None:  # noqa: N802
    """Appends how the run ended."""
    state = json.loads(status)["state"]
    with pathlib.Path(seen).open("a") as file:
        file.write(f"ended {state}\n")


Shell = container_component.create_container_component(
    name="Shell",
    image="bash",
    inputs={"note": standard_artifacts.Model},
    outputs={"copy": standard_artifacts.Model},
    parameters={"word": str},
    command=[
        "sh",
        "-c",
        'mkdir -p "$1" && cat "$0/note.txt" > "$1/note.txt" && printf " %s" "$2" >> "$1/note.txt"',
        placeholders.InputUriPlaceholder("note"),
        placeholders.OutputUriPlaceholder("copy"),
        placeholders.InputValuePlaceholder("word"),
    ],
)
