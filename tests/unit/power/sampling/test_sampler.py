from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.board.state import State
from bench.errors import UserError
from bench.power.meter import Meter, Reading
from bench.power.meters.none import NoMeter
from bench.power.meters.simulated import Simulated
from bench.power.samples.energy import integrate
from bench.power.samples.read import read_samples
from bench.power.samples.write import Lines
from bench.power.sampling.sampler import Sampler
from bench.records.sampler import SamplerRecord
from bench.records.samples import SAMPLE_COLUMNS
from bench.records.store import read_record
from tests.made.program import PATIENCE_S

SECOND_NS = 1_000_000_000


class FakeClock:
    """Time that passes only by sleeping, or when a test says so."""

    def __init__(self) -> None:
        self.ns = 5 * SECOND_NS

    def now_ns(self) -> int:
        return self.ns

    def sleep(self, seconds: float) -> None:
        self.ns += max(round(seconds * SECOND_NS), 1)

    def passed(self, seconds: float) -> Callable[[], bool]:
        end_ns = self.ns + round(seconds * SECOND_NS)
        return lambda: self.ns >= end_ns


class Steady(Meter):
    """A meter of 3 W that does something else at each reading."""

    name = "steady"
    boundary = "usb-input"
    fastest_period_s = 0.01

    def __init__(self, effect: Callable[[], None] = lambda: None) -> None:
        self.details = {"chip": "none"}
        self.effect = effect
        self.closed = False

    def open(self) -> None:
        pass

    def read(self) -> Reading:
        self.effect()
        return Reading(3.0, 5.0, 0.6)

    def close(self) -> None:
        self.closed = True


def rows(path: Path) -> list[dict[str, str]]:
    header, *lines = path.read_text().splitlines()
    assert header.split(",") == list(SAMPLE_COLUMNS)
    return [dict(zip(SAMPLE_COLUMNS, line.split(","))) for line in lines]


def sample(folder: Path, meter: Meter, seconds: float, clock: FakeClock | None = None, **options) -> SamplerRecord:
    clock = clock or FakeClock()
    read_state = options.pop("read_state", State)
    return SamplerRecord.model_validate(
        Sampler(meter, read_state, folder, clock=clock, **options).run(clock.passed(seconds))
    )


