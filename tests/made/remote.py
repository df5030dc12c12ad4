"""A board that answers to SSH, with an engine of its own: namespaces on this computer, on loopback."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.runs.locks import APART
from tests.made.cluster import APART_AS_A_COMPUTER, free_ports
from tests.made.documents import ROOT
from tests.made.program import PATIENCE_S

PROGRAMS = ("sshd", "ssh-keygen", "dockerd", "unshare")

PATH = f"{os.environ['PATH']}:{Path(shutil.which('docker') or '/').resolve().parent.parent}/sbin"
"""Where they are looked for: an engine that was unpacked somewhere has its daemon beside its client."""


class RemoteBoard:
    """A computer whose home folder and engine are empty, and which lets one key in: `ssh board`.

    Parameters
    ----------
    root : Path
        An empty folder with a short path: a socket's has at most 107 letters.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home"
        self._started: subprocess.Popen[bytes] | None = None
        (self.home / ".ssh").mkdir(parents=True)
        (root / "bin").mkdir()
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", root / name], check=True)
        shutil.copy(root / "user.pub", self.home / ".ssh" / "authorized_keys")
        (port,) = free_ports(1)
        self._script("python3", f'exec {shlex.quote(sys.executable)} "$@"')
        settings = {
            "PATH": f"{root / 'bin'}:{PATH}",
            "DOCKER_HOST": f"unix://{root}/engine",
            APART: f"-remote-{os.getpid()}",
        }
        (root / "sshd").write_text(
            f"ListenAddress 127.0.0.1:{port}\nHostKey {root}/host\nPidFile {root}/sshd.pid\nUsePAM no\n"
            "StrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\nCompression no\n"
            f"SetEnv {' '.join(f'{name}={value}' for name, value in settings.items())}\n"
        )
        (root / "ssh").write_text(
            f"Host board\nHostName 127.0.0.1\nPort {port}\nUser root\nIdentityFile {root}/user\n"
            "StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n"
        )
        self._script("ssh", f'exec {shutil.which("ssh")} -F {root}/ssh "$@"', folder="here")

    @staticmethod
    def missing_programs() -> list[str]:
        """Return what is not installed here."""
        return [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]

    def up(self) -> None:
        root = self.root
        engine = (
            f"unshare --net dockerd --data-root {root}/data --exec-root {root}/exec --pidfile {root}/dockerd.pid "
            f"--host unix://{root}/engine --iptables=false --ip6tables=false"
        )
        steps = [
            f"mount --bind {self.home} /root",
            "mkdir -p /run/sshd",
            f"{{ {engine} 2> {root}/dockerd.log & }}",
            f"exec {shutil.which('sshd', path=PATH)} -D -e -f {root}/sshd",
        ]
        with (root / "sshd.log").open("wb") as log:
            command = [*APART_AS_A_COMPUTER, "sh", "-ec", "\n".join(steps)]
            here = {**os.environ, "PATH": PATH}
            self._started = subprocess.Popen(command, env=here, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE_S
        while self.ask("docker info").returncode:
            logs = [(root / name).read_text()[-2000:] for name in ("sshd.log", "dockerd.log") if (root / name).exists()]
            assert time.monotonic() < until, logs
            assert self._started.poll() is None, logs
            time.sleep(0.2)

    def down(self) -> None:
        if self._started:
            self._started.kill()
            self._started.wait()

    @property
    def environment(self) -> dict[str, str]:
        """What a command is started with that goes to the board, and nowhere else."""
        return {**os.environ, "PATH": f"{self.root / 'here'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def ask(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["ssh", "board", command],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def _script(self, name: str, text: str, folder: str = "bin") -> None:
        path = self.root / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
