"""Each meter against what its hardware really prints."""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bench.errors import UserError
from bench.power import plug
from bench.power.meter import Reading, find_meter
from bench.power.meters import homeassistant, pi5_pmic
from bench.power.meters.fnirsi import Fnirsi
from bench.power.meters.homeassistant import HomeAssistant
from bench.power.meters.i2c import I2c, create
from bench.power.meters.pi5_pmic import Pi5Pmic
from bench.power.meters.rapl import Rapl
from bench.power.meters.shelly import Shelly
from bench.power.meters.tasmota import Tasmota
from bench.power.meters.um25c import Um25c
from bench.power.sampling.checked_meter import CheckedMeter
from tests.made.sensors import answering, served

FIXTURES = Path(__file__).parents[3] / "fixtures/meters"
CAPTURE = (FIXTURES / "pmic_read_adc.txt").read_text()


class Registers:
    """A chip on an I²C bus; words are swapped as SMBus does."""

    def __init__(self, words: dict[int, int], writable: bool = True) -> None:
        self.words = words
        self.writable = writable

    def read_word_data(self, _address: int, register: int) -> int:
        if register not in self.words:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        word = self.words[register]
        return (word & 0xFF) << 8 | word >> 8

    def write_word_data(self, _address: int, register: int, word: int) -> None:
        if self.writable:
            self.words[register] = (word & 0xFF) << 8 | word >> 8


INA219 = {0x00: 0x399F, 0x01: 0x07D0, 0x02: 0x5D98, 0xFE: 0x399F}
INA226 = {0x00: 0x4127, 0x01: 0x1F40, 0x02: 0x2570, 0xFE: 0x5449, 0xFF: 0x2260}
INA260 = {0x00: 0x6127, 0x01: 0x1F40, 0x02: 0x2570, 0xFE: 0x5449, 0xFF: 0x2270}


@pytest.mark.parametrize(
    ("words", "shunt_ohm", "chip", "configuration", "uncertainty"),
    [
        (INA219, 0.002, "ina219", 0x3DDF, 0.01),  # the data sheets' own examples: 10 A through 2 mΩ at 11.98 V
        (INA226, 0.002, "ina226", 0x4327, 0.002),
        (INA260, None, "ina260", 0x6327, 0.0025),
    ],
)
def test_an_i2c_sensor_s_registers_give_the_data_sheet_s_power(words, shunt_ohm, chip, configuration, uncertainty):
    registers = Registers(dict(words))
    meter = I2c(shunt_ohm, port=registers)
    meter.open()
    assert meter.read() == pytest.approx(Reading(119.8, 11.98, 10.0))
    assert (meter.details["chip"], meter.uncertainty) == (chip, uncertainty)
    assert registers.words[0x00] == configuration
    assert meter.fastest_period_s < 0.01


def test_a_current_that_flows_backwards_is_negative():
    meter = I2c(0.1, port=Registers({**INA226, 0x01: 0xFFFF - 799}))
    meter.open()
    assert meter.read().amps == pytest.approx(-0.02)


def test_an_i2c_sensor_needs_its_shunt():
    with pytest.raises(UserError, match=r"an ina219 needs its shunt's value; add it, such as --meter i2c:shunt=0\.01"):
        I2c(None, port=Registers(dict(INA219))).open()


def test_an_address_where_nobody_answers_is_named_with_what_to_check():
    with pytest.raises(UserError, match=r"address 0x41 on /dev/i2c-1: no answer \(Remote I/O error\); enable I²C"):
        I2c(0.1, address=0x41, port=Registers({})).open()


def test_a_chip_of_another_kind_is_refused():
    with pytest.raises(UserError, match=r"it does not behave like an ina219 \(configuration 0x399f\)"):
        I2c(0.1, port=Registers(dict(INA219), writable=False)).open()


@pytest.mark.parametrize(
    ("options", "complaint"), [({"shunt": "0"}, "must be ohms"), ({"shunt": "1", "address": "0x80"}, "no address")]
)
def test_i2c_options_that_make_no_sense_are_refused(options, complaint):
    with pytest.raises(ValueError, match=complaint):
        create(**options)


def pmic(*answers: str) -> Pi5Pmic:
    script = iter(answers)
    return Pi5Pmic(lambda: next(script))


