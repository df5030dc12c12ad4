"""Virtual environments made from hash-locked requirements, with nothing but the standard library."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import venv
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile

from bench.source import IS_CLONE, PACKAGE, ROOT


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a container's user may have none
        return Path("/")


PLACE = ROOT if IS_CLONE else Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache") / "pi-dnn-bench"
"""Where environments are made: in the clone, else in the user's cache."""

ELSEWHERE = "XDG_CACHE_HOME says where else: XDG_CACHE_HOME=/var/tmp/$USER, for instance"

REQUIREMENTS = ROOT / "requirements"
OLDEST = (3, 11)
LOG_INTERVAL_S = 10.0

NO_VENV = (
    "this Python can't make virtual environments: on Debian, Ubuntu and Raspberry Pi OS "
    "'sudo apt install python3-venv', then the same command again"
)


class SetUpError(Exception):
    """The environment can't be made; the text says why and what to do."""


def ensure(name: str, *locks: Path) -> Path:
    """Return the interpreter of the environment `.venvs/NAME`, made if need be.

    Parameters
    ----------
    locks : Path
        What to install; none means `requirements/NAME.lock`.

    Raises
    ------
    SetUpError
        If this Python is too old, lacks `venv`, or pip fails.
    """
    if sys.version_info < OLDEST:
        found, oldest = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST))
        raise SetUpError(
            f"Python {found} is too old: use {oldest} or newer, which Debian 12 has, or Docker without Python: "
            "docker compose up"
        )
    locks = locks or (REQUIREMENTS / f"{name}.lock",)
    sources = " and ".join(str(lock.relative_to(ROOT)) for lock in locks)
    folder = PLACE / ".venvs" / name
    python = folder / "bin" / "python"
    stamp = folder / "lock.sha256"
    digest = _digest(locks)
    if _is_current(stamp, digest):
        return python
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder.parent / f".{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two may begin at the same moment: the second one waits for the first's
            if not _is_current(stamp, digest):
                if not find_spec("ensurepip"):  # which Debian has in another package, and ends the process without
                    raise SetUpError(NO_VENV)
                tell(f"bench: setting up {_shown(folder)} (once; some minutes)")
                venv.create(folder, clear=True, with_pip=True)
                _install(python, locks, sources)
                stamp.write_text(digest)
    except PermissionError as error:
        fix = f"clone the repository as yourself, or give it to yourself: sudo chown -R $USER {ROOT}"
        raise SetUpError(f"{error.filename} can't be written; {_elsewhere(fix)}") from error
    except OSError as error:
        if error.errno in (errno.EROFS, errno.ENOSPC, errno.EDQUOT):
            raise SetUpError(
                f"{folder} can't be written ({error.strerror}); {_elsewhere('clone it to where there is room')}"
            ) from error
        raise SetUpError(f"{folder} can't be made ({error})") from error
    except subprocess.CalledProcessError as error:
        raise SetUpError(f"{folder} can't be made ({error}); is there room and memory?") from error
    return python


