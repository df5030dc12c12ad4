from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.errors import UserError
from bench.records import migrate as module
from bench.records.columns import Results
from bench.records.findings import Examination
from bench.records.migrate import MIGRATIONS, migrate
from bench.records.notes.results import FormerNote
from bench.records.run import Run
from bench.records.schema import SCHEMA_VERSION, Repetition
from bench.records.store import read_record
from bench.results.table_file import read_rows

RUN_1 = {
    "schema_version": 1,
    "run_id": "old",
    "board": {
        "model": "Raspberry Pi 3 Model B Rev 1.2",
        "soc": "brcm,bcm2837",
        "machine": "aarch64",
        "cpus": 4,
        "memory_mib": 906,
        "page_size": 4096,
        "kernel": "6.1.21-v8+",
        "os": "Debian GNU/Linux 11 (bullseye)",
        "userland_bits": 64,
        "emulated": False,
        "simulated": False,
    },
    "plan": {
        "profile": {"name": "quick", "idle_s": 5, "warmup_images": 5, "timed_images": 100, "timed_s": 5},
        "threads": 4,
        "models": ["nin"],
        "models_sha256": {"nin": "aa"},
        "images_sha256": "cc",
        "seed": 2018,
    },
    "catalog_sha256": "dd",
    "began": {"boot_id": "b", "monotonic_ns": 1, "realtime_ns": 2},
    "ended": None,
    "sessions": [],
}
REPETITION_1 = {
    "schema_version": 1,
    "framework": "opencv",
    "model": "nin",
    "repetition": 1,
    "session": "s",
    "clocks": {"boot_id": "b", "monotonic_ns": 1, "realtime_ns": 2},
    "status": "ok",
    "threads": 4,
    "inference_ns": [5],
}
DOCTOR_2 = {
    "schema_version": 2,
    "findings": [
        {"check": "disk", "level": "warn", "found": "2 GiB free", "mend": "free some space"},
        {"check": "governor", "level": "ok", "found": "performance", "mend": None},
    ],
}
RESULTS_2 = {
    "schema_version": 2,
    "run_id": "old",
    "board": RUN_1["board"],
    "conditions": {"ambient_c": None, "power_supply": None, "cooling": None},
    "plan": RUN_1["plan"],
    "rows": [
        {
            "run_id": "old",
            "board": "Raspberry Pi 3 Model B Rev 1.2",
            "framework": "opencv",
            "model": "nin",
            "status": "ok",
            "schema_version": 2,
        }
    ],
    "warnings": ["samples.csv: 7 of 10 lines can't be read, says OpenCV"],
    "sampler_cost": None,
    "doctor": DOCTOR_2["findings"],
}
RESULTS_1 = """\
run_id,board,platform,framework,framework_version,image_digest,model,weights,weights_sha256,threads,status,error,\
repetitions,images_timed,preprocess_ms,inference_ms,latency_ms_p50,latency_ms_p95,latency_ms_p99,throughput_fps,\
throughput_ci95_low,throughput_ci95_high,images_classified,top1,top5,top1_source,power_w_min,power_w_mean,power_w_max,\
power_w_idle,energy_j_per_image,fom_top1,fom_top5,load_s,first_inference_ms,peak_rss_mib,temp_c_max,arm_mhz_min,\
throttled,meter,boundary
old,Raspberry Pi 3 Model B Rev 1.2,linux/arm64,opencv,4.14.0,,squeezenet_v1.1,pretrained,aa,4,ok,,1,100,1.5,98.5,\
99.0,104.0,110.0,10.0,,,100,0.5,0.75,measured,4.1,4.5,4.9,1.9,0.45,1.1111,1.6667,0.5,150.0,94.0,61.0,1200.0,False,\
hwmon,usb-input
old,Raspberry Pi 3 Model B Rev 1.2,linux/arm64,opencv,,,nin,,,4,timeout,no sign of life for 300 s,0,,,,,,,,,,,,,,,,,,,\
,,,,,,,,,
"""


def test_records_of_the_first_schema_are_migrated(tmp_path: Path) -> None:
    for name, content in (("run.json", RUN_1), ("rep-01.json", REPETITION_1)):
        (tmp_path / name).write_text(json.dumps(content))
    run = read_record(tmp_path / "run.json", Run)
    assert (run.schema_version, run.board.governor, run.conditions.ambient_c) == (SCHEMA_VERSION, None, None)
    repetition = read_record(tmp_path / "rep-01.json", Repetition)
    assert (repetition.schema_version, repetition.inference_ns) == (SCHEMA_VERSION, [5])


