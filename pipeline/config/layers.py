"""Finds the files of a configuration and lays them over each other.

    defaults.yaml   the template's: every number
    base.yaml       the fork's: what differs from it in every environment
    local.yaml …    what differs in one environment; or a file given by its path
    --set           what differs in one call

Mappings merge, key by key and at every depth; lists and scalars replace what was there.
"""

from __future__ import annotations

import dataclasses
import os
import re
import types
from importlib import resources
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from components.did_you_mean import did_you_mean
from components.shown import shown
from pipeline.config import confidential
from pipeline.config.confidential import typed_setting
from pipeline.config.config import Config
from pipeline.errors import ConfigError
from trainer import yaml12
from trainer.yaml12 import Node

SHARED = ("defaults", "base")
SET = "--set"
# Another folder of base.yaml and the environments' files, for tests of the machinery, which do not depend on
# what a fork has in its own; defaults.yaml is the template's.
INSTEAD = "EVERGREEN_CONFIGS"
_NO_LAYERS = (*SHARED, "import")


def available() -> list[str]:
    """Returns the names of the configurations that ship with the project."""
    names = {path.stem for path in _own_folder().glob("*.yaml")}
    return sorted(names - set(_NO_LAYERS))


def merged(name_or_path: str, overrides: dict[str, str] | None = None) -> Node:
    """Returns a configuration's layers as one, unchecked; every value knows the layer that it is from.

    Raises:
      ConfigError: no such configuration; a file is not YAML or no mapping; an override of nothing.
    """
    shared = _over(*(_read(_shared(name), f"{name}.yaml") for name in SHARED))
    top = _read(*_find(name_or_path))
    for path, text in (overrides or {}).items():
        top = _over(top, _override(_whole(shared, top), path, text))
    return _whole(shared, top)


def optional_section(annotation: Any) -> type[BaseModel] | None:
    """Returns the section of an annotation such as `CloudConfig | None`; None for other annotations."""
    if get_origin(annotation) not in (Union, types.UnionType) or type(None) not in get_args(annotation):
        return None
    return next((each for each in get_args(annotation) if _is_section(each)), None)


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _folder() -> Path:
    return Path(str(resources.files("pipeline") / "configs"))


def _own_folder() -> Path:
    """Returns the folder of the fork's own layers: all but defaults.yaml."""
    instead = os.environ.get(INSTEAD)
    return Path(instead) if instead else _folder()


def _shared(name: str) -> Path:
    return (_folder() if name == "defaults" else _own_folder()) / f"{name}.yaml"


def path_of(source: str) -> Path:
    """Returns the path of a layer by what origins call it, as `base.yaml` or `my/own.yaml`."""
    shared = source.removesuffix(".yaml")
    if shared in SHARED:
        return _shared(shared)
    own = _own_folder() / source
    return own if own.is_file() and "/" not in source else Path(source)


def _find(name_or_path: str) -> tuple[Path, str]:
    """Returns the path of a configuration's own file, and how to call it."""
    if re.fullmatch(r"[\w-]+", name_or_path):
        if name_or_path in available():
            return _own_folder() / f"{name_or_path}.yaml", f"{name_or_path}.yaml"
        raise ConfigError(
            f"no configuration named {shown(name_or_path)}{did_you_mean(name_or_path, available())}; "
            f"there are {', '.join(available())}, or give the path of a .yaml file"
        )
    path = Path(name_or_path)
    if "\0" in name_or_path or not path.is_file():
        raise ConfigError(f"no configuration file at {shown(name_or_path)}; give an existing .yaml file")
    return path, path.name if path.resolve().parent == _own_folder().resolve() else name_or_path


def _read(path: Path, source: str) -> Node:
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml12.read(text, source)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{source}:{line}: not readable as YAML: not UTF-8") from error
    except yaml12.YamlError as error:
        if confidential.stands_in(text, error.line):
            raise ConfigError(f"{source}:{error.line}: not readable as YAML") from None
        raise ConfigError(f"{source}:{error.line}: not readable as YAML: {error}") from error
    if not isinstance(node.content, dict):
        kind = "a list" if isinstance(node.content, tuple) else shown(node.content)
        raise ConfigError(
            f"{node.origin}: expected a mapping of sections, got {kind}; `{{}}` is an empty one"
        )
    return node


def _over(below: Node, above: Node) -> Node:
    """Lays one node over another."""
    if not isinstance(below.content, dict) or not isinstance(above.content, dict):
        return above
    members = dict(below.content)
    for key, node in above.content.items():
        members[key] = _over(members[key], node) if key in members else node
    return dataclasses.replace(above, content=members)


def _whole(shared: Node, top: Node) -> Node:
    return _over(_without_dormant(shared, top, Config), top)


def _without_dormant(shared: Node, top: Node, section: type[BaseModel]) -> Node:
    """Leaves out the optional sections that a configuration's own file does not have.

    defaults.yaml and base.yaml fill in a section such as `cloud`; the file of an environment says whether
    there is one at all.
    """
    assert isinstance(shared.content, dict)
    members = dict(shared.content)
    for name, field in section.model_fields.items():
        own = top.content.get(name) if isinstance(top.content, dict) else None
        optional = optional_section(field.annotation)
        below = optional or (field.annotation if _is_section(field.annotation) else None)
        if name not in members or below is None or not isinstance(members[name].content, dict):
            continue
        if optional and (own is None or not isinstance(own.content, dict)):
            members[name] = Node(None, top.source)
        else:
            members[name] = _without_dormant(members[name], own or Node({}, top.source), below)  # type: ignore[arg-type]
    return dataclasses.replace(shared, content=members)


def _override(whole: Node, path: str, text: str) -> Node:
    """Returns an override as a layer."""
    keys = path.split(".")
    _refuse_no_section(whole, keys[:-1], path)
    try:
        layer = yaml12.read(text, SET, lines=False) if text.strip() else Node(None, SET)
    except yaml12.YamlError as error:
        if confidential.is_confidential(keys):
            raise ConfigError(
                f"--set {typed_setting(path)}: what follows is not a YAML value; quote it"
            ) from None
        raise ConfigError(
            f"--set {typed_setting(path)}: {shown(text)} is not a YAML value; quote it ({error})"
        ) from error
    for key in reversed(keys):
        layer = Node({key: layer}, SET)
    return layer


def _refuse_no_section(node: Node, parents: list[str], path: str) -> None:
    for key in parents:
        members = node.content
        assert isinstance(members, dict)
        child = members.get(key)
        if child is None or not isinstance(child.content, dict):
            hint = " (it holds no keys)" if key in members else did_you_mean(key, members)
            name = "" if parents[0] == confidential.SECTION else f" {shown(key)}"
            raise ConfigError(f"--set {typed_setting(path)}: no section{name}{hint}")
        node = child
