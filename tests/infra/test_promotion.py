"""Promotion of code: what may pass, what is kept, where `current` points."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from google.cloud import storage

from infra.functions.trigger.job_template import JobTemplate
from infra.promotion import current_revision as pointer
from infra.promotion import images, make_template, request_run
from pipeline.config.load import load
from pipeline.launch import source_version
from tests.infra.local_registry import REPOSITORY, LocalRegistry
from tests.infra.local_storage import LocalStorage

FIRST, SECOND = (
    {name: f"{REPOSITORY}/{name}@sha256:{digit * 64}" for name in images.IMAGES} for digit in "12"
)
IMAGE = FIRST["pipeline"]
PROD = (Path(__file__).parents[1] / "flights" / "configs" / "prod.yaml").read_text()


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStorage]:
    server = LocalStorage()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "a-project")
    yield server
    server.close()


def a_template(folder: Path, revision: str, image: str = IMAGE, **more: Any) -> Path:
    path = folder / "template.json"
    template = JobTemplate(
        revision=revision,
        source="c0ffee",
        config=load("dev", {"cloud.image": image}),
        schema="feature {}",
        schema_uri="gs://artifacts/schemas/1/schema.pbtxt",
        code={},
        jobs={},
    )
    path.write_text(json.dumps({**json.loads(template.as_json()), **more}))
    return path


def test_current_moves_forth_and_back(local: LocalStorage, tmp_path: Path) -> None:
    """Templates and schema are kept; the pointer names its template and the revision before."""
    for revision in ("v1.0.0", "v2.0.0"):
        path = a_template(tmp_path, revision)
        assert pointer.main(["upload", "--bucket", "gs://promotions", "--template", str(path)]) == 0
        assert pointer.main(["move", "--bucket", "gs://promotions", "--revision", revision]) == 0
    assert json.loads(local.objects["promotions", "current.json"][0])["previous"] == "v1.0.0"
    assert local.objects["artifacts", "schemas/1/schema.pbtxt"] == (b"feature {}", 1)
    assert pointer.main(["move", "--bucket", "gs://promotions", "--revision", "v1.0.0"]) == 0
    current = json.loads(local.objects["promotions", "current.json"][0])
    assert (current["revision"], current["template"]) == ("v1.0.0", "templates/v1.0.0.json")
    assert current["images"] == [IMAGE]
    assert current["template"] in {name for _, name in local.objects}


def test_a_revision_is_never_overwritten(
    local: LocalStorage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Uploading the same again is harmless; other content under the name is refused."""
    arguments = ["upload", "--bucket", "promotions", "--template"]
    assert pointer.main([*arguments, str(a_template(tmp_path, "v1.0.0"))]) == 0
    assert pointer.main([*arguments, str(a_template(tmp_path, "v1.0.0"))]) == 0
    assert pointer.main([*arguments, str(a_template(tmp_path, "v1.0.0", source="changed"))]) == 1
    assert "templates/v1.0.0.json is there already, with other content" in capsys.readouterr().err
    assert b"changed" not in local.objects["promotions", "templates/v1.0.0.json"][0]


