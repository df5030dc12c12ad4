"""A Slurm controller and boards on this computer, on loopback, from the project's own slurm.conf.

Each board is a namespace of processes, of mounts and of its name: when it is cut off, the kernel ends all that is in
it, as pulling the plug would, and the folder in which the clone is said to lie is its own.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from bench.launch.fleet.slurm import JOBS
from bench.runs.locks import APART
from tests.made.documents import ROOT
from tests.made.program import OFFLINE

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "unshare")

APART_AS_A_COMPUTER = ("unshare", "--pid", "--fork", "--kill-child=KILL", "--mount", "--mount-proc", "--uts")
"""Starts a command with processes, mounts and a name of its own, all of which end with it."""

PATIENCE_S = 600
"""What has not happened by then never will."""


class Cluster:
    """Boards `board-1` and so on.

    Parameters
    ----------
    root : Path
        An empty folder with a short path: a socket's has at most 107 letters.
    small : dict
        What the disk of some boards holds, as tmpfs is told it.
    """

    def __init__(self, root: Path, boards: int, small: dict[str, str] | None = None) -> None:
        self.root = root
        self.clone = root / "clone"
        self.small = small or {}
        self.names = [f"board-{number}" for number in range(1, boards + 1)]
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("log", "state", "spool", "munge", "bin", "clone"):
            (root / name).mkdir()
        for name in self.names:
            self.of(name).mkdir(parents=True)
        (root / "munge" / "key").write_bytes(os.urandom(128))
        (root / "munge" / "key").chmod(0o600)
        self._script("bin/python3", f'exec {shlex.quote(sys.executable)} "$@"')
        # Boards share this computer's kernel, which lets one benchmark run at a time.
        self._script("task-prolog.sh", f'echo "export {APART}=-$SLURMD_NODENAME-{os.getpid()}"')
        prolog = (JOBS / "prolog.sh").read_text()
        for name, value in (("clone", self.clone), ("PATH", f"{root / 'bin'}:{os.environ['PATH']}")):
            prolog = "\n".join(
                f"{name}={value}" if line.startswith(f"{name}=") else line for line in prolog.split("\n")
            )
        exports = f"export PYTHONPATH={ROOT} DOCKER_HOST=unix:///nowhere"
        self._script("prolog.sh", f"{exports}\n{prolog}")
        (root / "slurm.conf").write_text(self._configuration())

    def of(self, board: str) -> Path:
        """Return the folder that a board sees where its clone is said to lie."""
        return self.root / "boards" / board

    @property
    def environment(self) -> dict[str, str]:
        """What commands and jobs are started with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BENCH_", "SLURM_"))}
        return {
            **kept,
            **OFFLINE,
            "SLURM_CONF": str(self.root / "slurm.conf"),
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "DOCKER_HOST": "unix:///nowhere",
            "COLUMNS": "200",
        }

    def up(self) -> None:
        munge = self.root / "munge" / "socket"
        paths = [f"--{name}-file={self.root / 'munge' / name}" for name in ("key", "pid", "log", "seed")]
        self._start("munged", ["munged", "--foreground", "--force", f"--socket={munge}", *paths])
        self.wait("the key's service", munge.exists)
        self._start("slurmctld", ["slurmctld", "-D", "-c"])
        for name in self.names:
            self.start(name)
        self.wait("every board", lambda: self.states() == dict.fromkeys(self.names, "idle"))

    def start(self, board: str) -> None:
        """Switch a board on."""
        mount = f"mount --bind {shlex.quote(str(self.of(board)))} {shlex.quote(str(self.clone))}"
        steps = [f"hostname {board}", mount, f"exec slurmd -D -N {board}"]
        if board in self.small:
            steps.insert(1, f"mount -t tmpfs -o size={self.small[board]} small {shlex.quote(str(self.of(board)))}")
        self._start(board, [*APART_AS_A_COMPUTER, "sh", "-ec", "; ".join(steps)])

    def cut(self, name: str) -> None:
        """Pull a board's plug."""
        process = self._started.pop(name)
        process.kill()
        process.wait()

    def down(self) -> None:
        for name in reversed(list(self._started)):
            self.cut(name)

    def states(self) -> dict[str, str]:
        told = self.run("sinfo", "--noheader", "--Node", "--format=%N %T").stdout.split()
        return dict(zip(told[::2], told[1::2]))

    def jobs(self) -> list[tuple[str, str, str]]:
        """Return name, state and board of each job that waits or runs."""
        told = self.run("squeue", "--noheader", "--array", "--format=%j %T %N").stdout.splitlines()
        return [(*line.split(), "", "")[:3] for line in told]  # type: ignore[misc]

    def ended_jobs(self) -> list[dict[str, str]]:
        """Return what Slurm has noted of each job that ended."""
        lines = (self.root / "state" / "jobs.txt").read_text().splitlines()
        return [dict(field.partition("=")[::2] for field in line.split()) for line in lines]

    def open(self, is_open: bool) -> None:
        """Let jobs begin, or wait."""
        done = self.run("scontrol", "update", "partitionname=boards", f"state={'up' if is_open else 'down'}")
        assert done.returncode == 0, done.stderr

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in command],
            cwd=self.clone,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def bench(self, *words: object) -> subprocess.CompletedProcess[str]:
        return self.run("python3", "-m", "bench", *words)

    def wait(self, what: str, happened: Callable[[], bool]) -> None:
        """Wait until something is so; fail, with what the daemons said last, if it never is."""
        until = time.monotonic() + PATIENCE_S
        while not happened():
            ended = [name for name, process in self._started.items() if process.poll() is not None]
            assert time.monotonic() < until and not ended, f"{what}: {ended} {self._last_words()}"
            time.sleep(0.2)

    def wait_for_jobs(self) -> None:
        self.wait("the jobs' end", lambda: not self.jobs())

    def _last_words(self) -> str:
        logs = [path for folder in ("log", "state") for path in (self.root / folder).glob("*.log")]
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-1500:]}" for path in logs)

    def _start(self, name: str, command: Iterable[str]) -> None:
        log: IO[bytes]
        with (self.root / "log" / f"{name}.log").open("ab") as log:
            self._started[name] = subprocess.Popen(
                list(command), env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _script(self, name: str, text: str) -> None:
        path = self.root / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def _configuration(self) -> str:
        """Return the project's template with this computer's places, and shorter waits."""
        host, root, ports = platform.node(), self.root, free_ports(len(self.names) + 1)
        own = {
            "SlurmctldHost": f"{host}(127.0.0.1)",
            "SlurmUser": "root",
            "AuthInfo": f"socket={root}/munge/socket,cred_expire=20",
            "StateSaveLocation": f"{root}/state",
            "SlurmdSpoolDir": f"{root}/spool/%n",
            "SlurmdTimeout": "15",
            "Prolog": f"{root}/prolog.sh",
            "SchedulerParameters": "nohold_on_prolog_fail,sched_interval=5,bf_interval=5",
            "JobCompLoc": f"{root}/state/jobs.txt",
        }
        lines = []
        for line in (ROOT / "examples" / "fleet" / "slurm.conf").read_text().splitlines():
            key = line.partition("=")[0]
            if key != "NodeName":
                lines.append(f"{key}={own.pop(key)}" if key in own else line)
        assert not own, f"the template has no {list(own)}"
        lines += [
            f"SlurmctldPort={ports.pop()}",
            f"SlurmctldPidFile={root}/state/slurmctld.pid",
            f"SlurmdPidFile={root}/spool/%n.pid",
            f"TaskProlog={root}/task-prolog.sh",
            "SlurmdParameters=config_overrides",
            "KillWait=5",
        ]
        partition = next(line for line in lines if line.startswith("PartitionName"))
        lines.remove(partition)
        for name in self.names:
            address = f"NodeHostname={host} NodeAddr=127.0.0.1 Port={ports.pop()}"
            lines.append(f"NodeName={name} {address} CPUs=4 RealMemory=900 Feature=pi4")
        return "\n".join([*lines, partition, ""])


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody has now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def missing_programs() -> list[str]:
    """Return what of Slurm is not installed here."""
    return [name for name in PROGRAMS if shutil.which(name) is None]
