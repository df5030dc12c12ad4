"""Rows of results made by hand, for tests of what is decided on them."""

from __future__ import annotations

from bench.catalog import frameworks, models
from bench.records.columns import Row
from tests.made.runs import number_of

FPS = {
    "opencv": {"nin": 6.0, "googlenet": 4.0, "squeezenet_v1.1": 16.0, "mobilenet_v1_1.0_224": 10.0},
    "tensorflow": {"nin": 5.0, "googlenet": 3.0, "squeezenet_v1.1": 12.0, "mobilenet_v1_1.0_224": 8.0},
    "caffe": {"nin": 2.0, "googlenet": 1.0, "squeezenet_v1.1": 5.0, "mobilenet_v1_1.0_224": 2.5},
    "caffe2": {"nin": 2.1, "googlenet": 1.1, "squeezenet_v1.1": 5.2, "mobilenet_v1_1.0_224": 4.0},
}
WATTS = {"opencv": 4.0, "tensorflow": 4.5, "caffe": 5.0, "caffe2": 4.0}
SPREAD_W = {"opencv": 0.1, "tensorflow": 0.5, "caffe": 0.6, "caffe2": 0.7}
TOP1 = {"nin": 0.55, "googlenet": 0.68, "squeezenet_v1.1": 0.58, "mobilenet_v1_1.0_224": 0.70}


SCATTERED = [name for name in Row.model_fields if name.endswith("_sd_log")]
SD_LOG = 0.002
"""Repetitions of made rows scatter by 0.2 %."""


def made_row(framework: str, model: str, **fields: object) -> Row:
    """Return a whole row of the paper's world; what follows from other fields (energy, merit) follows here too."""
    speed = number_of(model, FPS.get(framework, FPS["caffe2"]), models())
    spread_w = number_of(framework, SPREAD_W, frameworks())
    values: dict[str, object] = {
        "run_id": "made",
        "board": "Raspberry Pi 3 Model B Rev 1.2",
        "framework": framework,
        "model": model,
        "weights": "pretrained",
        "status": "ok",
        "repetitions": 3,
        **dict.fromkeys(SCATTERED, SD_LOG),
        "throughput_fps": speed,
        "latency_ms_p95": 1100 / speed,
        "top1": number_of(model, TOP1, models()),
        "top1_source": "measured",
        "images_classified": 50_000,
        "power_w_mean": number_of(framework, WATTS, frameworks()),
        "peak_rss_mib": 100.0,
        "weights_sha256": f"of {model}",
        "images_sha256": "of the images",
        "power_uncertainty": 0.01,
        "meter": "hwmon",
        "boundary": "usb-input",
        **fields,
    }
    fps, watts, top1 = (values[name] for name in ("throughput_fps", "power_w_mean", "top1"))
    if isinstance(fps, float) and isinstance(watts, float):
        values.setdefault("energy_j_per_image", watts / fps)
        values.setdefault("power_w_min", watts - spread_w / 2)
        values.setdefault("power_w_max", watts + spread_w / 2)
        low, high = (values[name] for name in ("power_w_min", "power_w_max"))
        if isinstance(low, float) and isinstance(high, float):
            values.setdefault("power_spread", (high - low) / watts)
        if isinstance(top1, float):
            values.setdefault("fom_top1", top1 * fps / watts)
    return Row.model_validate(values)


def made_rows(**changes: dict[str, object]) -> list[Row]:
    """Return the sixteen rows, with changed fields for each `FRAMEWORK_MODEL` (by the model's first three letters)."""
    return [
        made_row(framework, model, **changes.get(f"{framework}_{model[:3]}", {}))
        for framework, speeds in FPS.items()
        for model in speeds
    ]
