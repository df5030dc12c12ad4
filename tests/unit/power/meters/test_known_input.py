"""A known load through each meter's real parser, the sampler and the integration: a known answer."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Callable

import pytest

from bench.board.state import State
from bench.power.meter import Meter
from bench.power.meters.fnirsi import Fnirsi
from bench.power.meters.hwmon import Hwmon
from bench.power.meters.i2c import I2c
from bench.power.meters.pi5_pmic import Pi5Pmic
from bench.power.meters.rapl import Rapl
from bench.power.meters.shelly import Shelly
from bench.power.meters.simulated import Simulated
from bench.power.meters.tasmota import Tasmota
from bench.power.meters.um25c import Um25c
from bench.power.samples.energy import integrate
from bench.power.samples.read import read_samples
from bench.power.sampling.sampler import Sampler
from tests.made.loads import SECOND_NS, Load, World, ramp, sine, square, step
from tests.made.sensors import sensor, served

VOLTS = 5.0

STEADY = [step(), ramp()]
SLOW = [1, 3.7, 13, 23.3, 49]  # hertz; at 10 Hz, none that repeats exactly with the sampling
FAST = [1, 7, 25, 50]
AT_10_HZ = [*STEADY, *map(sine, SLOW), *map(square, SLOW)]
AT_100_HZ = [*STEADY, *map(sine, FAST), *map(square, FAST)]


class Shown:
    """A number in a file, renewed in place as the kernel does it."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)

    def __call__(self, number: int) -> None:
        os.pwrite(self.descriptor, f"{number:12d}\n".encode(), 0)

    def __del__(self) -> None:
        os.close(self.descriptor)


def hwmon(world: World, folder: Path) -> Hwmon:
    """An INA226 as the kernel shows it, which converts in an instant."""
    files = sensor(folder, 0, "ina226", power1_input=0, in1_input=5000, curr1_input=0, shunt_resistor=10000)
    power, current = Shown(files / "power1_input"), Shown(files / "curr1_input")

    def show() -> None:
        watts = world.load.watts(world.seconds)
        power(round(watts / 0.00625) * 6250)
        current(round(watts / VOLTS * 1000))

    show()
    world.passing.append(show)
    return Hwmon(root=folder)


