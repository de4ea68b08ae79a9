"""A model server that watches the served folder sees whole and blessed models under rising numbers."""

import contextlib
import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf import json_format
from tfx.proto import pusher_pb2
from tfx.types import standard_artifacts

from components.model_files import artifact as model_files
from components.model_files.rule import AlteredModelError
from components.pusher import numbers
from components.pusher.executor import Executor, publish


def write_model(folder: Path, weights: bytes = b"weights") -> Path:
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "data").write_bytes(weights)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@contextlib.contextmanager
def full_disk(free_bytes: int) -> Iterator[None]:
    """Lets no file grow beyond some bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (free_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestPublish:
    def test_the_first_model_is_number_one(self, tmp_path: Path):
        model = write_model(tmp_path / "model")
        served = publish(str(model), str(tmp_path / "served" / "flights"))
        assert served == str(tmp_path / "served" / "flights" / "1")
        assert files(Path(served)) == files(model)

    @pytest.mark.parametrize(
        ("existing", "number"),
        [
            (["1"], "2"),
            (["9", "10"], "11"),
            (["3", "7"], "8"),
            (["2", "notes", "5-old", "6.tmp"], "3"),
            (["²"], "1"),
        ],
    )
    def test_the_number_is_above_every_number_there_is(
        self, tmp_path: Path, existing: list[str], number: str
    ):
        base = tmp_path / "served"
        for name in existing:
            write_model(base / name, weights=name.encode())
        served = publish(str(write_model(tmp_path / "model")), str(base))
        assert Path(served).name == number
        assert sorted(os.listdir(base)) == sorted([*existing, number])

    def test_the_number_is_above_those_of_other_names(self, tmp_path: Path):
        """The model was renamed: a number belongs to the deployment."""
        models = tmp_path / "models"
        write_model(models / "flights" / "4", weights=b"old")
        served = publish(str(write_model(tmp_path / "model")), str(models / "late-flights"))
        assert served == str(models / "late-flights" / "5")
        assert os.listdir(models / "flights") == ["4"]

    def test_the_number_is_above_those_on_record_whose_folders_are_gone(self, tmp_path: Path):
        models = tmp_path / "models"
        numbers.keep(str(models), 6)
        assert Path(publish(str(write_model(tmp_path / "model")), str(models / "flights"))).name == "7"

    def test_a_push_that_was_killed_is_completed_beside_other_names(self, tmp_path: Path):
        models, model = tmp_path / "models", write_model(tmp_path / "model")
        write_model(models / "late-flights" / "4", weights=b"old")
        served = publish(str(model), str(models / "flights"))
        assert publish(str(model), str(models / "flights")) == served == str(models / "flights" / "5")

    def test_a_model_that_another_name_released_is_a_new_release_of_this_name(self, tmp_path: Path):
        models, model = tmp_path / "models", write_model(tmp_path / "model")
        for name, number in (("flights", "1"), ("late-flights", "2"), ("flights", "3")):
            assert publish(str(model), str(models / name)) == str(models / name / number)

    def test_models_published_earlier_stay_as_they_were(self, tmp_path: Path):
        base = tmp_path / "served"
        first = Path(publish(str(write_model(tmp_path / "a", b"a")), str(base)))
        before = files(first)
        publish(str(write_model(tmp_path / "b", b"b")), str(base))
        assert files(first) == before

    def test_a_push_of_the_newest_model_again_is_completed_and_not_repeated(self, tmp_path: Path):
        """So does a push that was killed after the model was in place and before it was recorded."""
        model, base = write_model(tmp_path / "model"), tmp_path / "served"
        served = publish(str(model), str(base))
        assert publish(str(model), str(base)) == served
        assert os.listdir(base) == ["1"]

    def test_an_older_model_again_is_a_new_release(self, tmp_path: Path):
        base = tmp_path / "served"
        old, new = write_model(tmp_path / "a", b"a"), write_model(tmp_path / "b", b"b")
        numbers = [Path(publish(str(model), str(base))).name for model in (old, new, old)]
        assert numbers == ["1", "2", "3"]

    @pytest.mark.parametrize("change", ["content", "additional file"])
    def test_a_model_that_differs_in_anything_is_another_model(self, tmp_path: Path, change: str):
        model, base = write_model(tmp_path / "model"), tmp_path / "served"
        publish(str(model), str(base))
        (model / {"content": "saved_model.pb", "additional file": "assets"}[change]).write_bytes(b"other")
        assert Path(publish(str(model), str(base))).name == "2"

    def test_nothing_is_visible_while_files_are_copied(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        base, seen = tmp_path / "served", []
        write_model(base / "1", b"old")
        copyfile = shutil.copyfile

        def watched(*args: object, **options: object) -> object:
            seen.append(os.listdir(base))
            return copyfile(*args, **options)

        monkeypatch.setattr(shutil, "copyfile", watched)
        served = publish(str(write_model(tmp_path / "model")), str(base))
        assert seen == [["1"], ["1"]]
        assert len(files(Path(served))) == 2

    def test_a_copy_that_fails_midway_leaves_nothing(self, tmp_path: Path):
        base = tmp_path / "served" / "flights"
        write_model(base / "1", b"old")
        before = files(tmp_path / "served")
        model = write_model(tmp_path / "model", weights=b"x" * 10_000)
        with full_disk(free_bytes=1000), pytest.raises(OSError, match="File too large"):
            publish(str(model), str(base))
        assert files(tmp_path / "served") == before
        assert sorted(os.listdir(tmp_path / "served")) == ["flights"]
        assert Path(publish(str(model), str(base))).name == "2"


class TestExecutor:
    @pytest.fixture
    def model(self, tmp_path: Path) -> standard_artifacts.Model:
        model = standard_artifacts.Model()
        model.uri = str(tmp_path / "model")
        served = write_model(tmp_path / "model" / "Format-Serving")
        model_files.record(model, str(served))
        return model

    def push(self, tmp_path: Path, model: standard_artifacts.Model, **gates: int | None):
        kinds = {
            "model_blessing": standard_artifacts.ModelBlessing,
            "infra_blessing": standard_artifacts.InfraBlessing,
        }
        inputs = {"model": [model]}
        for name, blessed in gates.items():
            blessing = kinds[name]()
            blessing.uri = str(tmp_path / name)
            if blessed is not None:
                blessing.set_int_custom_property("blessed", blessed)
                (tmp_path / name).mkdir()
                (tmp_path / name / ("INFRA_BLESSED" if blessed else "INFRA_NOT_BLESSED")).touch()
            inputs[name] = [blessing]
        pushed = standard_artifacts.PushedModel()
        pushed.uri = str(tmp_path / "pushed")
        destination = pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=str(tmp_path / "served"))
        )
        Executor().Do(
            inputs, {"pushed_model": [pushed]}, {"push_destination": json_format.MessageToJson(destination)}
        )
        return pushed

    def test_a_model_that_both_gates_blessed_is_pushed_and_recorded(self, tmp_path: Path, model):
        pushed = self.push(tmp_path, model, model_blessing=1, infra_blessing=1)
        assert pushed.get_int_custom_property("pushed") == 1
        assert pushed.get_string_custom_property("pushed_destination") == str(tmp_path / "served" / "1")
        assert pushed.get_string_custom_property("pushed_version") == "1"
        assert (
            files(tmp_path / "served" / "1")
            == files(Path(pushed.uri))
            == files(Path(model.uri) / "Format-Serving")
        )

    @pytest.mark.parametrize("path", ["saved_model.pb", "variables/data", "assets.extra/more"])
    def test_a_model_whose_files_changed_is_not_pushed(self, tmp_path: Path, model, path: str):
        changed = Path(model.uri) / "Format-Serving" / path
        changed.parent.mkdir(exist_ok=True)
        changed.write_bytes(b"planted")
        with pytest.raises(AlteredModelError, match=f"is not loaded: {path} "):
            self.push(tmp_path, model, model_blessing=1, infra_blessing=1)
        assert not (tmp_path / "served").exists()

    def test_the_pushed_model_bears_the_record_of_the_trained_one(self, tmp_path: Path, model):
        pushed = self.push(tmp_path, model, model_blessing=1, infra_blessing=1)
        model_files.check(pushed, str(tmp_path / "served" / "1"))

    @pytest.mark.parametrize(
        "gates",
        [
            {"model_blessing": 0, "infra_blessing": 1},
            {"model_blessing": 1, "infra_blessing": 0},
            {"model_blessing": 0, "infra_blessing": 0},
            {"model_blessing": None, "infra_blessing": 1},
            {"model_blessing": 1, "infra_blessing": None},
            {"model_blessing": 1},
            {"infra_blessing": 1},
            {},
        ],
        ids=str,
    )
    def test_a_model_without_both_blessings_is_not_pushed(self, tmp_path: Path, model, gates):
        """Stock TFX pushes when no gate is wired."""
        pushed = self.push(tmp_path, model, **gates)
        assert pushed.get_int_custom_property("pushed") == 0
        assert not (tmp_path / "served").exists()
        assert files(tmp_path / "pushed") == {}
