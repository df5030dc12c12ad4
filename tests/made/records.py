"""Small runs of one cell, record by record."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bench.board.clocks import now
from bench.measure.profiles import find_profile
from bench.records.columns import Row
from bench.records.run import Call, Plan
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER
from bench.records.schema import Repetition, Window
from bench.records.store import write_record
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from bench.runs.open import open_run
from bench.runs.predictions import PREDICTION_COLUMNS

SECOND = 1_000_000_000

PREDICTIONS = ",".join(PREDICTION_COLUMNS)


def new_run(tmp_path: Path, models: list[str] | None = None, profile: str = "smoke") -> RunFolder:
    models = models or ["googlenet"]
    plan = Plan(
        profile=find_profile(profile),
        threads=2,
        models=models,
        models_sha256=dict.fromkeys(models, "aa"),
        images_sha256="cc",
        seed=1,
    )
    folder = open_run(tmp_path, plan, "r")
    call = Call(id="s", framework="opencv", command=[], platform="linux/amd64", bench_version="0", began=now())
    folder.write_run(folder.read_run().model_copy(update={"calls": [call]}))
    return folder


def repetition(number: int = 1, begin_s: int = 100, **fields: object) -> Repetition:
    """Return 20 images of 1 ms + 99 ms: ten a second, in a timed window of two seconds after an idle one of one.

    Where other times take longer, the window does.
    """
    times_ns = [*fields.get("preprocess_ns", [1_000_000] * 20), *fields.get("inference_ns", [99_000_000] * 20)]  # type: ignore[call-overload]
    timed_ns = max(2 * SECOND, int(sum(times_ns)))
    return Repetition.model_validate(
        {
            "framework": "opencv",
            "model": "googlenet",
            "repetition": number,
            "call": "s",
            "clocks": now(),
            "status": "ok",
            "threads": 2,
            "weights": "pretrained",
            "weights_sha256": "aa",
            "windows": [
                Window(name="idle", begin_ns=(begin_s - 1) * SECOND, end_ns=begin_s * SECOND),
                Window(name="timed", begin_ns=begin_s * SECOND, end_ns=begin_s * SECOND + timed_ns),
            ],
            "preprocess_ns": [1_000_000] * 20,
            "inference_ns": [99_000_000] * 20,
            "load_ns": SECOND // 2,
            "first_inference_ns": SECOND // 4,
            "peak_rss_mib": 100.0,
            "build_info": {"version": "4.14"},
            **fields,
        }
    )


def sample(folder: RunFolder, watts: float, begin_s: float = 98, end_s: float = 104, throttled: str = "0x0") -> None:
    """Sample the watts around each timed window, which begins at a multiple of 100 s, and half of them elsewhere."""
    slots = range(int(begin_s * 10), int(end_s * 10) + 1)
    power = {slot: watts if slot % 1000 <= 21 else watts / 2 for slot in slots}
    lines = [f"{slot * SECOND // 10},{power[slot]},,,55.5,1500,{throttled}" for slot in slots]
    content = "\n".join([HEADER, *lines]) + "\n"
    (folder.path / "samples.csv").write_text(content)
    record = SamplerRecord(
        meter="hwmon",
        boundary="usb-input",
        period_s=0.1,
        samples_sha256=hashlib.sha256(content.encode()).hexdigest(),
        began=now(),
        ended=now(),
    )
    write_record(folder.path / "sampler.json", record)


def predict(folder: RunFolder, right: int, in_five: int, wrong: int) -> None:
    classes = ["7,7,1,2,3,4"] * right + ["7,1,2,3,7,4"] * in_five + ["7,1,2,3,4,5"] * wrong
    lines = [f"{number}.jpg,{line}" for number, line in enumerate(classes)]
    file = folder.predictions("opencv", "googlenet")
    file.parent.mkdir(parents=True)
    file.write_text("\n".join([PREDICTIONS, *(f"{line},1,0,0,0,0" for line in lines)]) + "\n")


def only_row(folder: RunFolder) -> Row:
    (row,) = merge(folder).rows
    return row


PLAN = Plan(
    profile=find_profile("smoke"),
    threads=2,
    models=["nin", "googlenet"],
    models_sha256={"nin": "aa", "googlenet": "bb"},
    images_sha256="cc",
    seed=1,
)