class Ina226:
    """The registers of an INA226 on a shunt of 10 mΩ, averaged as the configuration says."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.registers = {0x00: 0x4127, 0xFE: 0x5449, 0xFF: 0x2260}

    def read_word_data(self, _address: int, register: int) -> int:
        end_s = self.world.seconds
        amps = self.world.load.mean(end_s - 0.0088, end_s) / VOLTS
        measured = {0x01: round(amps * 0.01 / 2.5e-6), 0x02: round(VOLTS / 1.25e-3)}
        word = {**self.registers, **measured}[register]
        return (word & 0xFF) << 8 | word >> 8

    def write_word_data(self, _address: int, register: int, word: int) -> None:
        self.registers[register] = (word & 0xFF) << 8 | word >> 8


def i2c(world: World, _folder: Path) -> I2c:
    return I2c(0.01, port=Ina226(world))


def pi5_pmic(world: World, _folder: Path) -> Pi5Pmic:
    def answer() -> str:
        watts = world.load.watts(world.seconds)
        return (
            f"  VDD_CORE_A current(7)={watts * 0.7 / 0.9:.8f}A\n   3V3_SYS_A current(1)={watts * 0.3 / 3.3:.8f}A\n"
            "   3V3_SYS_V volt(9)=3.30000000V\n  VDD_CORE_V volt(15)=0.90000000V\n     EXT5V_V volt(24)=5.06788000V\n"
        )

    return Pi5Pmic(answer)


def rapl(world: World, folder: Path) -> Rapl:
    """Two packages that share the load; their counters wrap every few seconds."""
    zones = [folder / f"class/powercap/intel-rapl:{number}" for number in range(2)]
    for number, zone in enumerate(zones):
        zone.mkdir(parents=True)
        (zone / "name").write_text(f"package-{number}\n")
        (zone / "max_energy_range_uj").write_text("7000000\n")
    counters = [Shown(zone / "energy_uj") for zone in zones]

    def show() -> None:
        for share, counter in zip((0.4, 0.6), counters):
            counter((round(world.load.joules(world.seconds) * share * 1e6) + 6_900_000) % 7_000_000)

    show()
    world.passing.append(show)
    return Rapl(folder, world.now_ns)


class Logger:
    """A program that appends one entry for each of its periods to a file, some at a time."""

    def __init__(self, world: World, path: Path, period_s: float, block: int, entry: Callable[[float], str]) -> None:
        self.world, self.file, self.period_s, self.block, self.entry = world, path.open("a"), period_s, block, entry
        self.written = 0
        world.passing.append(self)

    def __call__(self) -> None:
        while (self.written + self.block) * self.period_s <= self.world.seconds:
            moments = [(self.written + step) * self.period_s for step in range(self.block)]
            self.file.write("".join(map(self.entry, moments)))
            self.file.flush()
            self.written += self.block


def fnirsi(world: World, folder: Path) -> Fnirsi:
    log = folder / "fnirsi.log"
    header = (Path(__file__).parents[3] / "fixtures/meters/fnirsi.log").read_text().splitlines()[0]
    log.write_text(f"{header}\n")

    def line(seconds: float) -> str:
        amps = world.load.watts(seconds) / VOLTS
        return f"{1_700_000_005 + seconds:.3f} 0 {VOLTS:.5f} {amps:.5f} 1.184 1.031 30.500 0.000000 0.000001\n"

    Logger(world, log, 0.01, 4, line)
    return Fnirsi(str(log), world.now_ns, world.calendar_ns)


def um25c(world: World, folder: Path) -> Um25c:
    log = folder / "um25c.json"
    log.write_text("[")

    def entry(seconds: float) -> str:
        watts = world.load.watts(seconds + 0.5)
        fields = {"timestamp": int(1_700_000_005 + seconds), "voltage": VOLTS, "current": round(watts / VOLTS, 4)}
        return json.dumps({**fields, "power": round(watts, 3), "temperature": 25}) + ",\n"

    Logger(world, log, 1.0, 1, entry)
    return Um25c(str(log), world.now_ns, world.calendar_ns)


def simulated(world: World, _folder: Path) -> Simulated:
    """A processor whose utilisation is the load between 2 and 6 W."""
    asked_s = [0.0]

    def utilisation() -> float | None:
        begin_s, asked_s[0] = asked_s[0], world.seconds
        return (world.load.mean(begin_s, world.seconds) - 2) / 4 if world.seconds > begin_s else None

    return Simulated(2.0, 4.0, utilisation)


def measured(world: World, folder: Path, meter: Meter, period_s: float, begin_s: float, end_s: float):
    """Sample a minute; return power of a window in it."""
    end_ns = world.ns + 61 * SECOND_NS
    start_ns = world.ns
    Sampler(meter, State, folder / "run", period_s, world).run(lambda: world.ns >= end_ns)
    (sampling,) = read_samples(folder / "run")
    edges = (start_ns + round(moment * SECOND_NS) for moment in (begin_s, end_s))
    return integrate(sampling.samples, *edges, sampling.period_s)


def check(load: Load, folder: Path, make: Callable[[World, Path], Meter], period_s: float) -> None:
    world = World(load)
    begin_s, end_s = 3.3, 56.7
    power = measured(world, folder, make(world, folder), period_s, begin_s, end_s)
    assert power.reason is None
    assert power.power_w_mean == pytest.approx(load.mean(begin_s, end_s), rel=0.005)
    assert power.energy_j == pytest.approx(load.joules(end_s) - load.joules(begin_s), rel=0.01)


def named(loads: list[Load]) -> list:
    return [pytest.param(load, id=load.name) for load in loads]


@pytest.mark.parametrize("make", [hwmon, i2c, pi5_pmic, rapl, fnirsi, simulated])
@pytest.mark.parametrize("load", named(AT_10_HZ))
def test_at_10_hz_a_known_load_has_its_known_energy(tmp_path: Path, make, load: Load) -> None:
    check(load, tmp_path, make, 0.1)


@pytest.mark.parametrize("make", [hwmon, i2c, rapl, fnirsi])
@pytest.mark.parametrize("load", named(AT_100_HZ))
def test_at_100_hz_a_known_load_has_its_known_energy(tmp_path: Path, make, load: Load) -> None:
    check(load, tmp_path, make, 0.01)


@pytest.mark.parametrize("load", named(STEADY))
def test_a_meter_of_one_reading_a_second_has_the_energy_of_slow_loads(tmp_path: Path, load: Load) -> None:
    check(load, tmp_path, um25c, 0.1)


def test_a_meter_that_shows_moments_is_misled_by_a_load_in_step_with_it_and_one_that_counts_energy_is_not(
    tmp_path: Path,
) -> None:
    in_step = sine(10)
    world = World(in_step)
    moments = measured(world, tmp_path, hwmon(world, tmp_path), 0.1, 3.3, 56.7)
    assert moments.power_w_mean == pytest.approx(in_step.watts(0), abs=0.01)  # one phase, again and again: 5.68 W
    check(in_step, tmp_path / "counter", rapl, 0.1)


def apower(watts: float) -> object:
    return {"id": 0, "apower": round(watts, 1), "voltage": 242.5, "current": round(watts / 242.5, 3)}


def status8(watts: float) -> object:
    return {"StatusSNS": {"ENERGY": {"Power": round(watts, 2), "Voltage": 234, "Current": round(watts / 234, 3)}}}


@pytest.mark.parametrize(("kind", "render"), [(Shelly, apower), (Tasmota, status8)])
@pytest.mark.parametrize("load", named([*STEADY, sine(7), square(23.3), square(50)]))
def test_a_plug_that_shows_each_second_s_mean_has_the_energy_of_any_load(tmp_path: Path, kind, render, load) -> None:
    world = World(load)
    answer = lambda: render(load.mean(max(world.seconds - 1, 0), max(world.seconds, 1)))  # noqa: E731
    with served(answer) as host:
        power = measured(world, tmp_path, kind(host), 0.1, 3.3, 56.7)
    assert power.power_w_mean == pytest.approx(load.mean(2.8, 56.2), rel=0.005)
    assert power.energy_j == pytest.approx(load.joules(56.2) - load.joules(2.8), rel=0.01)
