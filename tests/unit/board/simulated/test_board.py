from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.board.identity import identify
from bench.board.simulated.board import SimulatedBoard, identify_board, parse_spec
from bench.board.state import StateReader
from bench.board.vcgencmd import Vcgencmd
from bench.errors import UserError
from bench.power.sampling import process
from bench.power.sampling.checked_meter import CheckedMeter
from bench.power.sampling.simulated_board import BoardSensor, board_meter
from bench.records.run import Conditions
from bench.runs.open import open_run
from tests.made.records import PLAN


class Played:
    """A simulated board on a clock and a load of its own."""

    def __init__(self, root: Path, spec: str, load: float = 0.5) -> None:
        self.seconds = 0.0
        self.load = load
        parsed = parse_spec(spec)
        assert parsed is not None
        self.board = SimulatedBoard(root, parsed, 25.0, lambda: self.seconds, lambda: self.load)

    def until(self, seconds: float) -> SimulatedBoard:
        while self.seconds < seconds - 0.01:
            self.seconds += 0.25
            self.board.tick()
        return self.board


@pytest.mark.parametrize(
    ("spec", "model", "soc", "revision", "memory_mib"),
    [
        ("simulated:pi3", "simulated Raspberry Pi 3 Model B Rev 1.2", "bcm2837", "a02082", 909),
        ("simulated:pi4", "simulated Raspberry Pi 4 Model B Rev 1.4", "bcm2711", "d03114", 7931),
        ("simulated:pi5", "simulated Raspberry Pi 5 Model B Rev 1.0", "bcm2712", "d04170", 8061),
    ],
)
def test_a_simulated_board_is_identified_and_says_what_it_is(
    spec: str, model: str, soc: str, revision: str, memory_mib: int
) -> None:
    board = identify_board(spec)
    assert (board.model, board.soc, board.revision, board.memory_mib) == (model, soc, revision, memory_mib)
    assert (board.simulated, board.governor, board.memory_limits) == (True, "ondemand", True)


