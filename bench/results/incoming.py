"""Taking a run that was measured elsewhere: only if it is finished and whole, and in the place of none but itself."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from bench.errors import UserError
from bench.records.files import cannot_write
from bench.results.verify import verify
from bench.runs.folder import RunFolder
from bench.runs.locks import is_measured


def unpack(archive: bytes, folder: Path) -> None:
    """Unpack a tar archive's files into a folder, made if need be.

    Raises
    ------
    UserError
        If the archive is not whole, or holds anything else than files and folders that lie within it, or they can't be
        written here.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            for member in tar:
                _unpack(tar, member, folder)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"what was sent is no whole archive ({error}); nothing of it was taken") from error
    except OSError as error:
        raise cannot_write(folder, error) from error


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    place = PurePosixPath(member.name)
    if place.is_absolute() or ".." in place.parts or not (member.isfile() or member.isdir()):
        raise tarfile.TarError(f"'{member.name}' is no file within it")
    target = folder / place
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(member)
    assert source is not None  # of a regular file
    with source, target.open("wb") as file:
        shutil.copyfileobj(source, file)


def take_run(new: RunFolder, here: RunFolder) -> RunFolder:
    """Put a run where it is to lie here, or where its former state is; return that folder.

    Raises
    ------
    UserError
        If it is not finished or not whole, or another run lies there or is being measured.
    """
    run = new.read_run()
    if run.ended is None:
        raise UserError(f"run {new.run_id} is not finished: not taken")
    problems = verify(new).problems
    if problems:
        more = f" (and {len(problems) - 1} faults more)" if len(problems) > 1 else ""
        raise UserError(f"run {new.run_id} is not whole, and not taken: {problems[0]}{more}")
    former = here.path.with_name(f".{here.run_id}.former")
    try:
        if former.exists() and not here.path.exists():  # taking it was cut off
            former.rename(here.path)
        if here.run_json.exists() and (here.read_run().began != run.began or is_measured(here)):
            raise UserError(f"run {new.run_id} was not taken: another of that name is here; move {here.path} away")
        shutil.rmtree(former, ignore_errors=True)
        here.path.parent.mkdir(parents=True, exist_ok=True)
        if here.path.exists():
            here.path.rename(former)
        new.path.rename(here.path)
        shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        raise cannot_write(here.path, error) from error
    return here
