"""Asking Slurm: every command is shown before it is run, and none is waited for without an end."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from rich.console import Console

from bench.errors import UserError
from bench.names import printable
from bench.output import say

JOBS = Path(__file__).parent / "jobs"
"""The scripts that run on the boards, which a person can read, and submit alone."""

ANSWER_S = 60.0
"""Seconds within which Slurm answers what it is asked."""

IMMEDIATE_S = 10
"""Seconds that a board may be busy when something is asked of it."""

WITHOUT_SLURM = (
    "there is no Slurm here (no '{program}'), which leads several boards: 'sudo apt install slurm-wlm munge' and "
    "docs/fleet.md; one board alone needs none: 'bench up' measures it, and 'bench classify --shard I/N' takes a share "
    "of the images"
)


class BoardState(NamedTuple):
    """A board as Slurm sees it: `idle`, `allocated`, `drained`, `down*` and others, and why."""

    name: str
    state: str
    reason: str


class Job(NamedTuple):
    """A job that waits or runs; of an array, one of its tasks.

    Attributes
    ----------
    task
        Its number in an array.
    reason
        Why it waits.
    """

    id: str
    task: Optional[int]
    state: str
    board: str
    reason: str
    name: str


class Slurm:
    """Slurm's commands, each shown on a console before it is run.

    Raises
    ------
    UserError
        If there is no Slurm; by every method, if Slurm does not do what it is asked.
    """

    def __init__(self, console: Console) -> None:
        for program in ("sbatch", "squeue", "sinfo", "srun"):
            if shutil.which(program) is None:
                raise UserError(WITHOUT_SLURM.format(program=program))
        self._console = console

    def boards(self, wanted: str = "") -> list[BoardState]:
        """Return the boards that are asked for, as Slurm writes several (`pi-[1-3],pi-7`); all without any."""
        chosen = [f"--nodes={wanted}"] if wanted else []
        told = self._ask("sinfo", "--noheader", "--Node", "--format=%N|%T|%E", *chosen)
        found = [BoardState(*line.split("|", 2)) for line in told.splitlines()]
        boards = {board.name: board for board in found}  # once, however many partitions it is in
        if not boards:
            raise UserError(f"Slurm knows no board{f' {wanted!r}' if wanted else ''}; 'sinfo --Node' lists them")
        return list(boards.values())

    def jobs(self) -> list[Job]:
        """Return every job that waits or runs, each task of an array for itself."""
        told = self._ask("squeue", "--noheader", "--array", "--format=%i|%K|%T|%N|%r|%j")
        fields = (line.split("|", 5) for line in told.splitlines())
        return [Job(id_, int(k) if k.isdecimal() else None, *more) for id_, k, *more in fields]

    def submit(self, name: str, script: str, words: Sequence[str], *options: str) -> str:
        """Submit one of the scripts; return the job's number."""
        told = self._ask("sbatch", "--parsable", f"--job-name={name}", *options, str(JOBS / script), *words)
        return told.split(";")[0].strip()

    def on_board(self, board: str, script: str, words: Sequence[str], minutes: int) -> bytes:
        """Run one of the scripts on a board that is free, as a job of so many minutes; return what it wrote.

        Over Slurm's own connection. A board that is busy, drained or silent is not waited for: that is an error.
        """
        options = ("--quiet", "--nodes=1", "--ntasks=1", f"--immediate={IMMEDIATE_S}", f"--time={minutes}")
        command = ["srun", *options, f"--nodelist={board}", "--job-name=bench-fleet", "sh", "-s", "--", *words]
        self._show(command, f" < {shlex.quote(str(JOBS / script))}")
        with (JOBS / script).open("rb") as text:
            return _run(command, IMMEDIATE_S + minutes * 60 + ANSWER_S, stdin=text.fileno())

    def _ask(self, *command: str) -> str:
        self._show(command)
        try:
            return printable_lines(_run(command, ANSWER_S))
        except UserError as error:
            raise UserError(f"{error}; docs/fleet.md says how Slurm is set up") from None

    def _show(self, command: Sequence[str], more: str = "") -> None:
        say(self._console, f"$ {shlex.join(command)}{more}", "dim")


def printable_lines(told: bytes) -> str:
    """Return what a program told, with what no terminal should be sent escaped, line by line."""
    return "\n".join(map(printable, told.decode(errors="surrogateescape").splitlines()))


def _run(command: Sequence[str], patience_s: float, stdin: int = subprocess.DEVNULL) -> bytes:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_JOB")}
    with subprocess.Popen(
        command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        try:
            told, complaint = process.communicate(timeout=patience_s)
        except subprocess.TimeoutExpired:
            process.terminate()  # at which srun gives its job up
            try:
                process.communicate(timeout=ANSWER_S)
            except subprocess.TimeoutExpired:
                process.kill()
            raise UserError(
                f"'{command[0]}' has not ended within {patience_s:.0f} s; 'scontrol ping' tells whether Slurm answers"
            ) from None
    if process.returncode != 0:
        why = printable_lines(complaint).strip().replace("\n", "; ") or f"code {process.returncode}"
        raise UserError(f"'{command[0]}' failed: {why}")
    return told
