"""Until a fork has its own, what the tests take in place of a fork's files is what ships."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("shipped", "own"),
    [
        ("trainer/columns.yaml", "columns.yaml"),
        *((f"pipeline/configs/{name}.yaml", f"configs/{name}.yaml") for name in ("base", "local")),
    ],
)
def test_the_tests_flights_are_the_sample_s(shipped: str, own: str):
    text = (ROOT / "pipeline" / "configs" / "base.yaml").read_text()
    if "\nname: flights\n" not in text or not (ROOT / "sample").is_dir():
        pytest.skip("a fork has files of its own")
    assert (ROOT / shipped).read_text() == (ROOT / "tests" / "flights" / own).read_text()


@pytest.mark.parametrize("environment", ["dev", "preprod", "prod"])
def test_the_tests_environments_are_those_that_ship(environment: str):
    tfvars = ROOT / "infra" / "terraform" / "environments" / f"{environment}.tfvars"
    if f'"my-evergreen-{environment}"' not in tfvars.read_text():
        pytest.skip("a fork has environments of its own")
    own = ROOT / "tests" / "flights"
    assert tfvars.read_text() == (own / "environments" / tfvars.name).read_text()
    configuration = ROOT / "pipeline" / "configs" / f"{environment}.yaml"
    assert configuration.read_text() == (own / "configs" / configuration.name).read_text()
