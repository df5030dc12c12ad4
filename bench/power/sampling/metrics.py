"""What a sampler that stays shows of the present moment, as OpenMetrics for Prometheus.

It reads what the sampler beside a run has written: the sampler itself, which must not disturb, has nothing to do.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from bench.board.throttled import Throttled
from bench.errors import UserError
from bench.records.sampler import SamplerRecord
from bench.records.samples import LINE, SAMPLE_COLUMNS, Pair, pairs
from bench.records.schema import variant_of
from bench.records.store import read_record
from bench.runs.folder import RunFolder
from bench.runs.locks import measured_cell, measured_run

PREFIX = "pi_dnn_bench"

FRESH_S = 5.0
"""Older samples tell nothing of the present: a sampler writes twice a second, and its state once."""

TAIL_BYTES = 16_384
"""More than a second of samples at 100 Hz."""

QUANTITIES = {
    "power_w": (f"{PREFIX}_power_watts", "Power as the meter reads it.", 1.0),
    "voltage_v": (f"{PREFIX}_voltage_volts", "Voltage as the meter reads it.", 1.0),
    "current_a": (f"{PREFIX}_current_amperes", "Current as the meter reads it.", 1.0),
    "temp_c": (f"{PREFIX}_temperature_celsius", "Temperature of the processor.", 1.0),
    "arm_mhz": (f"{PREFIX}_clock_hertz", "Clock of the processor.", 1e6),
}
"""Columns of samples.csv as gauges: name, what it is, the factor to its unit."""

REASONS = {
    "under_voltage": Throttled.UNDER_VOLTAGE,
    "capped": Throttled.CAPPED,
    "throttled": Throttled.THROTTLED,
    "soft_limit": Throttled.SOFT_LIMIT,
}


@contextmanager
def serving(runs: Path, port: int) -> Iterator[int]:
    """Serve the metrics of whatever is measured into `runs`, within the block, on every interface; give the port.

    Raises
    ------
    UserError
        If nobody can listen at that port.
    """
    registry = CollectorRegistry()
    registry.register(Present(runs))
    try:
        server, thread = start_http_server(port, registry=registry)
    except OSError as error:
        raise UserError(f"--metrics {port}: nobody can listen there ({error.strerror}); give another port") from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Present(Collector):
    """The present moment of the run that is being measured.

    Parameters
    ----------
    runs : Path
        The folder of all runs.
    """

    def __init__(self, runs: Path) -> None:
        self._runs = runs

    def collect(self) -> Iterator[Metric]:
        """Yield a gauge for everything that is known now; what is not known has none."""
        folder = measured_run(self._runs)
        name = f"{PREFIX}_measuring"
        yield GaugeMetricFamily(name, "Whether a benchmark measures now.", value=float(folder is not None))
        if folder is None:
            return
        framework, _, variant = measured_cell(self._runs).partition(" ")
        if variant:
            model, precision = variant_of(variant)
            cell = {"run": folder.run_id, "framework": framework, "model": model, "precision": precision}
            yield InfoMetricFamily(f"{PREFIX}_cell", "What is being measured now.", value=cell)
        try:
            yield from _sampled(folder)
        except UserError:
            return  # a record that can't be read is the run's fault, and told with its results


def _sampled(folder: RunFolder) -> Iterator[Metric]:
    written = pairs(folder.path)
    if not written:
        return
    values, meter = _latest(written[-1]), read_record(written[-1].record, SamplerRecord)
    labels = {"board": folder.read_run().board.model}
    metered = {**labels, "meter": meter.meter, "boundary": meter.boundary or ""}
    for column, (name, what, factor) in QUANTITIES.items():
        if column in values:
            own = labels if column in ("temp_c", "arm_mhz") else metered
            gauge = GaugeMetricFamily(name, what, labels=list(own))
            gauge.add_metric(list(own.values()), float(values[column]) * factor)
            yield gauge
    if "throttled" in values:
        bits = int(values["throttled"], 16)
        gauge = GaugeMetricFamily(
            f"{PREFIX}_throttled", "What the firmware holds back now.", labels=[*labels, "reason"]
        )
        for reason, bit in REASONS.items():
            gauge.add_metric([*labels.values(), reason], float(bool(bits & bit)))
        yield gauge


def _latest(pair: Pair) -> dict[str, str]:
    """Return the last value of each column that is still fresh, as it stands in the file."""
    with pair.samples.open("rb") as file:
        file.seek(max(os.fstat(file.fileno()).st_size - TAIL_BYTES, 0))
        lines = file.read().split(b"\n")
    since_ns = time.monotonic_ns() - FRESH_S * 1e9
    found: dict[str, str] = {}
    for line in lines[1:]:  # the first is the header, or torn
        values = dict(zip(SAMPLE_COLUMNS, line.decode("ascii", "replace").split(","))) if LINE.fullmatch(line) else {}
        if values and int(values["monotonic_ns"]) >= since_ns:
            found.update({column: value for column, value in values.items() if value})
    return found
