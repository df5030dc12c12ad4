"""What Prometheus is served of the present moment."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from urllib.request import Request, urlopen

from prometheus_client.openmetrics.parser import text_string_to_metric_families
from typer.testing import CliRunner

from bench.board.clocks import now
from bench.board.simulated.board import identify_board
from bench.bootstrap import ROOT
from bench.cli.app import app
from bench.errors import UserError
from bench.power.sampling.metrics import FRESH_S, serving
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER, sample_line
from bench.records.store import exclusive, write_record
from bench.runs.folder import RunFolder
from bench.runs.locks import announce, lock_path, sampler_lock_path
from bench.runs.open import open_run
from tests.made.program import PATIENCE_S
from tests.made.records import PLAN

BOARD = "simulated Raspberry Pi 4 Model B Rev 1.4"


def scraped(runs: Path) -> dict[str, list[tuple[dict[str, str], float]]]:
    with serving(runs, 0) as port:
        asked = Request(f"http://localhost:{port}/metrics", headers={"Accept": "application/openmetrics-text"})
        with urlopen(asked, timeout=PATIENCE_S) as answer:
            assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
            text = answer.read().decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {
        name: [(sample.labels, sample.value) for sample in samples if sample.name == name]
        for name in {sample.name for sample in samples}
    }


def sampled(runs: Path, age_s: float = 0.0) -> RunFolder:
    folder = open_run(runs, PLAN, "r", identify_board("simulated:pi4"))
    record = SamplerRecord(meter="simulated", boundary="simulated", period_s=0.1, began=now())
    write_record(folder.path / "sampler.json", record)
    latest_ns = time.monotonic_ns() - round(age_s * 1e9)
    lines = [
        sample_line(latest_ns - 100_000_000, 4.0, 5.1, 0.8, 61.5, 1500, 0x50001),
        sample_line(latest_ns, 4.25, 5.1, 0.83),
    ]
    (folder.path / "samples.csv").write_text("\n".join([HEADER, *(line.rstrip() for line in lines)]) + "\n123,4")
    return folder


def test_a_scrape_has_power_temperature_clock_throttling_and_the_cell_with_what_they_are_of(tmp_path: Path) -> None:
    folder = sampled(tmp_path)
    with exclusive(lock_path(tmp_path), "busy"):
        announce(folder, "opencv squeezenet_v1.1@int8")
        found = scraped(tmp_path)
    board, metered = {"board": BOARD}, {"board": BOARD, "meter": "simulated", "boundary": "simulated"}
    cell = {"run": "r", "framework": "opencv", "model": "squeezenet_v1.1", "precision": "int8"}
    assert found == {
        "pi_dnn_bench_measuring": [({}, 1)],
        "pi_dnn_bench_cell_info": [(cell, 1)],
        "pi_dnn_bench_power_watts": [(metered, 4.25)],
        "pi_dnn_bench_voltage_volts": [(metered, 5.1)],
        "pi_dnn_bench_current_amperes": [(metered, 0.83)],
        "pi_dnn_bench_temperature_celsius": [(board, 61.5)],
        "pi_dnn_bench_clock_hertz": [(board, 1.5e9)],
        "pi_dnn_bench_throttled": [
            ({**board, "reason": reason}, float(reason == "under_voltage"))
            for reason in ("under_voltage", "capped", "throttled", "soft_limit")
        ],
    }


def test_nothing_old_is_served_as_the_present(tmp_path: Path) -> None:
    folder = sampled(tmp_path, age_s=FRESH_S + 1)
    with exclusive(lock_path(tmp_path), "busy"):
        announce(folder)
        assert scraped(tmp_path) == {"pi_dnn_bench_measuring": [({}, 1)]}
    assert scraped(tmp_path) == {"pi_dnn_bench_measuring": [({}, 0)]}


def test_a_port_that_is_taken_and_a_second_sampler_are_refused_in_a_sentence(tmp_path: Path) -> None:
    def refused(port: int) -> str:
        done = CliRunner().invoke(app, ["sample", "--metrics", str(port), "--results", str(tmp_path)])
        assert isinstance(done.exception, UserError)
        return str(done.exception)

    with serving(tmp_path, 0) as port:
        assert f"--metrics {port}: nobody can listen there (Address already in use); give another port" in refused(port)
    with exclusive(sampler_lock_path(tmp_path / "runs"), "busy"):
        assert "a sampler runs already on this board" in refused(port)


def test_the_dashboard_asks_for_metrics_that_are_served(tmp_path: Path) -> None:
    folder = sampled(tmp_path)
    with exclusive(lock_path(tmp_path), "busy"):
        announce(folder, "opencv nin")
        found = scraped(tmp_path)
    dashboard = json.loads((ROOT / "examples/grafana/dashboard.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert asked
    assert {name for expression in asked for name in re.findall(r"pi_dnn_bench\w+", expression)} <= set(found)