def test_without_a_wish_the_board_is_this_computer() -> None:
    assert identify_board("") == identify()


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("pi4", "there is no board 'pi4'; leave --board out for this computer, or choose one of: simulated:pi3"),
        ("simulated:pi9", "there is no board 'simulated:pi9'"),
        ("simulated:pi4,play=fire", "'play=fire' is unknown; write play= and one of: under-voltage, throttling, heat"),
        ("simulated:pi4,heat-up", "'heat-up' is unknown"),
    ],
)
def test_a_board_that_nobody_knows_is_refused_with_what_to_write(spec: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        parse_spec(spec)


def test_state_and_sensor_are_read_from_the_tree_as_from_a_real_board(tmp_path: Path) -> None:
    board = Played(tmp_path / "board", "simulated:pi4").until(1200)
    state = StateReader(board.root).read()
    assert state.temp_c == pytest.approx(25 + 6 * (2.7 + 3.7 / 2), abs=0.01)
    assert (state.arm_mhz, state.throttled) == (1500.0, 0)
    meter = BoardSensor(board)
    meter.open()
    reading = meter.read()
    assert reading.watts == pytest.approx(4.55, abs=1e-5)
    assert reading.volts == pytest.approx(5.1)
    assert reading.amps == pytest.approx(4.55 / 5.1, abs=1e-3)
    assert (meter.name, meter.boundary, meter.uncertainty) == ("simulated", "simulated", None)


def test_the_firmware_of_a_simulated_board_answers_as_vcgencmd_does(tmp_path: Path) -> None:
    played = Played(tmp_path / "board", "simulated:pi4,play=throttling", load=0.0)
    firmware = Vcgencmd(played.board.root)
    assert (firmware.throttled(), firmware.arm_mhz(), firmware.temp_c()) == (0, 600.0, 41.2)
    played.until(12)
    assert (firmware.throttled(), firmware.arm_mhz(), firmware.temp_c()) == (0x60006, 600.0, 41.2)


def test_a_file_that_is_kept_open_shows_each_new_value(tmp_path: Path) -> None:
    played = Played(tmp_path / "board", "simulated:pi4", load=0.0)
    state = StateReader(played.board.root)
    assert (state.read().arm_mhz, state.read().temp_c) == (600.0, 41.2)
    played.load = 1.0
    played.until(60)
    later = state.read()
    assert later.arm_mhz == 1500.0
    assert later.temp_c is not None and later.temp_c > 49


def test_one_busy_core_is_enough_for_the_governor(tmp_path: Path) -> None:
    load = 1 / (os.cpu_count() or 1)
    board = Played(tmp_path / "board", "simulated:pi4", load=load).until(5)
    assert StateReader(board.root).read().arm_mhz == 1500.0


def test_under_voltage_is_played_for_five_seconds_in_every_twenty(tmp_path: Path) -> None:
    played = Played(tmp_path / "board", "simulated:pi4,play=under-voltage")
    read = StateReader(played.board.root).read
    alarm = played.board.root / "sys/class/hwmon/hwmon0/in0_lcrit_alarm"
    seen = {}
    for moment in (9, 12, 16, 32):
        played.until(moment)
        state = read()
        seen[moment] = (state.throttled, state.arm_mhz, alarm.read_text().strip())
    assert seen == {
        9: (0, 1500.0, "0"),
        12: (0x50005, 600.0, "1"),
        16: (0x50000, 1500.0, "0"),
        32: (0x50005, 600.0, "1"),
    }


def test_throttling_is_played(tmp_path: Path) -> None:
    board = Played(tmp_path / "board", "simulated:pi5,play=throttling").until(12)
    state = StateReader(board.root).read()
    assert (state.throttled, state.arm_mhz) == (0x60006, 1500.0)


def test_heating_up_follows_its_line_to_70_percent_of_the_clock(tmp_path: Path) -> None:
    played = Played(tmp_path / "board", "simulated:pi4,play=heat-up")
    read = StateReader(played.board.root).read
    seen = {}
    for moment in (59, 90, 115, 117.5, 121, 600):
        played.until(moment)
        state = read()
        assert state.temp_c is not None
        seen[moment] = (round(state.temp_c, 1), state.arm_mhz, state.throttled)
    # The idle board has 25 + 6 x 2.7 = 41.2 °C; from there to 82.5 °C the line leads through 61.85 °C at 90 s, and
    # above 80 °C from 116.4 s on.
    assert seen[59][1:] == (1500.0, 0)
    assert seen[90] == (pytest.approx(61.8, abs=0.2), 1500.0, 0)
    assert seen[115][1:] == (1500.0, 0)
    assert seen[117.5][1] < 1500 and seen[117.5][2] == 0x20002
    assert seen[121] == seen[600] == (82.5, 1050.0, 0x20002)


def test_a_vanished_sensor_is_counted_and_read_again_when_it_is_back(tmp_path: Path) -> None:
    played = Played(tmp_path / "board", "simulated:pi4,play=vanishing-meter")
    meter = CheckedMeter(BoardSensor(played.board))
    meter.open()
    found = {}
    for moment in (9, 12, 13, 16):
        played.until(moment)
        found[moment] = [reading.watts for reading in meter.readings(int(moment * 1e9))]
    assert found == {9: [pytest.approx(4.55)], 12: [], 13: [], 16: [pytest.approx(4.55)]}
    assert (meter.tally.unanswered, meter.tally.outages) == (2, 1)


@pytest.mark.parametrize("spec", ["auto", "hwmon", "simulated"])
def test_whatever_sensor_is_asked_for_a_simulated_board_has_its_own(tmp_path: Path, spec: str) -> None:
    assert isinstance(board_meter(spec, Played(tmp_path / "board", "simulated:pi4").board), BoardSensor)


def test_a_simulated_board_has_no_real_meter(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a simulated board can't have the meter 'i2c'"):
        board_meter("i2c", Played(tmp_path / "board", "simulated:pi4").board)


def test_a_sampler_beside_a_simulated_board_labels_everything_and_takes_the_tree_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process.signal, "signal", lambda *_: None)
    ended = iter([False] * 6 + [True] * 10)
    spec = "simulated:pi4"
    folder = open_run(tmp_path, PLAN, "", identify_board(spec), Conditions(ambient_c=30))
    root = folder.board_root(folder.read_run())
    record = process.sample_simulated(folder.path, spec, root, "auto", 0.1, lambda: next(ended))
    assert (record["meter"], record["boundary"], record["uncertainty"]) == ("simulated", "simulated", None)
    assert record["details"]["ambient_c"] == 30
    lines = (folder.path / "samples.csv").read_text().splitlines()
    _, power_w, volts, _, temp_c, arm_mhz, throttled = lines[1].split(",")
    assert 2.7 <= float(power_w) <= 6.4
    assert float(temp_c) == pytest.approx(30 + 6 * 2.7, abs=1)
    assert (volts, throttled, arm_mhz in ("600", "1500")) == ("5.1", "0x0", True)
    assert not (folder.path / "board").exists()
    found = {finding.check: finding.found for finding in folder.examination()}
    assert found["temperature"] == "46 °C"
    assert found["meter"].startswith("simulated (simulated), up to ")


def test_a_simulated_and_a_real_board_never_share_a_run(tmp_path: Path) -> None:
    real = open_run(tmp_path, PLAN)
    simulated = open_run(tmp_path, PLAN, "", identify_board("simulated:pi4"))
    other = open_run(tmp_path, PLAN, "", identify_board("simulated:pi5"))
    assert len({real.run_id, simulated.run_id, other.run_id}) == 3
    assert open_run(tmp_path, PLAN, "", identify_board("simulated:pi4")).run_id == simulated.run_id
    with pytest.raises(UserError, match=r"was measured on 'simulated Raspberry Pi 4 Model B Rev 1\.4', not on"):
        open_run(tmp_path, PLAN, simulated.run_id)
