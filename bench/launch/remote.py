"""`bench up --on pi@HOST`: images are built here, what they measure is measured there, and the report is here."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from docker import DockerClient
from rich.console import Console

from bench.catalog import find_framework
from bench.catalog.settings import options
from bench.errors import UserError
from bench.launch.engine import find_engine
from bench.launch.images import TOOLS, label_here, local_name
from bench.launch.process import run_foreground
from bench.launch.settings import Settings
from bench.measure.plan import intend
from bench.names import checked_name, printable
from bench.output import say
from bench.report.write import report_run
from bench.results.incoming import take_run, unpack
from bench.runs.folder import RunFolder
from bench.runs.outcome import Exit
from bench.source import IS_CLONE, LABEL, ROOT, image_source

CLONE = "pi-dnn-bench-on"
"""The folder in the user's home there that holds this program, and everything that it makes."""

ANSWER_S = 60

Say = Callable[[str], None]

_PARTS = (
    "bench",
    "images",
    "requirements",
    "results/reference",
    ".env",
    "compose.yaml",
    "docker-bake.hcl",
    "pyproject.toml",
)
"""What of the clone runs there."""

_SSH = ("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10")


class Remote:
    """A board that answers to SSH.

    Raises
    ------
    UserError
        If that is no address, or by every method, if it does not do what it is asked.
    """

    def __init__(self, address: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_][\w.@:%-]*", address):
            raise UserError(f"'{address}' is no address for SSH: write pi@raspberrypi.local")
        self.address = address

    def ask(self, command: str, patience_s: float | None = ANSWER_S) -> bytes:
        """Return what a command there wrote."""
        try:
            done = subprocess.run([*_SSH, self.address, command], capture_output=True, timeout=patience_s, check=False)
        except FileNotFoundError:
            raise UserError("there is no 'ssh' here: sudo apt install openssh-client") from None
        except subprocess.TimeoutExpired:
            raise UserError(f"{self.address} has not answered within {patience_s:.0f} s; is it on?") from None
        if done.returncode != 0:
            why = printable(done.stderr.decode(errors="surrogateescape").strip()) or f"code {done.returncode}"
            fix = f"; 'ssh-copy-id {self.address}' lets you in without a password" if done.returncode == 255 else ""
            raise UserError(f"{self.address}: {why}{fix}")
        return done.stdout

    def send(self, producer: Sequence[str], command: str, folder: Path) -> None:
        """Give a command there what a program here writes."""
        with subprocess.Popen(producer, stdout=subprocess.PIPE, cwd=folder) as source:
            receiving = subprocess.run([*_SSH, "-C", self.address, command], stdin=source.stdout, check=False)
        if source.returncode or receiving.returncode:
            raise UserError(f"{self.address} did not get what '{producer[0]}' sent it: see above, and try again")

    def become(self, command: str) -> int:
        """Run a command there in the foreground; return its exit code."""
        terminal = ["-t"] if os.isatty(0) else []
        return run_foreground([*_SSH, *terminal, self.address, command], dict(os.environ), Path.cwd())


def up_on(address: str, settings: Settings, flags: Sequence[str], console: Console) -> int:
    """Bring this program and its images to a board, run `bench up` there, bring the run here; return the exit code.

    Parameters
    ----------
    flags
        Options of `bench up` that are no setting.

    Raises
    ------
    UserError
        If a name is unknown, the board does not answer, an image can't be built, or what comes back is not whole.
    """
    if not IS_CLONE:
        raise UserError(
            "--on brings this clone to the board, and this is none: clone the repository, and type it there"
        )
    board = Remote(address)
    names = intend(settings.plan).frameworks or []

    tell = partial(say, console)
    platform = _platform(board)
    _bring_clone(board, tell)
    if platform:
        _bring_images(board, [*names, TOOLS], platform, tell)
    else:
        tell(f"No Docker engine answers on {address}: it measures what PyPI has.")
    words = options(*settings[:4])
    names_there = [f"{name}={os.environ[name]}" for name in ("BENCH_REGISTRY", "BENCH_TAG") if os.environ.get(name)]
    command = shlex.join(["env", *names_there, "python3", "-m", "bench", "up", *words, *flags])
    code = board.become(f"cd {CLONE} && exec {command}")
    if code not in (Exit.OK, Exit.SOME_FAILED, Exit.NOTHING_RAN):
        return code  # which was told above
    run = _bring_run(board, settings)
    page = report_run(run, settings.results)
    tell(f"Run {run.run_id} is here, checked: {page}")
    return code