def test_a_pi_5_s_rails_are_paired_by_name_and_summed():
    meter = pmic(CAPTURE, CAPTURE)
    meter.open()
    reading = meter.read()
    assert reading.watts == pytest.approx(10.799894, abs=1e-6)
    assert (reading.volts, reading.amps) == (5.06788, None)
    assert len(meter.details["rails"]) == 12


def test_the_board_s_estimate_stays_apart_and_labelled():
    meter = pmic(CAPTURE, CAPTURE)
    meter.open()
    meter.read()
    estimate = meter.details["board_estimate"]
    assert estimate["mean_w"] == pytest.approx(12.955, abs=0.001)
    assert "estimate" in estimate["label"] and "not a measurement" in estimate["label"]


def test_a_battery_of_nan_and_a_renamed_rail_change_nothing():
    changed = CAPTURE.replace("BATT_V volt(25)=3.01110800V", "BATT_V volt(25)=nanV").replace("0V8_SW", "0V8_SYS")
    meter = pmic(changed, changed)
    meter.open()
    assert meter.read().watts == pytest.approx(10.799894, abs=1e-6)


def test_a_rail_of_nan_makes_no_power():
    broken = CAPTURE.replace("VDD_CORE_A current(7)=10.87674000A", "VDD_CORE_A current(7)=nanA")
    meter = pmic(CAPTURE, broken)
    meter.open()
    assert math.isnan(meter.read().watts)


def test_a_pi_4_has_no_such_chip():
    with pytest.raises(UserError, match=r"error=1 error_msg=.* and no rails; only a Raspberry Pi 5 has this chip"):
        pmic('error=1 error_msg="Command not registered"\n').open()


@pytest.mark.parametrize("words", ["VCHI initialization failed", "Can't open device file: /dev/vcio"])
def test_without_permission_the_group_is_named(monkeypatch, words):
    failed = subprocess.CompletedProcess((), 255, "", f"{words}\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(UserError, match=rf"\({words}\); run as a member of the group video"):
        Pi5Pmic().open()


def test_a_firmware_that_hangs_is_no_answer(monkeypatch):
    def hang(*_, **__):
        raise subprocess.TimeoutExpired("vcgencmd", 2)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(OSError, match="no answer within 2 s"):
        pi5_pmic._ask()


def counters(root: Path, energy_uj: int, name: str = "package-0") -> Path:
    zone = root / "class/powercap/intel-rapl:0"
    zone.mkdir(parents=True, exist_ok=True)
    for file, content in (("name", name), ("energy_uj", energy_uj), ("max_energy_range_uj", 262_143_328_850)):
        (zone / file).write_text(f"{content}\n")
    return zone / "energy_uj"


def test_a_counter_that_wraps_goes_on(tmp_path):
    moments = iter([0, 100_000_000, 100_000_000])
    energy = counters(tmp_path, 262_143_328_850 - 200_000)
    meter = Rapl(tmp_path, lambda: next(moments))
    meter.open()
    energy.write_text("300000\n")
    assert meter.readings() == [Reading(5.0, time_ns=50_000_000)]


def test_counters_are_not_asked_twice_within_a_moment(tmp_path):
    moments = iter([0, 1_000_000])
    counters(tmp_path, 5)
    meter = Rapl(tmp_path, lambda: next(moments))
    meter.open()
    assert meter.readings() == []


def test_a_platform_zone_is_no_package(tmp_path):
    counters(tmp_path, 5, name="psys")
    with pytest.raises(UserError, match="shows no energy counters"):
        Rapl(tmp_path).open()


def test_a_counter_for_root_alone_is_named_with_the_mend(tmp_path, monkeypatch):
    energy = counters(tmp_path, 5)

    def refuse(path, _flags):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UserError, match=rf"{energy} can't be read \(Permission denied\); run 'sudo chmod a\+r"):
        Rapl(tmp_path).open()


class Moments:
    """Both clocks of a computer on which a log is followed; the calendar is 1 657 568 320 s ahead."""

    def __init__(self) -> None:
        self.ns = 6_000_000_000

    def now_ns(self) -> int:
        return self.ns

    def calendar_ns(self) -> int:
        return self.ns + 1_657_568_320_000_000_000


