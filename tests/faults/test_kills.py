"""Whatever kills a benchmark at whichever moment: nothing is lost or measured twice, nothing goes on or lies about.

KILLS=100 kills that often; the gate does a few. A seed makes the moments the same again (FUZZ_SEED).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bench.records.digests import file_digest
from bench.records.files import write_atomic
from bench.records.schema import Repetition
from bench.records.store import read_record
from bench.results.merge import derive
from bench.runs.folder import RunFolder
from bench.runs.inventory import leftovers, sweep
from tests.made.program import MODELS, PATIENCE_S, ROOT, bench, run_smoke
from tests.made.records import PREDICTIONS, new_run, repetition

KILLS = int(os.environ.get("KILLS", "5"))
PREDICTED = f"{PREDICTIONS}\na.jpg,7,7,1,2,3,4,1,0,0,0,0\n"
CHANCE = random.Random(os.environ.get("FUZZ_SEED", "") + "kills")
SIGNALS = [signal.SIGKILL] * 4 + [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT]
ORPHAN_S = 1.0


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("killed")
    assert bench("prepare", "--models", ",".join(MODELS), "--results", results).returncode == 0
    return results


def records(results: Path) -> dict[Path, bytes]:
    """Return the records of repetitions that ended well."""
    found = {path: path.read_bytes() for path in results.glob("runs/*/cells/*/*/rep-*.json")}
    return {path: content for path, content in found.items() if read_record(path, Repetition).status == "ok"}


def workers_of(supervisor: int) -> list[int]:
    """Return the measuring processes that this supervisor has started, be it alive or not."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"bench.measure.worker" in words and str(supervisor).encode() in words:
                found.append(int(process.name))
    return found


def busy_s(process: int) -> float:
    """Return the processor's seconds that a process has taken; that does not depend on what else runs here."""
    with suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def test_random_kills_lose_nothing_and_leave_nothing(results: Path) -> None:
    began = time.monotonic()
    run = 1
    assert subprocess.run(run_smoke(results, "--run", "run-0"), cwd=ROOT, capture_output=True).returncode == 0
    whole_s = time.monotonic() - began
    for _ in range(KILLS):
        before = records(results)
        command = run_smoke(results, "--run", f"run-{run}")
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(CHANCE.uniform(0, whole_s))
            workers = {worker: busy_s(worker) for worker in workers_of(process.pid)}
            process.send_signal(CHANCE.choice(SIGNALS))
            _, said = process.communicate(timeout=PATIENCE_S)
        assert str(ROOT) not in said, "a traceback"  # Python has one of its own, while it starts
        fine = [0, 1, *(-number for number in SIGNALS), *(128 + number for number in SIGNALS)]
        assert process.returncode in fine, said
        for worker, had_s in workers.items():
            while Path(f"/proc/{worker}/exe").exists():
                assert busy_s(worker) - had_s < ORPHAN_S, "it goes on without its supervisor"
                time.sleep(0.01)
        after = records(results)
        assert {path: after.get(path) for path in before} == before, "a record was lost or measured again"
        run += sum(1 for path in after if f"/run-{run}/" in str(path)) == len(MODELS)
    assert bench(*run_smoke(results, "--run", f"run-{run}")[3:]).returncode == 0
    for folder in map(RunFolder, results.glob("runs/run-*")):
        assert leftovers(folder) == []
        assert bench("merge", folder.run_id, "--results", results).returncode in (0, 1)
        assert bench("verify", folder.run_id, "--results", results).returncode == 0


def at_each_step(do: Callable[[], object]) -> Iterator[int]:
    """Do something again and again in a process of its own, killed before and after each change that it makes on disk.

    Yields after each kill, until it comes to its end.
    """
    for point in range(1, 200):
        child = os.fork()
        if child == 0:
            left = point

            def killing(change: Callable[..., object]) -> Callable[..., object]:
                def changed(*arguments: object, **more: object) -> object:
                    nonlocal left
                    for is_after in (False, True):
                        found = change(*arguments, **more) if is_after else None
                        left -= 1
                        if left == 0:
                            os.kill(os.getpid(), signal.SIGKILL)
                    return found

                return changed

            for name in ("fsync", "rename", "replace", "unlink", "chmod"):
                setattr(os, name, killing(getattr(os, name)))
            with suppress(BaseException):
                do()
                os._exit(0)
            os._exit(1)
        status = os.waitpid(child, 0)[1]
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            return
        yield point
    raise AssertionError("it never came to its end")


def test_a_file_is_the_former_or_the_new_one_wherever_its_writing_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(b"former")
    points = 0
    for _ in at_each_step(lambda: write_atomic(path, b"new")):
        points += 1
        assert path.read_bytes() in (b"former", b"new")
        path.write_bytes(b"former")
    assert points >= 4


@pytest.mark.parametrize("forced", [False, True], ids=["first", "forced"])
def test_a_repetition_is_there_whole_or_said_to_be_changed_wherever_its_writing_is_killed(
    tmp_path: Path, forced: bool
) -> None:
    folder = new_run(tmp_path)
    made = folder.new_predictions("opencv", "googlenet")
    made.parent.mkdir(parents=True)

    def begin() -> Repetition:
        for file in (*folder.path.glob("cells/**/*.json"), folder.predictions("opencv", "googlenet")):
            file.unlink(missing_ok=True)
        if forced:
            folder.predictions("opencv", "googlenet").write_text(PREDICTED.replace("7,7", "7,1"))
            digest = file_digest(folder.predictions("opencv", "googlenet"), "sha256")
            folder.write_repetition(repetition(peak_rss_mib=50.0, predictions_sha256=digest, images_classified=1))
        made.write_text(PREDICTED)
        digest = file_digest(made, "sha256")
        return repetition(peak_rss_mib=60.0, predictions_sha256=digest, images_classified=1)

    record = begin()
    points = 0
    for _ in at_each_step(lambda: folder.take_repetition(record, forced)):
        points += 1
        results = derive(folder)
        (row,) = results.rows
        found = (row.peak_rss_mib, row.top1)
        changed = any("was changed after it was written" in str(note) for note in results.warnings)
        assert found in ([(50.0, 0.0), (60.0, 1.0)] if forced else [(None, None), (60.0, 1.0)]) or changed
        sweep(folder)
        assert leftovers(folder) == []
        begin()
    assert points >= 6