def _platform(board: Remote) -> str:
    """Return for what the engine there wants images; empty if none answers."""
    told = board.ask("docker version --format '{{.Server.Os}}/{{.Server.Arch}}' || true").decode().strip()
    return {"linux/arm": "linux/arm/v7"}.get(told, told)


def _bring_clone(board: Remote, tell: Say) -> None:
    """Bring what runs there, instead of what was brought before."""
    tell(f"Bringing this program to {board.address}, into {CLONE}.")
    there = f"mkdir -p {CLONE}/results && cd {CLONE} && rm -rf bench images requirements && tar -xz"
    board.send(["tar", "-cz", "--exclude=__pycache__", *_PARTS], there, ROOT)


def _bring_images(board: Remote, names: Sequence[str], platform: str, tell: Say) -> None:
    """Bring those images that the board does not have of this source, built here where need be."""
    wanted = image_source()
    names = [name for name in names if name == TOOLS or platform in find_framework(name).platforms]
    references = {name: local_name(name, os.environ) for name in names}
    label = f"docker image inspect --format '{{{{index .Config.Labels \"{LABEL}\"}}}}'"
    asked = "; ".join(f"{label} {shlex.quote(reference)} 2> /dev/null || echo" for reference in references.values())
    labels = board.ask(asked).decode().splitlines()
    missing = [name for name, found in zip(names, labels) if found != wanted]
    if not missing:
        tell(f"{board.address} has every image of this source.")
        return
    engine = find_engine()
    if engine.client is None:
        raise UserError(f"images for {board.address} can't be built here: {engine.why_not}")
    tags = {name: f"{references[name]}-{platform.removeprefix('linux/').replace('/', '')}" for name in missing}
    _build(engine.client, tags, platform, wanted, tell)
    tell(f"Bringing {', '.join(missing)}.")
    retag = "; ".join(f"docker tag {shlex.quote(tags[name])} {shlex.quote(references[name])}" for name in missing)
    board.send(["docker", "save", *tags.values()], f"docker load && {{ {retag}; }}", ROOT)


def _build(client: DockerClient, tags: dict[str, str], platform: str, wanted: str, tell: Say) -> None:
    """Build those images that are not here of this source, on this computer for that platform."""
    unbuilt = [name for name, tag in tags.items() if label_here(client, tag) != wanted]
    if not unbuilt:
        return
    tell(f"Building {', '.join(unbuilt)} for {platform}; what was built before is not built again.")
    registry, _, tag = local_name("", os.environ).rpartition("/:")
    environment = {"FRAMEWORK": ",".join(unbuilt), "PLATFORM": platform, "REGISTRY": registry, "TAG": tag}
    command = ["docker", "buildx", "bake", "--file", "docker-bake.hcl", "--load"]
    if run_foreground(command, {**os.environ, **environment, "SOURCE": wanted}, ROOT):
        raise UserError(f"the images for {platform} can't be built here: see above")


def _bring_run(board: Remote, settings: Settings) -> RunFolder:
    """Bring the run that was measured there; raises UserError if it is not whole."""
    runs = settings.results / "runs"
    told = board.ask(f"head -n 1 {CLONE}/results/runs/.current").decode(errors="replace").strip()
    name = checked_name(told, "a run")
    quoted = shlex.quote(name)
    archive = board.ask(f"tar -C {CLONE}/results/runs -cz --exclude {quoted}/board --exclude '.*' {quoted}", None)
    runs.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".from-", dir=runs) as incoming:
        unpack(archive, Path(incoming))
        return take_run(RunFolder(Path(incoming) / name), RunFolder(runs / name))
