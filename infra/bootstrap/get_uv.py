"""Installs the pinned uv into a folder of the project, with nothing but a Python 3 and its standard library.

    python3 infra/bootstrap/get_uv.py .tools/uv

The version and the accepted hashes are in uv.lock beside this file. Where this Python has pip, pip does the
work (mirrors, proxies and credentials as configured there); a bare Python (Debian's without pip) fetches the
wheel itself from the package index, PIP_INDEX_URL or PyPI.
"""

import hashlib
import http.client
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

LOCK = Path(__file__).with_name("uv.lock")


def main(target: str) -> None:
    """Installs uv with pip, or from the index where this Python has no pip."""
    folder = Path(target)
    if not install_with_pip(folder):
        install_from_index(folder)
    print(f"uv {locked_version()} in {folder}")


def locked_version() -> str:
    """Returns the version that the lock pins."""
    return re.match(r"uv==(\S+)", LOCK.read_text()).group(1)


def install_with_pip(folder: Path) -> bool:
    """Installs uv with this Python's pip; returns False where there is no pip."""
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
        return False
    library = folder / "lib"
    options = ["-qq", "--disable-pip-version-check", "--require-hashes", "--no-deps", "--upgrade"]
    command = [*pip, "install", *options, "--target", str(library), "-r", str(LOCK)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    place(folder, (library / "bin" / "uv").read_bytes())
    shutil.rmtree(library)
    return True


def install_from_index(folder: Path) -> None:
    """Downloads the locked wheel, checks its hash, and puts the program into the folder."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/uv/"
    links = re.findall(r'href="([^"#]+)[^"]*"', fetch(index, 60).decode(errors="replace"))
    wheel = next((link for link in links if fits(link.rsplit("/", 1)[-1])), None)
    if wheel is None:
        sys.exit(f"no wheel of uv {locked_version()} for this machine in {index}")
    content = fetch(urllib.parse.urljoin(index, wheel), 300)
    if f"sha256:{hashlib.sha256(content).hexdigest()}" not in LOCK.read_text():
        sys.exit(f"{wheel} from {index} is not the locked file; is the mirror complete?")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (program,) = [name for name in archive.namelist() if name.endswith("/scripts/uv")]
        place(folder, archive.read(program))


def fetch(url: str, timeout_s: int) -> bytes:
    """Returns what is at an address, or ends with one line that says why there is nothing."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as response:
            return response.read()
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = re.sub(r"[^\x20-\x7e]+", " ", str(error))[:100]
        sys.exit(f"no answer of a package index at {url}: {why}; see PIP_INDEX_URL")


def fits(filename: str) -> bool:
    """Returns whether a wheel is the locked version for this machine."""
    system = {"Linux": "manylinux", "Darwin": "macosx"}[platform.system()]
    pattern = rf"uv-{re.escape(locked_version())}-py3-none-{system}.*{platform.machine()}.*\.whl"
    return re.fullmatch(pattern, filename) is not None


def place(folder: Path, binary: bytes) -> None:
    """Puts the program in place in one step: an interrupted install is never taken for a whole one."""
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / f".uv-{os.getpid()}"
    staged.write_bytes(binary)
    staged.chmod(0o755)
    staged.replace(folder / "uv")


if __name__ == "__main__":
    main(*sys.argv[1:])
