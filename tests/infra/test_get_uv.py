"""A Python without pip fetches uv itself, and takes no file but the locked one."""

import functools
import hashlib
import http.server
import importlib.util
import platform
import threading
import zipfile
from pathlib import Path

import pytest

from tests.foreign_server import ANSWERS, answering

SCRIPT = Path(__file__).parents[2] / "infra" / "bootstrap" / "get_uv.py"


@pytest.fixture
def get_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The script, before a package index on this machine that holds one wheel, which the lock names."""
    spec = importlib.util.spec_from_file_location("get_uv", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    wheel = tmp_path / "index" / "uv" / f"uv-9.9.9-py3-none-manylinux_2_28_{platform.machine()}.whl"
    wheel.parent.mkdir(parents=True)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("uv-9.9.9.data/scripts/uv", "#!/bin/sh\necho uv 9.9.9\n")
    (wheel.parent / "index.html").write_text(f'<a href="{wheel.name}#sha256=x">{wheel.name}</a>')
    module.LOCK = tmp_path / "uv.lock"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    module.LOCK.write_text(f"uv==9.9.9 \\\n    --hash=sha256:{digest}\n")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "index")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}")
        yield module
        server.shutdown()


def test_the_locked_wheel_is_installed_and_can_be_run(get_uv, tmp_path: Path):
    get_uv.install_from_index(tmp_path / "tools")
    program = tmp_path / "tools" / "uv"
    assert "uv 9.9.9" in program.read_text()
    assert program.stat().st_mode & 0o100


def test_a_wheel_with_another_hash_is_refused_and_nothing_is_installed(get_uv, tmp_path: Path):
    get_uv.LOCK.write_text("uv==9.9.9 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(SystemExit, match="is not the locked file"):
        get_uv.install_from_index(tmp_path / "tools")
    assert not (tmp_path / "tools" / "uv").exists()


def test_an_index_without_the_locked_version_is_named(get_uv, tmp_path: Path):
    get_uv.LOCK.write_text("uv==1.2.3 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(SystemExit, match=r"no wheel of uv 1\.2\.3"):
        get_uv.install_from_index(tmp_path / "tools")


@pytest.mark.parametrize(
    "name", ["a page", "nginx's 404", "nginx's 502", "bytes in a 200", "nothing in a 200"]
)
def test_another_server_in_place_of_the_index_is_one_line(get_uv, tmp_path, monkeypatch, name: str):
    with answering(ANSWERS[name]) as address:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{address}")
        with pytest.raises(SystemExit) as ended:
            get_uv.install_from_index(tmp_path / "tools")
    line = str(ended.value)
    assert line.isprintable()
    assert f"http://{address}/uv/" in line
    assert not (tmp_path / "tools").exists()


@pytest.mark.parametrize("name", ["bytes", "a greeting", "nothing at all", "a log-in elsewhere"])
def test_what_is_no_index_at_all_is_one_line(get_uv, name: str):
    with answering(ANSWERS[name]) as address, pytest.raises(SystemExit) as ended:
        get_uv.fetch(f"http://{address}/uv/", 5)
    line = str(ended.value)
    assert line.isprintable()
    assert line.startswith(f"no answer of a package index at http://{address}/uv/: ")