def test_the_pointer_names_only_what_is_there(
    local: LocalStorage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped revision is refused with those that there are, and `current` stays."""
    pointer.main(["upload", "--bucket", "promotions", "--template", str(a_template(tmp_path, "v1.0.0"))])
    assert pointer.main(["move", "--bucket", "promotions", "--revision", "v9"]) == 1
    assert "no revision 'v9'; there are v1.0.0" in capsys.readouterr().err
    assert ("promotions", "current.json") not in local.objects


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalRegistry]:
    server = LocalRegistry()
    server.versions = {each["pipeline"].partition("@")[2] for each in (FIRST, SECOND)}
    monkeypatch.setenv("ARTIFACT_REGISTRY_ENDPOINT", server.url)
    yield server
    server.close()


def jobs(named: dict[str, str]) -> dict[str, Any]:
    """Shapes of a launch, one of which names more images than the other; parameters are JSON in a text."""
    arguments = json.dumps({"worker_pool_specs": [{"container_spec": {"image_uri": named["trainer"]}}]})
    deployment = json.dumps({"vertex_deployment": {"server_image": named["serving"]}})
    foreign = json.dumps({"server_image": "us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"})
    step = {"image": named["pipeline"], "args": [f"--sdk_container_image={named['pipeline']}"]}
    return {"alone": {"steps": [step, arguments, foreign]}, "beside_champion": {"steps": [step, deployment]}}


def test_every_image_that_current_names_and_named_before_is_tagged_to_be_kept(
    local: LocalStorage, registry: LocalRegistry, tmp_path: Path
) -> None:
    """Where revisions are commits. The tags are set before the pointer moves, so that it never names less."""
    move = ["move", "--bucket", "promotions", "--keep-as", "dev", "--revision"]
    for revision, named in (("c1", FIRST), ("c2", SECOND)):
        path = a_template(tmp_path, revision, named["pipeline"], jobs=jobs(named))
        assert pointer.main(["upload", "--bucket", "promotions", "--template", str(path)]) == 0
        assert pointer.main([*move, revision]) == 0
    current = json.loads(local.objects["promotions", "current.json"][0])
    assert current["images"] == sorted(SECOND.values())
    for tag, kept in (("current-dev", SECOND), ("previous-dev", FIRST)):
        assert {name: f"{REPOSITORY}/{name}@{registry.tags[name, tag]}" for name in images.IMAGES} == kept
    registry.versions.clear()  # so that no tag can be set
    assert pointer.main([*move, "c1"]) == 1
    assert json.loads(local.objects["promotions", "current.json"][0]) == current


@pytest.mark.usefixtures("local", "registry")
@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (
            {"trainer": f"{REPOSITORY}/trainer:v1.0.0"},
            f"the image '{REPOSITORY}/trainer:v1.0.0' by no digest",
        ),
        ({"serving": f"{REPOSITORY}/serving"}, f"the image '{REPOSITORY}/serving' by no digest"),
        ({"trainer": SECOND["pipeline"]}, f"two images {REPOSITORY}/pipeline, and a tag keeps one"),
    ],
)
def test_what_no_tag_can_keep_is_not_made_current(
    tmp_path: Path, changed: dict[str, str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Clean-up would delete it while runs need it."""
    path = a_template(tmp_path, "c1", IMAGE, jobs=jobs(FIRST | changed))
    pointer.main(["upload", "--bucket", "promotions", "--template", str(path)])
    assert pointer.main(["move", "--bucket", "promotions", "--keep-as", "dev", "--revision", "c1"]) == 1
    assert f"pointer: the template of c1 names {why}" in capsys.readouterr().err


def test_a_commit_that_nothing_keeps_is_not_made_current(
    local: LocalStorage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its image would be deleted while runs need it; a release's bears the release's tag."""
    path = a_template(tmp_path, "c1")
    pointer.main(["upload", "--bucket", "promotions", "--template", str(path)])
    assert pointer.main(["move", "--bucket", "promotions", "--revision", "c1"]) == 1
    assert "c1 is no release as in v1.2.0, so clean-up may delete its images" in capsys.readouterr().err
    assert ("promotions", "current.json") not in local.objects


@pytest.mark.usefixtures("local")
def test_a_template_that_names_a_tag_is_not_made_current(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From before digests, or edited."""
    path = a_template(tmp_path, "v1.0.0", f"{REPOSITORY}/pipeline:v1.0.0")
    pointer.main(["upload", "--bucket", "promotions", "--template", str(path)])
    assert pointer.main(["move", "--bucket", "promotions", "--revision", "v1.0.0"]) == 1
    assert "pipeline:v1.0.0' by no digest; make it anew" in capsys.readouterr().err


def git(*arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(source_version.ROOT), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clean checkout of v1.0.0, a commit after v0.9.0, whatever is being edited here meanwhile."""
    folder = tmp_path_factory.mktemp("checkout")
    monkeypatch.setattr(source_version, "ROOT", folder)
    git("init", "--quiet")
    git("symbolic-ref", "HEAD", "refs/heads/main")
    for tag in (("v0.9.0",), ("--annotate", "--message=it", "v1.0.0")):
        git("commit", "--quiet", "--allow-empty", "--message", tag[-1])
        git("tag", *tag)
    return folder


@pytest.mark.usefixtures("checkout")
def test_a_template_is_made_for_digests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Steps and training run in the revision's images, whatever the configuration names; a tag is refused."""
    path, into = tmp_path / "images.json", tmp_path / "template.json"
    of_revision = {name: f"{REPOSITORY}/{name}@sha256:{'3' * 64}" for name in images.IMAGES}
    path.write_text(json.dumps({"tag": "v1.0.0", **of_revision}))
    arguments = ["--config", "prod", "--revision", "v1.0.0", "--images", str(path), "--into", str(into)]
    assert make_template.main(arguments) == 0
    said = capsys.readouterr()
    assert "beside_champion" in said.out  # what `evergreen check` prints
    lines = said.err.splitlines()
    assert len(lines) == len({*lines}), lines
    assert "cloud.trainer.image" not in said.err
    assert "custom_executor_spec" not in said.err
    named = set(re.findall(r"[\w./-]+docker\.pkg\.dev/[^\s\"\\\\]+", into.read_text()))
    serving = {image for image in named if "/vertex-ai/prediction/" in image}
    assert named - serving == {of_revision["pipeline"], of_revision["trainer"]}
    into.unlink()
    path.write_text(json.dumps(of_revision | {"pipeline": f"{REPOSITORY}/pipeline:v1.0.0"}))
    assert make_template.main(arguments) == 2
    assert "make it with `make images` or `make resolve-images`" in capsys.readouterr().err
    assert not into.exists()


def test_a_template_is_made_for_its_own_revisions_images(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for those that were found last: v1.3.0 would run as v1.2.0."""
    monkeypatch.setattr(make_template, "_refuse_changes", lambda *_: None)
    monkeypatch.setattr(make_template, "_refuse_other_code", lambda *_: None)
    path, into = tmp_path / "images.json", tmp_path / "template.json"
    path.write_text(json.dumps({"tag": "v1.2.0", **FIRST}))
    arguments = ["--config", "prod", "--revision", "v1.3.0", "--images", str(path), "--into", str(into)]
    assert make_template.main(arguments) == 2
    assert "names the images of 'v1.2.0', not of 'v1.3.0'" in capsys.readouterr().err
    assert not into.exists()


def test_making_a_template_names_itself_in_usage_errors(capsys: pytest.CaptureFixture[str]) -> None:
    """As tests/infra/promotion/test_main.py shows of the other commands."""
    with pytest.raises(SystemExit, match="2"):
        make_template.main([])
    assert capsys.readouterr().err.startswith("usage: python -m infra.promotion template ")


def test_a_checkout_with_changes_carries_no_revisions_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is compiled: what v1.0.0 was made of must be found in a commit."""
    monkeypatch.setattr(source_version, "version", lambda: "c0ffee" + source_version.CHANGES)
    into = tmp_path / "template.json"
    arguments = ["--config", "dev", "--revision", "v1.0.0", "--images", "none", "--into", str(into)]
    assert make_template.main(arguments) == 2
    said = capsys.readouterr().err
    assert "changes that no commit holds" in said
    assert "would carry them as v1.0.0; commit them" in said
    assert not into.exists()


def test_a_model_server_of_ours_is_the_revisions_and_googles_stays(tmp_path: Path) -> None:
    """By the name that infra/docker gives it, under whatever address the configuration has."""
    own = tmp_path / "own.yaml"
    assert set(make_template._images("dev", FIRST)) == {"cloud.image"}
    own.write_text(PROD.replace("endpoint: {", f"endpoint: {{server_image: {SECOND['serving']}, "))
    assert make_template._images(str(own), FIRST) == {
        "cloud.image": FIRST["pipeline"],
        "cloud.trainer.image": FIRST["trainer"],
        "cloud.endpoint.server_image": FIRST["serving"],
    }


def made(revision: str, commit: str = "", config: str = "dev") -> int:
    """Ends before anything is compiled in any case: there are no such images."""
    return make_template.main(
        [f"--config={config}", f"--revision={revision}", f"--commit={commit}", "--images=none", "--into=none"]
    )


OTHER = "0123456789012345678901234567890123456789"


@pytest.mark.usefixtures("checkout")
def test_a_checkout_carries_the_names_of_its_own_commit(capsys: pytest.CaptureFixture[str]) -> None:
    """A tag, the commit, and a tag that a build was started for, whose checkout has none."""
    head = git("rev-parse", "HEAD")
    for revision, commit in (("v1.0.0", ""), (head, ""), (head[:12], ""), ("v1.0.0", head), ("v3.0.0", head)):
        assert made(revision, commit) == 2
        assert "there is no none; make it with" in capsys.readouterr().err


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize(
    ("revision", "commit", "said"),
    [
        (
            "v0.9.0",
            "",
            r"v0\.9\.0 is the commit \w{12}, and \w{12} is checked out; check out the revision \(",
        ),
        ("v2.0.0", "", r"v2\.0\.0 is no tag and no commit of this checkout; fetch it"),
        (OTHER, "", f"{OTHER} is no tag and no commit of this checkout"),
        ("main", "", "main is no tag and no commit of this checkout"),
        ("HEAD", "", "HEAD is no tag and no commit of this checkout"),
        ("v2.0.0", OTHER, r"v2\.0\.0 is the commit 012345678901, and"),
        ("v1.0.0", OTHER, r"v1\.0\.0 is the commit 012345678901, and"),
    ],
)
def test_no_checkout_carries_anothers_name(
    revision: str, commit: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be kept under it for ever."""
    assert made(revision, commit) == 2
    assert re.match(f"make_template: {said}", capsys.readouterr().err)


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize(
    ("config", "revision", "said"),
    [
        (
            "local",
            "v1.0.0",
            "CONFIG is 'local', a configuration without a section cloud; take CONFIG=dev, preprod or prod",
        ),
        ("dev", "", "REVISION: '' is no revision; expected a tag or a commit, as in REVISION=v1.2.0"),
        ("dev", "a b", "REVISION: 'a b' is no revision; expected a tag or a commit, as in REVISION=v1.2.0"),
    ],
)
def test_what_make_was_not_given_is_asked_for_first(
    config: str, revision: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, before anything is checked."""
    assert made(revision, config=config) == 2
    assert capsys.readouterr() == ("", f"make_template: {said}\n")


def test_without_git_no_name_is_carried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an unpacked archive: nothing there says which code it is."""
    monkeypatch.setattr(source_version, "ROOT", tmp_path)
    assert made("v1.0.0") == 2
    assert "is no checkout of git, so nothing shows that its code is v1.0.0" in capsys.readouterr().err


def test_of_two_who_move_at_once_one_is_told(local: LocalStorage, tmp_path: Path) -> None:
    """The second finds the pointer changed since it looked."""
    bucket = storage.Client().bucket("promotions")
    for revision in ("v1.0.0", "v2.0.0"):
        pointer.upload(bucket, a_template(tmp_path, revision))
    local.put("promotions", "current.json", b'{"revision": "v0"}', None)

    class Slow(dt.datetime):
        def isoformat(self, *_: Any, **__: Any) -> str:
            local.put("promotions", "current.json", b'{"revision": "v2.0.0"}', None)
            return "now"

    with pytest.raises(pointer.PromotionError, match="somebody else moved"):
        pointer.move(bucket, "v1.0.0", Slow(2026, 11, 21))
    assert pointer.show(bucket)["revision"] == "v2.0.0"


DEEP = b"[" * 100_000


def briefly(content: object) -> str:
    return repr(content)[:50]


WRONG = {
    "revision 7": {"revision": 7},
    "no revision": {"revision": None},
    "a revision of two words": {"revision": "v 1"},
    "a schema in a folder here": {"schema_uri": "/tmp/schema.pbtxt"},
    "a schema in no bucket": {"schema_uri": "gs:///schema.pbtxt"},
    "a schema that is none": {"schema": None},
    "jobs in a list": {"jobs": []},
    "a deep configuration": {"config": json.loads("[" * 900 + "]" * 900)},
    "another key": {"colour": "red"},
}


@pytest.mark.parametrize(
    "content", [None, b"", b"[]", b"{}", b"null", b'{"revision": ', b"\xff", DEEP], ids=briefly
)
def test_a_file_that_is_no_template_is_not_uploaded(
    local: LocalStorage, tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with the file and what makes it; nothing is there afterwards."""
    path = tmp_path / "template.json"
    if content is not None:
        path.write_bytes(content)
    assert pointer.main(["upload", "--bucket", "promotions", "--template", str(path)]) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), "make it" in said, "asking for" in said) == (1, True, False), said
    assert local.objects == {}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_a_template_with_a_wrong_value_is_not_uploaded(
    local: LocalStorage, tmp_path: Path, changes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """As the trigger function, and a name in the bucket, need each value."""
    path = a_template(tmp_path, **{"revision": "v1.0.0", **changes})
    assert pointer.main(["upload", "--bucket", "promotions", "--template", str(path)]) == 2
    said = capsys.readouterr().err
    assert (said.startswith("pointer: "), said.count("\n")) == (True, 1), said
    assert local.objects == {}


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"7", b"\xff", b"{}", DEEP]
    + [json.dumps({"config": it}).encode() for it in (None, [], {"cloud": None}, {"cloud": {"image": 7}})],
    ids=briefly,
)
def test_what_is_no_template_is_not_made_current(
    local: LocalStorage, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """However it came into the bucket."""
    local.put("promotions", "templates/v1.0.0.json", content, None)
    assert pointer.main(["move", "--bucket", "promotions", "--revision", "v1.0.0"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("pointer: templates/v1.0.0.json is no job template ("), said
    assert said.count("\n") == 1
    assert ("promotions", "current.json") not in local.objects


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"null", b"\xff", DEEP, b'{"revision": 7}']
    + [json.dumps({"revision": "v0", "images": it}).encode() for it in (7, None, "x", [7], ["r/p:tag"])],
    ids=briefly,
)
def test_a_pointer_that_cannot_be_read_is_repaired_by_moving_it(
    local: LocalStorage, tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Showing it says what to do; moving it says what it replaces."""
    path = a_template(tmp_path, "v1.0.0")
    assert pointer.main(["upload", "--bucket", "promotions", "--template", str(path)]) == 0
    local.put("promotions", "current.json", content, None)
    assert pointer.main(["show", "--bucket", "promotions"]) == 1
    assert "promote a revision anew (make promote)" in capsys.readouterr().err
    assert pointer.main(["move", "--bucket", "promotions", "--revision", "v1.0.0"]) == 0
    assert capsys.readouterr().err.startswith("pointer: warning: current.json holds ")
    current = json.loads(local.objects["promotions", "current.json"][0])
    assert (current["revision"], current["previous"]) == ("v1.0.0", "")


@pytest.mark.parametrize(
    "bucket", ["", "gs://", "gs:///", "gs://a/b/", "gs://promotions/", "Promotions", "a b"]
)
def test_a_bucket_is_a_buckets_name(bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is asked for before."""
    with pytest.raises(SystemExit, match="2"):
        pointer.main(["show", "--bucket", bucket])
    assert f"{bucket!r} is no bucket; expected gs://<bucket>" in capsys.readouterr().err


def test_requesting_a_run_publishes_a_manual_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the function reads as manual; a mistyped topic is a usage error."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append({"path": self.path, **body["messages"][0]})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"messageIds": ["1"]}')

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{server.server_address[1]}")
    assert request_run.main(["--topic", "projects/p/topics/events", "--detail", "v1"]) == 0
    assert request_run.main(["--topic", "events"]) == 2
    assert request_run.main(["--topic", "projects/p/topics/events", "--windows", "3"]) == 0
    server.shutdown()
    message, *for_windows = received
    said = [json.loads(base64.b64decode(each["data"])) for each in for_windows]
    assert said == [{"reason": "manual", "detail": "", "windows": 3}] * 3
    assert message["path"] == "/v1/projects/p/topics/events:publish"
    assert json.loads(base64.b64decode(message["data"])) == {"reason": "manual", "detail": "v1"}


@pytest.mark.parametrize("revision", ["", " ", "v 1", "v1\n", "v\x1b1"], ids=ascii)
def test_a_revision_has_a_name(revision: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is asked for before."""
    with pytest.raises(SystemExit, match="2"):
        pointer.main(["move", "--bucket", "promotions", "--revision", revision])
    assert "is no revision; expected a tag or a commit" in capsys.readouterr().err


@pytest.mark.parametrize("detail", [" ", "a\nb"], ids=ascii)
def test_a_detail_that_is_given_says_something(detail: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without one a run is requested all the same."""
    assert request_run.main(["--topic", "projects/p/topics/t", "--detail", detail]) == 2
    assert capsys.readouterr().err.startswith("request-run: --detail: ")


@pytest.mark.parametrize("windows", ["11", "-1", "x", "1.5"])
def test_windows_are_few(windows: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the function would send to the dead letters is not sent."""
    with pytest.raises(SystemExit, match="2"):
        request_run.main(["--topic", "projects/p/topics/t", f"--windows={windows}"])
    assert "is no number of windows; expected 0 to 10" in capsys.readouterr().err