def ensure_or_end(name: str, program: str) -> Path:
    """Return `ensure`'s interpreter, or end this process in a sentence: exit code 2, or Ctrl-C's."""
    try:
        return ensure(name)
    except SetUpError as error:
        tell(f"{program}: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        tell(f"\n{program}: stopped while setting up; the same command begins that anew")
        sys.exit(128 + signal.SIGINT)


def trust_certificates() -> None:
    """Have pip and downloads trust what SSL_CERT_FILE holds, as every program that asks OpenSSL does."""
    file = os.environ.get("SSL_CERT_FILE", "")
    if Path(file).is_file():
        os.environ.setdefault("REQUESTS_CA_BUNDLE", file)


def tell(sentence: str) -> None:
    """Print a sentence to standard error: broken between words on a terminal, a line in a log."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns or 80  # 0 is what a terminal says that does not know
        sentence = "\n".join(
            textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in sentence.split("\n")
        )
    print(sentence, file=sys.stderr, flush=True)


def is_set_up(name: str, *locks: Path) -> bool:
    """Tell whether `ensure` would find the environment as it is."""
    return _is_current(PLACE / ".venvs" / name / "lock.sha256", _digest(locks or (REQUIREMENTS / f"{name}.lock",)))


def _elsewhere(in_a_clone: str) -> str:
    """Say how environments come to be somewhere else."""
    return in_a_clone if IS_CLONE else ELSEWHERE


def _shown(folder: Path) -> Path:
    """Return a folder as the user would type it here."""
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def import_path() -> Path:
    """Return the folder to import this package from in another environment, and nothing else where it is installed.

    Raises
    ------
    SetUpError
        If it can't be made.
    """
    if IS_CLONE:
        return ROOT
    folder = PLACE / "path" / hashlib.sha256(str(PACKAGE).encode()).hexdigest()[:12]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetUpError(f"{error.filename} can't be written; {ELSEWHERE}") from error
    with suppress(FileExistsError):
        (folder / "bench").symlink_to(PACKAGE)
    return folder


def _digest(locks: Sequence[Path]) -> str:
    """Return what an environment is known by: what is installed, by which Python."""
    return hashlib.sha256(b"".join(lock.read_bytes() for lock in locks) + sys.version.encode()).hexdigest()


def _is_current(stamp: Path, digest: str) -> bool:
    return stamp.exists() and stamp.read_text() == digest


def _install(python: Path, locks: Sequence[Path], sources: str) -> None:
    # Without dependencies: a lock is complete, but for what is never imported.
    install = [str(python), "-m", "pip", "install", "--progress-bar=off", "--no-deps", "--require-hashes"]
    command = [*install, *(f"--requirement={lock}" for lock in locks)]
    packages = sum(line[:1].isalnum() for lock in locks for line in lock.read_text().splitlines())
    trust_certificates()
    with TemporaryFile("w+", errors="replace") as complaints:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True, errors="replace") as pip:
            assert pip.stdout is not None
            _show(pip.stdout, packages)
        complaints.seek(0)
        complaint = complaints.read()
    if pip.returncode != 0:
        print(complaint, end="", file=sys.stderr)
        raise SetUpError(f"pip could not install {sources}{_complaint(complaint)}; {_fix(complaint)} and try again")


def _show(lines: Iterable[str], packages: int) -> None:
    """Show how far pip is: a line that is written over on a terminal, now and then a line in a log."""
    terminal, shown_s, fetched = sys.stderr.isatty(), time.monotonic(), 0
    for line in lines:
        words = line.split()
        fetched += words[:1] == ["Collecting"]  # of those whose marker is for another computer there is none
        unpacking = words[:1] == ["Installing"]
        if words[:1] == ["Collecting"] or unpacking:
            doing = f"unpacking {fetched} packages" if unpacking else f"{fetched} of {packages} packages: {words[1]}"
            if terminal:
                print(f"\r\x1b[K  {doing[:76]}", end="", file=sys.stderr, flush=True)
            elif unpacking or time.monotonic() - shown_s > LOG_INTERVAL_S:
                shown_s = time.monotonic()
                print(f"  {doing}", file=sys.stderr, flush=True)
    if terminal:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _fix(complaint: str) -> str:
    """Return what to do about it."""
    if os.strerror(errno.ENOSPC) in complaint:
        return "make room"
    if "CERTIFICATE_VERIFY_FAILED" in complaint:
        return "say with SSL_CERT_FILE=FILE where your network's proxy has its certificates,"
    return "check the network"


def _complaint(output: str) -> str:
    """Return pip's reason, the last of its errors, behind a colon; nothing if it gave none."""
    errors = [line.partition("ERROR:")[2].strip() for line in output.splitlines() if line.startswith("ERROR:")]
    return f": {errors[-1]}" if errors else ""
