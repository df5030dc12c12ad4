"""Whole, finished run directories with chosen numbers, for tests of what reads them.

The same call writes the same files. They hold what a real run holds: run.json, a record for each
repetition, predictions, samples.csv and sampler.json.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from bench.catalog import catalog_sha256, frameworks, models
from bench.catalog.suites import find_suite
from bench.measure.profiles import find_profile
from bench.records.run import Board, Call, Conditions, Plan, Run
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER
from bench.records.schema import Boundary, Clocks, Repetition, Status, Weights, Window
from bench.records.store import write_record
from bench.runs.folder import RunFolder
from bench.runs.predictions import PREDICTION_COLUMNS

SECOND = 1_000_000_000
BOOT = "00000000-0000-4000-8000-000000000000"
BEGAN_NS = 1_790_000_000 * SECOND  # a day in September 2026
IDLE_W = 2.0
HERTZ = 10

_FPS = {"nin": 6.0, "googlenet": 3.0, "squeezenet_v1.1": 12.0, "mobilenet_v1_1.0_224": 8.0}
_FASTER = {"opencv": 1.5, "tensorflow": 1.2, "caffe": 0.8, "caffe2": 1.0}
_WATTS = {"opencv": 4.8, "tensorflow": 5.2, "caffe": 4.6, "caffe2": 4.2}
_TOP1 = {"nin": 0.58, "googlenet": 0.68, "squeezenet_v1.1": 0.58, "mobilenet_v1_1.0_224": 0.70}


def number_of(name: str, chosen: Mapping[str, float], among: Iterable[str]) -> float:
    """Return a name's chosen number; one without has a number between the others, by its place in the catalog."""
    if name in chosen:
        return chosen[name]
    low, high = min(chosen.values()), max(chosen.values())
    return round(low + (high - low) * (list(among).index(name) * 0.618 % 1), 3)


@dataclass(frozen=True)
class MadeCell:
    """A cell and the numbers that merging it shall give."""

    framework: str
    model: str
    fps: float = 10.0
    watts: float = 4.0
    top1: float = 0.6
    top5: float = 0.8
    status: Status = "ok"
    error: str | None = None
    weights: Weights = "pretrained"
    throttled: bool = False
    rates: tuple[float, ...] = ()  # of each repetition, instead of a little beside `fps`


def made_cells(suite: str = "") -> list[MadeCell]:
    """Return a cell for each framework × model of a suite, by default the paper's, each with numbers of its own."""
    cells = []
    members = find_suite(suite)
    names = [framework.name for framework in members.frameworks()], [model.name for model in members.models()]
    for name, model in product(*names):
        fps = number_of(model, _FPS, models()) * number_of(name, _FASTER, frameworks())
        top1 = number_of(model, _TOP1, models())
        cells.append(MadeCell(name, model, fps, number_of(name, _WATTS, frameworks()), top1, top1 + 0.2))
    return cells


def with_cell(cells: Sequence[MadeCell], framework: str, model: str, **changes: object) -> list[MadeCell]:
    """Return the cells with one of them changed."""
    return [
        replace(cell, **changes) if (cell.framework, cell.model) == (framework, model) else cell  # type: ignore[arg-type]
        for cell in cells
    ]


def made_run(
    runs: Path,
    run_id: str = "made",
    cells: Sequence[MadeCell] | None = None,
    *,
    board: str = "Raspberry Pi 4 Model B Rev 1.4",
    boundary: Boundary | None = "usb-input",
    profile: str = "paper",
    repetitions: int = 1,
    images: int = 20,
    predictions: int = 100,
    day: float = 0,
    conditions: Conditions | None = None,
) -> RunFolder:
    """Write a finished run, one repetition after another on the clock.

    Parameters
    ----------
    boundary
        What the meter sees; None: nobody measured power.
    images, predictions
        Timed images of each repetition; labelled images of each cell, 0 for none.
    day
        Days after the first of all made runs.
    """
    cells = made_cells() if cells is None else cells
    folder = RunFolder(runs / run_id)
    names = list(dict.fromkeys(cell.model for cell in cells))
    clocks = Clocks(boot_id=BOOT, monotonic_ns=100 * SECOND, realtime_ns=BEGAN_NS + round(day * 86_400 * SECOND))
    stretches: list[tuple[int, int, float, bool]] = []  # begin and end of what draws power, in watts, throttled or not
    at_ns = clocks.monotonic_ns + SECOND
    for cell in cells:
        for number in range(1, repetitions + 1):
            record = _repetition(cell, number, images, clocks, at_ns)
            folder.write_repetition(record)
            if record.windows:
                timed = record.windows[-1]
                stretches.append((timed.begin_ns, timed.end_ns, cell.watts, cell.throttled))
                at_ns = timed.end_ns + SECOND
        if predictions and cell.status == "ok" and cell.weights == "pretrained":
            _predict(folder, cell, predictions)
    ended = clocks.model_copy(
        update={"monotonic_ns": at_ns, "realtime_ns": clocks.realtime_ns + at_ns - clocks.monotonic_ns}
    )
    if boundary is not None:
        _sample(folder, stretches, boundary, clocks, ended)
    calls = [
        Call(
            id=name,
            framework=name,
            command=["bench", "run", name],
            image_digest=f"sha256:{_digest(name)}",
            platform="linux/arm64",
            bench_version="0.1.0",
            began=clocks,
            ended=ended,
        )
        for name in dict.fromkeys(cell.framework for cell in cells)
    ]
    plan = Plan(
        profile=find_profile(profile).model_copy(update={"repetitions": repetitions}),
        threads=4,
        models=names,
        models_sha256={cell.model: _digest(f"{cell.weights} {cell.model}") for cell in cells},
        images_sha256=_digest("images"),
        seed=1,
    )
    folder.write_run(
        Run(
            run_id=run_id,
            board=_board(board),
            conditions=conditions or Conditions(),
            plan=plan,
            catalog_sha256=catalog_sha256(),
            began=clocks,
            ended=ended,
            calls=calls,
        )
    )
    return folder


