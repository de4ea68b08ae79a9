"""docs/cloud.md against the project: its commands, files and limits are there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.functions.trigger.events import REASONS
from pipeline.cli.commands import evergreen
from tests.infra import strict_yaml
from tests.infra.test_cloudbuild import targets

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "cloud.md").read_text()
CODE = re.findall(r"`([^`]+)`", TEXT)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)", " ; ".join(CODE)))))
def test_every_make_target_exists(target: str) -> None:
    """A command that a reader copies works."""
    assert target in targets()


def test_every_command_of_ours_exists() -> None:
    """`evergreen ...` as the page writes it."""
    named = {command for text in CODE for command in re.findall(r"\bevergreen ([a-z]+)", text)}
    assert named
    assert named <= set(evergreen.commands)


def test_every_file_exists() -> None:
    """Paths below the project's folders."""
    paths = {
        path
        for text in CODE
        for path in re.findall(r"\b(?:infra|pipeline|monitoring|tests|docs)/[\w./-]+", text)
    }
    assert len(paths) > 8
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_every_reason_is_told() -> None:
    """What the rule knows stands in the table of what asks for a run."""
    table = TEXT.partition("| reason | comes from |")[2].partition("\n\n")[0]
    told = {cell.strip() for row in table.splitlines()[2:] for cell in row.split("|")[1].split(",")}
    assert told == set(REASONS)


def test_every_command_says_whether_it_was_executed() -> None:
    """The last cell of each row of a table of commands is one of four words."""
    for table in re.findall(r"\| command \| \| state \|\n\|---\|---\|---\|\n((?:\|.*\n)+)", TEXT):
        for row in table.strip().splitlines():
            assert row.rstrip("| ").rpartition("|")[2].strip() in {"run", "planned", "tested", "not run"}, row


def test_the_given_commands_leave_no_name_and_no_region_of_the_template(tmp_path: Path) -> None:
    """Run on copies of the files that the template came with, in the shell that a reader has."""
    commands = re.findall(r"^    (sed -i .*)$", TEXT, re.MULTILINE)
    assert len(commands) == 2
    flights = ROOT / "tests" / "flights"
    shutil.copytree(flights / "environments", tmp_path / "infra" / "terraform" / "environments")
    shutil.copytree(flights / "configs", tmp_path / "pipeline" / "configs")
    subprocess.run(["bash", "-euc", "\n".join(commands)], cwd=tmp_path, check=True)
    changed = [
        *tmp_path.glob("infra/terraform/environments/*.tfvars"),
        *(tmp_path / "pipeline" / "configs" / f"{name}.yaml" for name in ("dev", "preprod", "prod")),
    ]
    assert len(changed) == 6
    left = {path.name: re.findall("my-evergreen|us-central1|us-docker", path.read_text()) for path in changed}
    assert not any(left.values()), left
    dev = strict_yaml.load((tmp_path / "pipeline" / "configs" / "dev.yaml").read_text())
    # What the page says to write into base.yaml is what dev accepts.
    assert f"`server_image: {dev['cloud']['accept_unknown'][0]}`" in TEXT


def test_names_are_put_in_before_a_command_uses_them() -> None:
    """Projects and buckets cannot be renamed."""
    assert TEXT.index("    sed -i") < TEXT.index("gcloud projects create")


def _rows() -> list[str]:
    """A row for each variable of Terraform: its key, what it decides in its own words, its default."""
    text = (ROOT / "infra" / "terraform" / "variables.tf").read_text(encoding="utf-8")
    return [
        _row(name, block)
        for name, block in re.findall(r'^variable "(\w+)" \{$(.*?)^\}$', text, re.DOTALL | re.MULTILINE)
    ]


def _row(name: str, block: str) -> str:
    (said,) = re.findall(r'^  description = "(.*)"$', block, re.MULTILINE)
    default = re.findall(r"^  default\s+= (.*)$", block, re.MULTILINE)
    (kind,) = re.findall(
        r"^  type\s+= (.*?)^  (?:default|\}\)|validation|$)", block + "\n", re.DOTALL | re.MULTILINE
    )
    fields = [
        f"`{field} = {value}`" if value else f"`{field}`"
        for field, value in re.findall(r"(\w+)\s*=\s*(?:optional\(\w+, (.*?)\)$|\w+)", kind, re.MULTILINE)
    ]
    words = re.sub(r"(\S*<\S+>[^\s.;,]*)", r"`\1`", said.replace('\\"', '"'))
    more = f" Fields: {', '.join(fields)}." if fields else ""
    return f"| `{name}` | {words}{more} | {f'`{default[0]}`' if default else 'needed'} |"


def test_every_key_of_the_tfvars_files_has_its_row() -> None:
    """In the words of infra/terraform/variables.tf; after a change there, these rows are the table."""
    table = TEXT.partition("| key | what it decides | default |\n|---|---|---|\n")[2].partition("\n\n")[0]
    assert table.splitlines() == _rows(), "\n".join(_rows())