def followed(kind, log: Path) -> tuple:
    clock = Moments()
    meter = kind(str(log), clock.now_ns, clock.calendar_ns)
    meter.open()
    return meter, clock


def append(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


@pytest.fixture
def fnirsi_log(tmp_path) -> Path:
    return Path(shutil.copy(FIXTURES / "fnirsi.log", tmp_path))


def test_a_log_is_followed_from_its_end_and_only_whole_lines_count(fnirsi_log):
    meter, _ = followed(Fnirsi, fnirsi_log)
    assert meter.readings() == []
    append(fnirsi_log, "1657568327.000 0 5.07200 0.95000 1.185 1.032 30.500 0.0 0.0\n1657568327.010 1 5.0")
    (reading,) = meter.readings()
    assert reading == pytest.approx(Reading(4.8184, 5.072, 0.95, 7_000_000_000), abs=1000)
    append(fnirsi_log, "7000 1.00000 1.185 1.032 30.500 0.0 0.0\n")
    assert [found.watts for found in meter.readings()] == [pytest.approx(5.07)]


def test_the_logger_s_own_sample_that_goes_back_in_time_is_dropped_and_counted(fnirsi_log):
    header, *lines = fnirsi_log.read_text().splitlines(keepends=True)
    fnirsi_log.write_text(header)
    meter, clock = followed(Fnirsi, fnirsi_log)
    checked = CheckedMeter(meter)
    checked.open()
    append(fnirsi_log, "".join(lines))
    assert len(checked.readings(clock.ns)) == 4
    assert (checked.tally.backwards, checked.tally.invalid) == (1, 1)


def test_a_log_begun_anew_is_read_from_its_beginning(fnirsi_log):
    meter, _ = followed(Fnirsi, fnirsi_log)
    header = fnirsi_log.read_text().splitlines()[0]
    fnirsi_log.write_text(f"{header}\n1657568330.000 0 5.00000 1.00000 1.185 1.032 30.500 0.0 0.0\n")
    assert [reading.watts for reading in meter.readings()] == [5.0]


def test_a_log_that_stops_growing_is_an_outage_and_comes_back(fnirsi_log):
    meter, clock = followed(Fnirsi, fnirsi_log)
    checked = CheckedMeter(meter)
    checked.open()
    found = []
    for slot in range(12):
        clock.ns += 1_000_000_000
        if slot == 9:
            append(fnirsi_log, "1657568336.000 0 5.00000 1.00000 1.185 1.032 30.500 0.0 0.0\n")
        found += checked.readings(clock.ns)
    assert [reading.watts for reading in found] == [5.0]
    assert (checked.tally.outages, checked.tally.unanswered) == (1, 1)


def test_a_log_without_a_header_or_file_is_refused(tmp_path):
    (tmp_path / "log").write_text("1657568326.775 0 0.00000\n")
    with pytest.raises(UserError, match="has no column timestamp in its first line; let the logger write into a new"):
        Fnirsi(str(tmp_path / "log")).open()
    with pytest.raises(UserError, match=r"none can't be read \(No such file or directory\); start the logger first"):
        Fnirsi(str(tmp_path / "none")).open()


def test_rd_usb_s_list_is_followed_object_by_object(tmp_path):
    log = tmp_path / "um25c.json"
    log.write_text("[")
    meter, _ = followed(Um25c, log)
    text = (FIXTURES / "um25c.json").read_text()
    append(log, text[1:100])
    assert [reading.watts for reading in meter.readings()] == [0.0]
    append(log, text[100:])
    (reading,) = meter.readings()
    assert reading[:3] == (3.117, 5.11, 0.61)
    assert reading.time_ns == 1_599_556_296_500_000_000 - 1_657_568_320_000_000_000


def test_plugs_say_what_they_supply():
    for kind, watts in ((Shelly, (4.1, 242.5, 0.033)), (Tasmota, (27.0, 234.0, 0.122))):
        answer = json.loads((FIXTURES / f"{kind.name}.json").read_text())
        with served(lambda answer=answer: answer) as host:
            meter = kind(host)
            meter.open()
            assert meter.read() == Reading(*watts)
        with pytest.raises(OSError, match="refused"):
            meter.read()


@pytest.mark.parametrize("answer", [{"WARNING": "Need user=<username>&password=<password>"}, [], {"StatusSNS": None}])
def test_a_plug_that_answers_something_else_is_refused(answer):
    with served(lambda: answer) as host, pytest.raises(UserError, match=r"gives no power .* asks for no password"):
        Tasmota(host).open()


GOOD = {"apower": 5.3, "voltage": 230.1, "current": 0.041}
TASMOTA = {"Power": 5, "Voltage": 231, "Current": 0.047}
ANSWERS = [
    (Shelly, {"/rpc/Switch.GetStatus?id=0": GOOD}, (5.3, 230.1, 0.041)),
    (Shelly, {"/rpc/Switch.GetStatus?id=0": {"apower": 5.3}}, (5.3, None, None)),
    (Shelly, {"/rpc/Switch.GetStatus?id=0": {"apower": 5.3, "voltage": float("nan")}}, (5.3, None, None)),
    (Shelly, {"/rpc/PM1.GetStatus?id=0": GOOD}, (5.3, 230.1, 0.041)),
    (Shelly, {"/rpc/EM1.GetStatus?id=0": {"act_power": 5.3, "voltage": 230.1, "current": 0.04}}, (5.3, 230.1, 0.04)),
    (Shelly, {"/rpc/EM.GetStatus?id=0": {"a_act_power": 5.3, "total_act_power": 6.5}}, (6.5, None, None)),
    (Shelly, {"/status": {"meters": [{"power": 5.3, "is_valid": True}]}}, (5.3, None, None)),
    (Shelly, {"/status": {"emeters": [{"power": 5.3, "voltage": 230.1, "current": 0.1}]}}, (5.3, 230.1, 0.1)),
    (Shelly, {"/status": {"emeters": [{"power": 5.3}, {"power": 1.2}], "total_power": 6.5}}, (6.5, None, None)),
    (Tasmota, TASMOTA, (5, 231, 0.047)),
    (Tasmota, {"Power": 5}, (5, None, None)),
    (Tasmota, {"Power": [5], "Voltage": [231], "Current": [0.047]}, (5, None, None)),
    (Tasmota, {"Power": [5, 0, 12], "Voltage": 231, "Current": [0.047, 0, 0.1]}, (17, 231, None)),
    (Tasmota, {**TASMOTA, "Power": "5"}, (5, 231, 0.047)),
]


def raw(content: object, status: str = "200 OK", length: int | None = None) -> bytes:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    length = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n".encode() + body


@pytest.mark.parametrize(("kind", "answers", "reading"), ANSWERS)
def test_every_kind_of_plug_says_what_it_supplies(kind, answers, reading):
    def answer(path: str) -> bytes:
        if kind is Tasmota:
            return raw({"StatusSNS": {"ENERGY": answers}})
        return raw(answers[path]) if path in answers else raw({"code": 404}, "404 Not Found")

    with answering(answer) as host:
        meter = kind(host)
        meter.open()
        assert meter.read() == Reading(*reading)
        if kind is Shelly:
            assert meter.details["asked"] in answers


BAD_ANSWERS = {
    "cut": raw(json.dumps(GOOD).encode()[:20], length=500),
    "cut header": b"HTTP/1.1 200",
    "no HTTP": b"Please Login to Continue\r\n\r\n",
    "empty": b"",
    "endless header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
    "bad chunk": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{"apower":5\r\n0\r\n\r\n',
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n[]",
    "bad status": b"HTTP/1.1 2O0 OK\r\n\r\n{}",
    "another status": raw(GOOD, "401 Unauthorized"),
    "400 digits": raw(b'{"apower": ' + b"9" * 400 + b"}"),
    "5000 digits": raw(b'{"apower": ' + b"9" * 5000 + b"}"),
    "deep": raw(b"[" * 60_000),
    "huge": raw(b" " * 200_000 + b"{}"),
    "web page": raw(b"<html>login</html>"),
    "not UTF-8": raw(b'{"apower": "\xff"}'),
    "list": raw([1, 2]),
    "null": raw({"apower": None}),
    "true": raw({"apower": True}),
    "decimal comma": raw({"apower": "5,2"}),
    "underscore": raw({"apower": "5_2"}),
    "NaN": raw(b'{"apower": NaN}'),
    "infinite": raw(b'{"apower": 1e400}'),
    "invalid": raw({"meters": [{"power": 5.3, "is_valid": False}]}),
    "no meters": raw({"meters": []}),
}


@pytest.mark.parametrize("bad", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_bad_answer_is_one_missed_reading_and_at_the_beginning_a_sentence(bad):
    answers = [raw(GOOD), bad, raw(GOOD)]
    with answering(lambda _: answers.pop(0)) as host:
        meter = CheckedMeter(Shelly(host))
        meter.open()
        assert meter.readings(1) == []
        assert meter.tally.unanswered == 1
    for kind in (Shelly, Tasmota):
        with answering(lambda _: bad) as host, pytest.raises(UserError, match="gives no power") as caught:
            kind(host).open()
        assert "\n" not in str(caught.value)


def test_a_plug_that_sends_a_byte_now_and_then_is_given_up_at_the_deadline(monkeypatch):
    monkeypatch.setattr(plug, "_DEADLINE_S", 0.3)
    with answering(lambda _: raw(GOOD), pause_s=0.05) as host, pytest.raises(OSError):  # wherever it was cut
        Shelly(host).read()


@pytest.mark.parametrize(
    "host", ["my plug", "127.0.0.1:http", "http://plug", "plug/rpc", "plug:99999", "a\nb", "x" * 300]
)
def test_what_is_no_address_is_refused_before_anything_is_asked(host):
    with pytest.raises(ValueError, match="is no address"):
        Shelly(host)


def test_a_plug_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(plug, "_DEADLINE_S", 0.05)
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(OSError):  # by whichever clock is first
        Shelly(f"127.0.0.1:{silent.getsockname()[1]}").read()


@contextmanager
def home_assistant(answer: object, secret: str) -> Iterator[str]:
    """Answer whoever has the secret, as a Home Assistant does; yields host:port."""

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers["Authorization"] == f"Bearer {secret}" and self.path == "/api/states/sensor.plug_power"
            body = json.dumps(answer).encode()
            self.send_response(200 if known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def asked(host: str, token: Path) -> HomeAssistant:
    return homeassistant.create(host, "sensor.plug_power", str(token))


@pytest.mark.parametrize(
    ("state", "unit", "watts"), [("4.75", "W", 4.75), ("4750", "mW", 4.75), ("0.00475", "kW", 4.75)]
)
def test_home_assistant_tells_whoever_has_the_token_in_whatever_unit(
    tmp_path: Path, state: str, unit: str, watts: float
) -> None:
    token = tmp_path / "token"
    token.write_text("secret\n")
    answer = {"entity_id": "sensor.plug_power", "state": state, "attributes": {"unit_of_measurement": unit}}
    with home_assistant(answer, "secret") as host:
        meter = asked(host, token)
        meter.open()
        assert meter.read().watts == pytest.approx(watts)
        assert "secret" not in json.dumps(meter.details)
        token.write_text("another\n")
        with pytest.raises(OSError, match="status 401"):
            asked(host, token).read()


@pytest.mark.parametrize(
    "answer",
    [
        {"state": "unavailable", "attributes": {"unit_of_measurement": "W"}},
        {"state": "4.7", "attributes": {"unit_of_measurement": "kWh"}},
        {"state": "4.7", "attributes": {}},
    ],
)
def test_what_is_no_power_in_home_assistant_is_no_reading(tmp_path: Path, answer: object) -> None:
    token = tmp_path / "token"
    token.write_text("secret")
    with home_assistant(answer, "secret") as host:
        meter = asked(host, token)
        with pytest.raises(OSError, match="an answer"):
            meter.read()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("host=ha.local,entity=sensor.plug_power", "it needs the file that an access token is in"),
        ("host=ha.local,entity=sensor.plug_power,token=/nowhere/token", "can't be read"),
        ("host=ha.local,entity=../../config,token=/dev/null", "is none; Home Assistant shows it"),
        ("host=ha.local,entity=sensor.plug_power,token=/dev/null", "holds no access token"),
    ],
)
def test_home_assistant_says_what_it_lacks(options: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        find_meter(f"homeassistant:{options}")
