"""`bench fleet doctor`: whether every board takes jobs, as the same user, with the same bench, at the same time."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bench.errors import UserError
from bench.launch.fleet.slurm import BoardState, Slurm, printable_lines
from bench.records.findings import Finding
from bench.source import image_source

ASKING_MINUTES = 10
"""A board on which nothing is set up yet sets that up first."""

CLOCK_S = 60
"""munge refuses a key that is five minutes old, and runs of one fleet should carry the same day."""

_FINDINGS = TypeAdapter(list[Finding])


def examine(slurm: Slurm, boards: str, results: Path, meter: str) -> Iterator[Finding]:
    """Ask every board in turn; yield what is found, by board."""
    for board in slurm.boards(boards):
        yield from _board(slurm, board, results, meter)


def _board(slurm: Slurm, board: BoardState, results: Path, meter: str) -> Iterator[Finding]:
    trouble = judge_state(board)
    if trouble:
        yield trouble
        return
    began_s = time.time()
    try:
        told = slurm.on_board(board.name, "doctor.sh", ["--results", str(results), "--meter", meter], ASKING_MINUTES)
    except UserError as error:
        yield Finding(check=board.name, level="fail", found=f"runs nothing: {error}", fix=_fix(board, str(error)))
        return
    yield Finding(check=board.name, level="ok", found="Slurm runs jobs there: the key is the same")
    yield from judge_answer(board.name, printable_lines(told), began_s, time.time())


def _fix(board: BoardState, complaint: str) -> str:
    """Say what to do with a board that should take jobs, and took none."""
    if "prolog" in complaint:
        return f"'sinfo --list-reasons --nodes={board.name}' says what 'bench doctor' found there"
    if board.state.startswith(("alloc", "mix", "comp")):
        return "wait until its job has ended"
    return "look into /var/log/slurm/slurmd.log there: the same munge.key, slurm.conf, user and time as here?"


def judge_state(board: BoardState) -> Finding | None:
    """Judge what Slurm says of a board; None if it takes jobs."""
    if board.state.startswith(("drain", "fail")):
        fix = f"mend that, then: sudo scontrol update nodename={board.name} state=resume"
        return Finding(check=board.name, level="fail", found=f"{board.state}: {board.reason}", fix=fix)
    if board.state.startswith("down") or board.state.endswith("*") or board.state.startswith("unk"):
        fix = "is it on, and slurmd running (systemctl status slurmd munge), with the same munge.key?"
        return Finding(check=board.name, level="fail", found=f"{board.state}: it does not answer", fix=fix)
    return None


def judge_answer(board: str, told: str, began_s: float, ended_s: float) -> Iterator[Finding]:
    """Judge what a board told of itself (`jobs/doctor.sh`), between those seconds here.

    Parameters
    ----------
    told : str
        A line for each thing: its name, a space, and what it is.
    """
    lines = [line.partition(" ")[::2] for line in told.splitlines()]
    one = dict(lines)
    yield _judge_user(board, one.get("user", ""))
    groups = one.get("groups", "").split()
    if "docker" in groups or one.get("user", "").startswith("root "):
        yield Finding(check=board, level="ok", found="the user may use Docker")
    else:
        fix = "on it: sudo usermod -aG docker $USER, then sudo systemctl restart slurmd"
        yield Finding(check=board, level="warn", found="the user is not in group docker: without containers", fix=fix)
    yield _judge_clock(board, one.get("clock", ""), began_s, ended_s)
    wanted = image_source()
    if one.get("source") == wanted:
        yield Finding(check=board, level="ok", found=f"the same bench as here ({wanted[:12]})")
    else:
        other = one.get("source", "")[:12] or "none"
        fix = "bring the clone there to the same commit"
        yield Finding(check=board, level="fail", found=f"another bench than here ({other}, not {wanted[:12]})", fix=fix)
    images = [value for name, value in lines if name == "image"]
    if images:
        fitting = images.count(wanted)
        found = f"{fitting} of the {len(images)} images there are of that source"
        yield Finding(check=board, level="ok" if fitting else "warn", found=found)
    yield from _findings(board, one.get("findings", ""))


def _judge_user(board: str, told: str) -> Finding:
    here = f"{pwd.getpwuid(os.getuid()).pw_name} {os.getuid()}"
    if told == here:
        return Finding(check=board, level="ok", found=f"jobs run as the same user ({told})")
    fix = "give the user the same name and number on every board"
    return Finding(check=board, level="fail", found=f"jobs run as '{told}', here it is '{here}'", fix=fix)


def _judge_clock(board: str, told: str, began_s: float, ended_s: float) -> Finding:
    try:
        clock_s = float(told)
    except ValueError:
        return Finding(check=board, level="fail", found="it did not tell its time")
    off_s = max(began_s - 1 - clock_s, clock_s - ended_s, 0)
    if off_s <= CLOCK_S:
        return Finding(check=board, level="ok", found="its clock is right")
    fix = "on it: sudo timedatectl set-ntp true"
    return Finding(check=board, level="fail", found=f"its clock is off by {off_s:,.0f} s", fix=fix)


def _findings(board: str, told: str) -> Iterator[Finding]:
    """Yield what 'bench doctor' found there, without what is well, but for the meter."""
    try:
        found = _FINDINGS.validate_json(told)
    except ValidationError:
        fix = "on it: python3 -m bench doctor"
        yield Finding(check=board, level="fail", found="'bench doctor' does not run there", fix=fix)
        return
    for finding in found:
        if finding.level != "ok" or finding.check == "meter":
            yield finding.model_copy(update={"check": board, "found": f"{finding.check}: {finding.found}"})
