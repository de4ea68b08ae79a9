"""The images, as far as they can be judged without a registry to pull their bases from."""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.dependencies.outdated import locked
from infra.docker.size import compressed_mb

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "docker"
IMAGES = ("pipeline", "trainer", "serving")
EVERY = (*IMAGES, "ci")


def lines(image: str) -> list[list[str]]:
    """Instructions of a Dockerfile as words, continuation lines joined, comments dropped."""
    text = (FOLDER / f"{image}.Dockerfile").read_text().replace("\\\n", " ")
    return [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def versions() -> dict[str, str]:
    """versions.env."""
    text = (FOLDER / "versions.env").read_text()
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


@pytest.mark.parametrize("image", EVERY)
def test_hadolint_has_nothing_to_say(image: str) -> None:
    """Each ignored rule bears its reason in the file."""
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, FOLDER / f"{image}.Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_would_notice(tmp_path: Path) -> None:
    """An image that is not pinned, and a directory that is changed by `cd`, are named."""
    (tmp_path / "Dockerfile").write_text("FROM python:latest\nRUN cd /tmp\n")
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, tmp_path / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "DL3007" in done.stdout


@pytest.mark.parametrize("image", EVERY)
def test_images_have_several_stages_and_pinned_bases(image: str) -> None:
    """Every base is an argument, and every argument a version in the one list."""
    bases = [words[1] for words in lines(image) if words[0] == "FROM"]
    assert len(bases) > 1
    for base in bases:
        name = re.fullmatch(r"\$\{(\w+)\}", base)
        assert name, f"{image}: base {base} is not an argument"
        assert re.fullmatch(r"[\w./-]+:v?\d[\w.-]*(@sha256:[0-9a-f]{64})?", versions()[name.group(1)])


@pytest.mark.parametrize("image", IMAGES)
def test_images_run_as_nobody_special(image: str) -> None:
    """The last USER is a number above root's."""
    users = [words[1] for words in lines(image) if words[0] == "USER"]
    assert users, f"{image} runs as root"
    assert int(users[-1]) >= 10000


@pytest.mark.parametrize("image", EVERY)
def test_every_copied_source_exists_and_reaches_the_builder(image: str) -> None:
    """A COPY from another stage names one; a COPY from here names a file that .dockerignore lets through."""
    stages = {words[3] for words in lines(image) if words[0] == "FROM" and len(words) > 3}
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for words in lines(image):
        if words[0] == "COPY" and words[1].startswith("--from="):
            assert words[1].removeprefix("--from=") in stages
        elif words[0] == "COPY":
            for source in words[1:-1]:
                assert (ROOT / source).exists(), f"{image}: {source} is not there"
                assert any(source == kept or source.startswith(f"{kept}/") for kept in let_in), source


def test_versions_have_one_source() -> None:
    """Beam and the model server are the locked ones, Pythons are the same; ci's defaults are the list's."""
    environment, list_ = locked(ROOT / "requirements.lock"), versions()
    python = re.findall(r"^python:(3\.\d+)\.\d+-slim-trixie$", list_["PYTHON_IMAGE"])[0]
    assert list_["BEAM_IMAGE"] == f"apache/beam_python{python}_sdk:{environment['apache-beam']}"
    function = (ROOT / "infra/terraform/modules/triggers/function.tf").read_text()
    assert f'runtime           = "python{python.replace(".", "")}"' in function
    api = environment["tensorflow-serving-api"].rpartition(".")[0]
    assert list_["SERVING_IMAGE"].startswith(f"tensorflow/serving:{api}.")
    for words in lines("ci"):
        if words[0] == "ARG":
            name, _, value = words[1].partition("=")
            assert list_[name] == value


def test_the_trainer_has_the_pipelines_versions_and_cuda() -> None:
    """What both locks hold is equal, so that a model trained on a GPU is the pipeline's model."""
    pipeline, trainer = locked(ROOT / "requirements.lock"), locked(FOLDER / "trainer.lock")
    different = {name for name in pipeline.keys() & trainer.keys() if pipeline[name] != trainer[name]}
    assert different == set()
    assert {"tensorflow", "tfx", "nvidia-cudnn-cu12"} <= trainer.keys()
    assert "://" not in (FOLDER / "trainer.lock").read_text()


@pytest.mark.parametrize("image", ["pipeline", "trainer"])
def test_the_code_in_the_image_installs_whole(image: str, tmp_path: Path) -> None:
    """A wheel built from exactly what is copied holds every package with its configurations and schema."""
    for words in lines(image):
        if words[0] == "COPY" and not words[1].startswith("--from="):
            for source in words[1:-1]:
                origin, target = ROOT / source, tmp_path / source
                if origin.is_dir():
                    shutil.copytree(origin, target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(origin, target)
    command = [sys.executable, "setup.py", "-q", "bdist_wheel", "--dist-dir", "dist"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "pipeline/configs/prod.yaml",
        "trainer/columns.yaml",
        "trainer/entry.py",
        "components/release/component.py",
        "serving/server/__main__.py",
        "monitoring/retraining/rule.py",
    ):
        assert wanted in names
    assert not fnmatch.filter(names, "sample/*")


def test_entry_points_exist() -> None:
    """The trainer starts what TFX's custom training job expects; the others start programs of their bases."""
    starts = {image: next(words for words in lines(image) if words[0] == "ENTRYPOINT") for image in IMAGES}
    trainer = json.loads(" ".join(starts["trainer"][1:]))
    assert trainer[:2] == ["python", "-m"]
    assert importlib.util.find_spec(trainer[2]) is not None
    for image, program in (("pipeline", "/opt/apache/beam"), ("serving", "tensorflow_model_server")):
        copied = [words for words in lines(image) if words[0] == "COPY" and program in words[-1]]
        assert copied, f"{image}: nothing copies {program}"
        assert program in starts[image][1]


def test_the_build_script_passes_every_version() -> None:
    """Every argument without a default is in versions.env, with a budget for every image that is built."""
    assert subprocess.run(["bash", "-n", FOLDER / "build"]).returncode == 0
    for image in IMAGES:
        for words in lines(image):
            if words[0] == "ARG":
                assert words[1] in versions(), f"{image} asks for {words[1]}"
        assert int(versions()[f"{image.upper()}_BUDGET_MB"]) > 0
    done = subprocess.run([FOLDER / "build"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "usage" in done.stderr


def test_the_size_is_that_of_the_largest_platform_without_attestations() -> None:
    """An index is followed; what provenance adds does not count."""
    manifests = {
        "r/pipeline:t": {
            "manifests": [
                {"digest": "sha256:a", "platform": {"os": "linux"}},
                {"digest": "sha256:b", "platform": {"os": "unknown"}},
            ]
        },
        "r/pipeline@sha256:a": {"layers": [{"size": 3_000_000}, {"size": 500_000}]},
    }
    assert compressed_mb("r/pipeline:t", manifests.__getitem__) == 3.5


@pytest.mark.parametrize("image", IMAGES)
def test_the_image_builds(image: str) -> None:
    """Where a container engine runs and holds the bases."""
    if shutil.which("docker") is None or subprocess.run(["docker", "info"], capture_output=True).returncode:
        pytest.skip("no container engine is running, so the image was not built")
    bases = [versions()[words[1]] for words in lines(image) if words[0] == "ARG"]
    for base in bases:
        if subprocess.run(["docker", "image", "inspect", base], capture_output=True).returncode:
            pytest.skip(f"the base {base} is not here, so the image was not built")
    arguments = [f"--build-arg={w[1]}={versions()[w[1]]}" for w in lines(image) if w[0] == "ARG"]
    command = ["docker", "build", "-q", *arguments, "-f", str(FOLDER / f"{image}.Dockerfile"), str(ROOT)]
    subprocess.run(command, check=True)
