"""Beam's options of a configuration: checked by Beam's own parser, and set on the stages."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import apache_beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability import python_urns
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.orchestration.pipeline import Pipeline

from pipeline.config.beam import BeamConfig, Option
from pipeline.errors import ConfigError

_RUNNERS = {"portable": "PortableRunner", "flink": "FlinkRunner", "spark": "SparkRunner"}
KNOWN_RUNNERS = ("DataflowRunner", "DirectRunner", *_RUNNERS.values())
_OF_THE_RUNNER = MappingProxyType({"runner": "beam.runner"})
# One worker process of this Python installation, started by Beam's job service inside this process.
_OWN_WORKER = MappingProxyType(
    {
        "job_endpoint": "embed",
        "environment_type": python_urns.SUBPROCESS_SDK,
        "environment_config": f"{sys.executable} -m apache_beam.runners.worker.sdk_worker_main",
    }
)
# Without one of these TFX packs itself for workers to install, which takes 3 s per stage.
_CODE = ("sdk_container_image", "worker_harness_container_image", "setup_file", "extra_packages")
CODE_IS_THERE = MappingProxyType({"sdk_container_image": "unused"})


def local_arguments(beam: BeamConfig) -> list[str]:
    """Returns Beam's arguments for a run on this machine; none for the default, which is this process.

    Raises:
      ConfigError: `arguments` refuses an option.
    """
    more = arguments("beam", beam.options, _OF_THE_RUNNER)
    if beam.runner == "direct" and not more:
        return []
    runner = [f"--runner={_RUNNERS[beam.runner]}"] if beam.runner in _RUNNERS else []
    own = _OWN_WORKER if beam.runner == "portable" and not set(_OWN_WORKER) & set(beam.options) else {}
    code = {} if set(_CODE) & set(beam.options) else CODE_IS_THERE
    return [*runner, *(f"--{name}={value}" for name, value in {**own, **code}.items()), *more]


def arguments(section: str, options: Mapping[str, Option], reserved: Mapping[str, str]) -> list[str]:
    """Returns options as arguments.

    Args:
      section: section of the configuration, for messages.
      options: values by Beam's names.
      reserved: the key that sets each name which may not be set here.

    Raises:
      ConfigError: a name that Beam does not know or that another key sets; a value of the wrong kind.
    """
    parser = _parser()
    written: list[str] = []
    set_by: dict[str, str] = {}
    for name, value in options.items():
        key = f"{section}.options.{name}"
        if name in reserved:
            raise ConfigError(f"{key}: {reserved[name]} sets it; change it there")
        action = _action(parser, key, name)
        option = _option(key, name, value, action)
        earlier = set_by.setdefault(action.dest, name)
        if earlier != name and _keeps_one(action):
            raise ConfigError(f"{key}: {earlier} sets the same; remove one of them")
        _parse(parser, key, option)
        written += option
    return written


def faults(arguments: Sequence[str]) -> Iterator[str]:
    """Yields what is wrong with Beam's arguments of a compiled step: a name, value, runner or repetition."""
    parser = _parser()
    set_by: dict[str, str] = {}
    for argument in arguments:
        flag, equals, value = argument.partition("=")
        key = f"its Beam option {flag}"
        if not flag.startswith("--"):
            yield f"its argument {argument!r} is no Beam option, which begins with --"
            continue
        try:
            action = _action(parser, key, flag[2:])
            _parse(parser, key, [argument])
        except ConfigError as error:
            yield str(error)
            continue
        if action.nargs != 0 and not equals:
            yield f"{key}: has no value"
        if flag == "--runner" and value not in KNOWN_RUNNERS:
            yield f"{key}: no runner {value!r}; there are {', '.join(KNOWN_RUNNERS)}"
        if action.dest in set_by and _keeps_one(action):
            yield f"{key}: {set_by[action.dest]} sets the same; only the last would count"
        set_by[action.dest] = flag


def set_arguments(pipeline: Pipeline, arguments_of: Callable[[str], list[str]]) -> None:
    """Sets the arguments of every stage that uses Beam.

    Args:
      pipeline: changed in place.
      arguments_of: returns the arguments of a stage, by its name.
    """
    for node in pipeline.components:
        if isinstance(node, BaseBeamComponent):
            node.with_beam_pipeline_args(arguments_of(node.id))


def _parser() -> argparse.ArgumentParser:
    """Returns the parser of all of Beam's options."""
    parsers: list[argparse.ArgumentParser] = []
    PipelineOptions([]).get_all_options(add_extra_args_fn=parsers.append)
    (parser,) = parsers
    parser.exit_on_error = False
    return parser


def _parse(parser: argparse.ArgumentParser, key: str, option: list[str]) -> None:
    """Lets Beam's parser read one option; some of its actions fail in ways of their own on a wrong value."""
    try:
        parser.parse_known_args(option)
    except argparse.ArgumentError as error:
        raise ConfigError(f"{key}: {error.message}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"{key}: Beam cannot read {' '.join(option)} ({error})") from error


def _action(parser: argparse.ArgumentParser, key: str, name: str) -> argparse.Action:
    known = {flag[2:]: action for flag, action in parser._option_string_actions.items() if flag[:2] == "--"}
    del known["help"]
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise ConfigError(f"{key}: Beam {apache_beam.__version__} has no such option{hint}")
    return known[name]


def _option(key: str, name: str, value: Option, action: argparse.Action) -> list[str]:
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise ConfigError(f"{key}: got {value!r}; it is a switch: true or false")
        return [f"--{name}"] if value else []
    if isinstance(value, bool):
        raise ConfigError(f"{key}: got {str(value).lower()}; it takes a value")
    if isinstance(value, tuple) and _keeps_one(action):
        raise ConfigError(f"{key}: got a list; it takes one value")
    values = value if isinstance(value, tuple) else (value,)
    return [f"--{name}={each}" for each in values]


def _keeps_one(action: argparse.Action) -> bool:
    """Returns whether the last of several values counts; Beam's lists are argparse's action and its own."""
    return action.nargs == 0 or isinstance(action, argparse._StoreAction)