def test_the_sessions_of_a_run_are_its_calls(tmp_path: Path) -> None:
    session = {
        "id": "s",
        "framework": "opencv",
        "command": ["bench", "run", "opencv"],
        "platform": "linux/arm64",
        "bench_version": "1.0",
        "began": {"boot_id": "b", "monotonic_ns": 1, "realtime_ns": 2},
    }
    for name, content in (("run.json", {**RUN_1, "sessions": [session]}), ("rep-01.json", REPETITION_1)):
        (tmp_path / name).write_text(json.dumps({**content, "schema_version": 2}))
    (call,) = read_record(tmp_path / "run.json", Run).calls
    assert (call.id, call.framework, call.ended) == ("s", "opencv", None)
    assert read_record(tmp_path / "rep-01.json", Repetition).call == call.id


def test_a_results_csv_of_the_first_schema_is_migrated(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text(RESULTS_1)
    ok, timeout = read_rows(tmp_path / "results.csv")
    assert (ok.throughput_fps, ok.top1, ok.fom_top1, ok.throttled, ok.boundary) == (10, 0.5, 1.1111, False, "usb-input")
    assert (ok.energy_net_j_per_image, ok.power_uncertainty, ok.schema_version) == (None, None, SCHEMA_VERSION)
    assert (timeout.status, timeout.error, timeout.power_w_mean) == ("timeout", "no sign of life for 300 s", None)


def test_a_doctor_json_of_the_second_schema_says_what_fixes_it(tmp_path: Path) -> None:
    (tmp_path / "doctor.json").write_text(json.dumps(DOCTOR_2))
    full, ok = read_record(tmp_path / "doctor.json", Examination).findings
    assert (full.check, full.level, full.found, full.fix) == ("disk", "warn", "2 GiB free", "free some space")
    assert (ok.level, ok.fix) == ("ok", None)


def test_a_results_json_of_the_second_schema_keeps_the_sentences_of_its_warnings(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps(RESULTS_2))
    results = read_record(tmp_path / "results.json", Results)
    assert results.warnings == [FormerNote(sentence="samples.csv: 7 of 10 lines can't be read, says OpenCV")]
    assert [str(note) for note in results.warnings] == RESULTS_2["warnings"]
    assert (results.doctor[0].fix, results.rows[0].framework) == ("free some space", "opencv")


@pytest.mark.parametrize("content", [5, None, "text", [5], [None]])
def test_what_no_former_schema_wrote_is_refused_in_words(tmp_path: Path, content: object) -> None:
    for name, field, kind in (("doctor.json", "findings", Examination), ("results.json", "warnings", Results)):
        (tmp_path / name).write_text(json.dumps({"schema_version": 2, field: content}))
        with pytest.raises(UserError, match=f"{name} is not a .* record"):
            read_record(tmp_path / name, kind)


def test_a_newer_results_csv_is_refused_with_the_version_it_needs(tmp_path: Path) -> None:
    header, first, *_ = RESULTS_1.splitlines()
    (tmp_path / "results.csv").write_text(f"{header},schema_version,watts_per_neuron\n{first},7,0.1\n")
    with pytest.raises(UserError, match=r"results\.csv has schema 7, this bench knows up to 3; read it with a newer"):
        read_rows(tmp_path / "results.csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "does not name the columns"),
        (b"name,age\nx,1\n", "does not name the columns"),
        (b"run_id,\xff\xfe\n", "is not a results.csv"),
        (b"run_id,board\nr,Pi\n", r"line 2, is no row of a results\.csv \(framework: Field required"),
        (b"run_id,schema_version\nr,two\n", r"line 2, is no row of a results\.csv \(invalid literal"),
        (RESULTS_1[: RESULTS_1.rfind("opencv,,,nin")].encode(), r"line 3, is no row of a results\.csv"),
    ],
)
def test_what_is_no_results_csv_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "results.csv").write_bytes(content)
    with pytest.raises(UserError, match=words):
        read_rows(tmp_path / "results.csv")


def test_a_schema_that_never_was_is_refused() -> None:
    with pytest.raises(UserError, match="schema 0, which never was"):
        migrate({}, 0, Path("x.json"))


def test_every_former_schema_leads_to_the_next_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))
    steps = {1: lambda content: {**content, "b": content["a"]}, 2: lambda content: {**content, "c": content["b"]}}
    monkeypatch.setattr(module, "SCHEMA_VERSION", 3)
    monkeypatch.setattr(module, "MIGRATIONS", steps)
    assert migrate({"a": 5}, 1, Path("x")) == {"a": 5, "b": 5, "c": 5, "schema_version": 3}
    assert migrate({"a": 5, "b": 6}, 2, Path("x")) == {"a": 5, "b": 6, "c": 6, "schema_version": 3}