def _repetition(cell: MadeCell, number: int, images: int, clocks: Clocks, at_ns: int) -> Repetition:
    """Return a record whose mean rate is the cell's in the first repetition, and up to 1 % off in the others."""
    facts: dict[str, object] = {}
    if cell.status == "ok":
        # Symmetric around the mean: a few slow images, as many fast ones, as a real distribution has.
        spread = np.linspace(-1, 1, images) ** 3 * 0.2
        rate = cell.fps * (1 + 0.01 * ((number % 3) - 1) if number > 1 else 1)
        rate = cell.rates[number - 1] if cell.rates else rate
        latency_ns = np.rint(SECOND / rate * (1 + spread)).astype(int)
        preprocess_ns = np.full(images, SECOND // 1000)
        begin_ns = at_ns + SECOND + SECOND // 2
        facts = {
            "windows": [
                Window(name="idle", begin_ns=at_ns, end_ns=at_ns + SECOND),
                Window(name="load", begin_ns=at_ns + SECOND, end_ns=begin_ns),
                Window(name="timed", begin_ns=begin_ns, end_ns=begin_ns + int(latency_ns.sum())),
            ],
            "preprocess_ns": preprocess_ns.tolist(),
            "inference_ns": (latency_ns - preprocess_ns).tolist(),
            "load_ns": SECOND // 2,
            "first_inference_ns": SECOND // 4,
            "peak_rss_mib": 100.0 + 10 * len(cell.model),
            "build_info": {"version": "1.2.3", "blas": "OpenBLAS 0.3.29", "core": "CORTEXA72", "flags": "-O3"},
        }
    else:
        facts = {"error": cell.error, "log_tail": ["the last line"]}
    return Repetition.model_validate(
        {
            "framework": cell.framework,
            "model": cell.model,
            "repetition": number,
            "call": cell.framework,
            "clocks": clocks,
            "status": cell.status,
            "threads": 4,
            "weights": cell.weights,
            "weights_sha256": _digest(f"{cell.weights} {cell.model}"),
            **facts,
        }
    )


def _sample(
    folder: RunFolder,
    stretches: list[tuple[int, int, float, bool]],
    boundary: Boundary,
    began: Clocks,
    ended: Clocks,
) -> None:
    """Write samples of a cell's power in its timed window, with a ripple of 5 % around it; idle power elsewhere."""
    times = np.arange(began.monotonic_ns, ended.monotonic_ns, SECOND // HERTZ)
    watts = np.full(times.size, IDLE_W)
    bits = np.zeros(times.size, dtype=int)
    margin_ns = SECOND // 4
    for begin_ns, end_ns, level_w, throttled in stretches:
        within = (times >= begin_ns - margin_ns) & (times <= end_ns + margin_ns)
        watts[within] = level_w * (1 + 0.05 * np.sin(np.arange(within.sum()) * np.pi / 2))
        bits[within] = 0x5 if throttled else 0
    temp_c = 45 + 20 * (1 - np.exp(-np.arange(times.size) / 600))
    lines = [
        f"{time},{watt:.4f},5.1,{watt / 5.1:.4f},{temp:.1f},{1000 if bit else 1500},{bit:#x}"
        for time, watt, temp, bit in zip(times.tolist(), watts.tolist(), temp_c.tolist(), bits.tolist())
    ]
    (folder.path / "samples.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    record = SamplerRecord(
        meter="simulated" if boundary == "simulated" else "hwmon",
        boundary=boundary,
        uncertainty=None if boundary == "simulated" else 0.01,
        period_s=1 / HERTZ,
        samples=len(lines),
        cpu_s=1.0,
        began=began,
        ended=ended,
    )
    write_record(folder.path / "sampler.json", record)


def _predict(folder: RunFolder, cell: MadeCell, count: int) -> None:
    right, in_five = round(cell.top1 * count), round(cell.top5 * count)
    ranks = ["7,1,2,3,4"] * right + ["1,2,3,7,4"] * (in_five - right) + ["1,2,3,4,5"] * (count - in_five)
    lines = [f"image-{number:05d}.jpg,7,{classes},0.5,0.2,0.1,0.05,0.01" for number, classes in enumerate(ranks)]
    file = folder.predictions(cell.framework, cell.model)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([",".join(PREDICTION_COLUMNS), *lines]) + "\n")


def _board(model: str) -> Board:
    return Board(
        model=model,
        soc="bcm2711",
        machine="aarch64",
        cpus=4,
        memory_mib=3792,
        page_size=4096,
        kernel="6.12.47+rpt-rpi-v8",
        os="Debian GNU/Linux 12 (bookworm)",
        userland_bits=64,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