def test_samples_lie_exactly_one_period_apart(tmp_path):
    record = sample(tmp_path, Steady(), seconds=60)
    times = [int(row["monotonic_ns"]) for row in rows(tmp_path / "samples.csv")]
    assert times == list(range(5 * SECOND_NS, 65 * SECOND_NS, SECOND_NS // 10))
    assert (record.samples, record.missed, record.stale, record.invalid) == (600, 0, 0, 0)


def test_a_sample_is_one_line_of_the_contract(tmp_path):
    read_state = lambda: State(48.312, 1500.0, 0x50005)  # noqa: E731
    sample(tmp_path, Steady(), seconds=0.1, read_state=read_state)
    assert (tmp_path / "samples.csv").read_text().splitlines()[1:] == ["5000000000,3,5,0.6,48.312,1500,0x50005"]


def test_passed_slots_are_missed_and_not_bunched_up(tmp_path):
    clock = FakeClock()
    reads = itertools.count()

    def slow_third_read() -> None:
        if next(reads) == 2:
            clock.sleep(0.35)

    record = sample(tmp_path, Steady(slow_third_read), seconds=1.0, clock=clock)
    slots = [(int(row["monotonic_ns"]) - 5 * SECOND_NS) / SECOND_NS for row in rows(tmp_path / "samples.csv")]
    assert slots == pytest.approx([0.0, 0.1, 0.375, 0.6, 0.7, 0.8, 0.9])  # the slow one has its reading's middle
    assert record.missed == 3


def test_a_slow_meter_sets_the_pace(tmp_path):
    meter = Steady()
    meter.fastest_period_s = 0.5
    record = sample(tmp_path, meter, seconds=10)
    assert (record.period_s, record.samples) == (0.5, 20)


def test_the_state_is_read_once_a_second_and_not_repeated(tmp_path):
    temperatures = itertools.count(40)
    sample(tmp_path, Steady(), seconds=5, read_state=lambda: State(temp_c=float(next(temperatures))))
    fields = [row["temp_c"] for row in rows(tmp_path / "samples.csv")]
    assert fields[::10] == ["40", "41", "42", "43", "44"]
    assert [field for field in fields if field] == fields[::10]


def test_without_a_meter_the_state_is_recorded_all_the_same(tmp_path):
    record = sample(tmp_path, NoMeter(), seconds=3, read_state=lambda: State(50.0, 600.0, 0))
    assert [(row["power_w"], row["temp_c"], row["throttled"]) for row in rows(tmp_path / "samples.csv")] == [
        ("", "50", "0x0")
    ] * 3
    assert (record.meter, record.boundary, record.invalid) == ("none", None, 0)


def test_a_meter_that_vanishes_leaves_empty_fields_and_comes_back(tmp_path):
    reads = itertools.count()

    def unplugged_for_a_while() -> None:
        if next(reads) in (3, 4):
            raise OSError("No such device")

    record = sample(tmp_path, Steady(unplugged_for_a_while), seconds=0.8)
    assert [row["power_w"] for row in rows(tmp_path / "samples.csv")] == ["3", "3", "3", "", "", "3", "3", "3"]
    assert record.invalid == 2


def test_the_record_says_what_was_read_and_is_finished(tmp_path):
    meter = Steady()
    returned = sample(tmp_path, meter, seconds=1)
    written = read_record(tmp_path / "sampler.json", SamplerRecord)
    assert written == returned
    assert (written.meter, written.boundary, written.details, written.samples) == (
        "steady",
        "usb-input",
        {"chip": "none"},
        10,
    )
    assert written.ended is not None
    assert meter.closed


def test_the_record_is_there_from_the_start_and_refreshed_every_30_s(tmp_path):
    seen = []

    def look() -> None:
        record = read_record(tmp_path / "sampler.json", SamplerRecord)
        seen.append((record.ended, record.samples))

    sample(tmp_path, Steady(look), seconds=61, period_s=1.0)
    assert {ended for ended, _ in seen} == {None}
    assert sorted({samples for _, samples in seen}) == [0, 31]


def test_a_second_start_gets_a_second_pair(tmp_path):
    sample(tmp_path, Steady(), seconds=0.3)
    first = (tmp_path / "samples.csv").read_bytes(), (tmp_path / "sampler.json").read_bytes()
    sample(tmp_path, NoMeter(), seconds=5)
    sample(tmp_path, Steady(), seconds=0.2)
    assert ((tmp_path / "samples.csv").read_bytes(), (tmp_path / "sampler.json").read_bytes()) == first
    assert len(rows(tmp_path / "samples-2.csv")) == 5
    assert read_record(tmp_path / "sampler-2.json", SamplerRecord).meter == "none"
    assert len(rows(tmp_path / "samples-3.csv")) == 2


@pytest.mark.parametrize("left_behind", ["samples.csv", "sampler.json"])
def test_half_a_pair_is_not_touched_either(tmp_path, left_behind):
    (tmp_path / left_behind).write_text("precious")
    sample(tmp_path, Steady(), seconds=0.2)
    assert (tmp_path / left_behind).read_text() == "precious"
    assert len(rows(tmp_path / "samples-2.csv")) == 2
    assert read_record(tmp_path / "sampler-2.json", SamplerRecord).samples == 2


def test_stop_ends_the_run(tmp_path):
    clock = FakeClock()
    sampler = Sampler(Steady(lambda: sampler.stop()), State, tmp_path, clock=clock)
    assert sampler.run()["samples"] == 1


def test_a_crash_leaves_every_line_and_a_finished_record(tmp_path):
    states = itertools.count()

    def crash() -> State:
        if next(states) == 1:  # the board's state is read once a second
            raise RuntimeError("a bug")
        return State()

    clock = FakeClock()
    with pytest.raises(RuntimeError):
        Sampler(Steady(), crash, tmp_path, clock=clock).run()
    assert len(rows(tmp_path / "samples.csv")) == 10
    assert read_record(tmp_path / "sampler.json", SamplerRecord).samples == 10


def test_whatever_a_meter_raises_is_one_missed_reading_and_never_the_sampler_s_end(tmp_path):
    errors = [RuntimeError("a bug"), RecursionError(), OverflowError(), KeyError("power"), IndexError()]

    def stumble() -> None:
        if errors:
            raise errors.pop()

    record = sample(tmp_path, Steady(stumble), seconds=60)
    assert record.unanswered == 5
    assert record.samples > 50


def test_a_full_disk_is_the_users_to_mend():
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(UserError, match="the disk is full"),
        Lines(full),
    ):
        pass


@pytest.mark.parametrize("period_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_period_that_makes_no_sense_is_refused(tmp_path, period_s):
    with pytest.raises(UserError, match="sampling period"):
        Sampler(Steady(), State, tmp_path, period_s)


def test_a_meter_that_is_not_there_leaves_no_files(tmp_path):
    class Missing(Steady):
        def open(self) -> None:
            raise UserError("no sensor")

    with pytest.raises(UserError, match="no sensor"):
        sample(tmp_path / "run", Missing(), seconds=1)
    assert not (tmp_path / "run").exists()


def busy_between_20_and_40_s(seconds: float) -> float:
    return 1.0 if 20 <= seconds < 40 else 0.25


@pytest.mark.parametrize(
    ("begin_s", "end_s", "joules"),
    [
        (1, 19, 18 * 3.0),
        (22.03, 37.91, 15.88 * 6.0),
        (10, 30, 10 * 3.0 + 10 * 6.0),
        (15.55, 47.21, 11.66 * 3.0 + 20 * 6.0),
        (0, 59.8, 39.8 * 3.0 + 20 * 6.0),
    ],
)
def test_a_known_load_has_its_known_energy(tmp_path, begin_s, end_s, joules):
    clock = FakeClock()
    start_ns = clock.ns
    utilisation = lambda: busy_between_20_and_40_s((clock.ns - start_ns) / SECOND_NS)  # noqa: E731
    sample(tmp_path, Simulated(2.0, 4.0, utilisation), seconds=60, clock=clock)
    (sampling,) = read_samples(tmp_path)
    begin_ns, end_ns = start_ns + round(begin_s * SECOND_NS), start_ns + round(end_s * SECOND_NS)
    assert integrate(sampling.samples, begin_ns, end_ns, sampling.period_s).energy_j == pytest.approx(joules, rel=0.01)


PROGRAM = """
import signal, sys
from pathlib import Path
from bench.board.state import StateReader
from bench.power.meter import find_meter
from bench.power.sampling.sampler import Sampler

sampler = Sampler(find_meter("simulated"), StateReader().read, Path(sys.argv[1]))
signal.signal(signal.SIGTERM, lambda *_: sampler.stop())
print("ready", flush=True)
sampler.run()
"""


@pytest.fixture
def process(tmp_path):
    """A sampler in its own process that has written its first sample."""
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[4],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
    )
    with child:
        assert child.stdout.readline() == b"ready\n"
        while not (tmp_path / "samples.csv").exists() or len((tmp_path / "samples.csv").read_text().splitlines()) < 3:
            assert child.poll() is None
        yield child
        child.kill()


def test_sigterm_finalises(process, tmp_path):
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    record = read_record(tmp_path / "sampler.json", SamplerRecord)
    assert record.ended is not None
    assert record.samples == len(rows(tmp_path / "samples.csv"))


def test_sigkill_leaves_readable_lines(process, tmp_path):
    process.kill()
    process.wait(PATIENCE_S)
    (sampling,) = read_samples(tmp_path)
    assert sampling.samples.times.size >= 2
    assert sampling.record is not None
    assert sampling.record.ended is None
    assert sampling.warnings == ()


def test_the_sampler_s_process_stays_below_25_mib(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    peak_kib = int(status.split("VmHWM:")[1].split()[0])
    assert peak_kib < 25 * 1024
