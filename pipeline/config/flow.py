"""Values as YAML on one line, which `yaml12` and every reader of YAML 1.1 read alike."""

from __future__ import annotations

from typing import Any

import yaml

from trainer import yaml12


class _Dumper(yaml.SafeDumper):
    """Quotes a text that YAML 1.1 or 1.2 would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        """Writes equal values out each time: the reader follows no aliases."""
        return True

    def represent_text(self, text: str) -> yaml.Node:
        """Puts a text with line breaks in double quotes, to keep it on one line; signs in single ones."""
        signs = "'" if text and not any(each.isalnum() for each in text) else None
        return self.represent_scalar(
            "tag:yaml.org,2002:str", text, style=signs if text.isprintable() else '"'
        )


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.yaml_implicit_resolvers = {
    first: [*resolvers] for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}
for _kind, _pattern in yaml12.CORE.items():
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", _pattern, None)


def flow(value: Any) -> str:
    """Returns a value on one line."""
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=True,
        width=float("inf"),
        allow_unicode=True,
        sort_keys=False,
    )
    return text.removesuffix("\n").removesuffix("\n...")
