"""What a run comes to: the columns of results.csv, and results.json around them."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

from pydantic import Field

from bench.records.findings import Finding
from bench.records.notes import Note
from bench.records.run import Board, Conditions, Plan
from bench.records.schema import (
    SCHEMA_VERSION,
    Amount,
    Boundary,
    Count,
    Positive,
    Precision,
    Record,
    Scatter,
    Share,
    Spread,
    Status,
    Variant,
    Weights,
)


class Row(Record):
    """One row of results.csv: a cell. None (an empty field) means not measured.

    Shares are fractions (0.64, not 64), times as the names say, power in watts, energy in joules,
    figures of merit in correctly classified images per joule.

    Attributes
    ----------
    power_uncertainty
        Relative uncertainty of the power as the meter's maker states it (0.01 = 1 %).
    energy_net_j_per_image
        Energy above what the idle board takes in the same time, by the idle windows before and after.
    …_ci95_low, …_ci95_high
        95 % interval (`bench.records.statistics.interval`): Student's t on the logarithms of the repetitions, for
        power, energy and merit together with the meter's uncertainty. None below two repetitions, from which nobody
        knows the scatter; of power, energy and merit None too if the meter's uncertainty is unknown. Accuracy is taken
        as given in those of merit: comparing models adds its own part.
    …_sd_log
        Standard deviation of the natural logarithms of the repetitions' values (0.01: they scatter by 1 %), without
        the meter's part: with `repetitions` all that comparing needs. That of `fom` is of images per joule.
    images_before_fall
        Images of each repetition that count, at least, where its window was ended because the clock fell (profile
        `paper`); None where none was.
    top1_loss
        Top-1 of the same framework in float32 minus this one's, over the images that both classified; negative where
        this one does better. None in float32, and without the other. Its interval goes by pairs of images.
    power_spread
        (largest - smallest) ÷ mean power of a repetition, their mean.
    steady
        Whether no repetition's timed window had a trend, nor the repetitions two modes or a drift.
    drift
        Natural logarithm of the ratio of the run's first cell's throughput, measured once more at the end, to its
        first. None where frameworks took turns, so that a drift meets all alike, or nobody measured it.
    schema_version
        Of the table that the row was read from or is written to; a table without this column has schema 1.
    boot_id … images_sha256
        What else may differ between two runs, as run.json has it.
    model_mib
        Size of the prepared model as an ONNX file in that precision; of a framework's own weights, of all its files.
    accuracy_platform
        What the images were classified on, where that was done in shards; None where the board itself did it.
    """

    run_id: str
    board: str
    platform: Optional[str] = None
    framework: str
    framework_version: Optional[str] = None
    image_digest: Optional[str] = None
    model: str
    precision: Precision = "fp32"
    weights: Optional[Weights] = None
    weights_sha256: Optional[str] = None
    threads: Optional[Count] = None
    status: Status
    error: Optional[str] = None
    repetitions: Count = 0
    images_timed: Optional[Count] = None
    preprocess_ms: Optional[Amount] = None
    inference_ms: Optional[Amount] = None
    latency_ms_p50: Optional[Amount] = None
    latency_ms_p95: Optional[Amount] = None
    latency_ms_p99: Optional[Amount] = None
    throughput_fps: Optional[Positive] = None
    throughput_ci95_low: Optional[Spread] = None
    throughput_ci95_high: Optional[Spread] = None
    images_classified: Optional[Count] = None
    top1: Optional[Share] = None
    top5: Optional[Share] = None
    top1_source: Optional[Literal["measured", "published"]] = None
    top1_loss: Annotated[Optional[float], Field(ge=-1, le=1)] = None
    top1_loss_ci95_low: Optional[float] = None
    top1_loss_ci95_high: Optional[float] = None
    power_w_min: Optional[Amount] = None
    power_w_mean: Optional[Amount] = None
    power_w_max: Optional[Amount] = None
    power_w_idle: Optional[Amount] = None
    power_uncertainty: Optional[Amount] = None
    energy_j_per_image: Optional[Amount] = None
    energy_net_j_per_image: Optional[float] = None
    fom_top1: Optional[Amount] = None
    fom_top1_ci95_low: Optional[Spread] = None
    fom_top1_ci95_high: Optional[Spread] = None
    fom_top5: Optional[Amount] = None
    fom_top5_ci95_low: Optional[Spread] = None
    fom_top5_ci95_high: Optional[Spread] = None
    load_s: Optional[Amount] = None
    first_inference_ms: Optional[Amount] = None
    peak_rss_mib: Optional[Amount] = None
    temp_c_max: Optional[float] = None
    arm_mhz_min: Optional[Amount] = None
    throttled: Optional[bool] = None
    meter: Optional[str] = None
    boundary: Optional[Boundary] = None
    schema_version: int = SCHEMA_VERSION
    throughput_sd_log: Optional[Scatter] = None
    latency_ms_p50_ci95_low: Optional[Spread] = None
    latency_ms_p50_ci95_high: Optional[Spread] = None
    latency_ms_p50_sd_log: Optional[Scatter] = None
    latency_ms_p95_ci95_low: Optional[Spread] = None
    latency_ms_p95_ci95_high: Optional[Spread] = None
    latency_ms_p95_sd_log: Optional[Scatter] = None
    power_w_mean_ci95_low: Optional[Spread] = None
    power_w_mean_ci95_high: Optional[Spread] = None
    power_w_mean_sd_log: Optional[Scatter] = None
    power_spread: Optional[Amount] = None
    power_spread_sd_log: Optional[Scatter] = None
    energy_j_per_image_ci95_low: Optional[Spread] = None
    energy_j_per_image_ci95_high: Optional[Spread] = None
    energy_j_per_image_sd_log: Optional[Scatter] = None
    energy_net_j_per_image_ci95_low: Optional[float] = None
    energy_net_j_per_image_ci95_high: Optional[float] = None
    energy_net_j_per_image_sd_log: Optional[Scatter] = None
    fom_sd_log: Optional[Scatter] = None
    peak_rss_mib_sd_log: Optional[Scatter] = None
    images_before_fall: Optional[Count] = None
    steady: Optional[bool] = None
    drift: Annotated[Optional[float], Field(ge=-100, le=100)] = None
    boot_id: Optional[str] = None
    max_mhz: Optional[Amount] = None
    governor: Optional[str] = None
    cooling: Optional[str] = None
    ambient_c: Optional[float] = None
    power_supply: Optional[str] = None
    kernel: Optional[str] = None
    images_sha256: Optional[str] = None
    accuracy_platform: Optional[str] = None
    model_mib: Optional[Amount] = None

    @property
    def variant(self) -> Variant:
        """What was measured."""
        return Variant(self.model, self.precision)


RESULT_COLUMNS = tuple(Row.model_fields)
"""Columns of results.csv, in order."""


class SamplerCost(Record):
    """Throughput beside the sampler divided by that without it, with the 95 % interval over that many cells."""

    ratio: float
    ci95_low: Optional[float] = None
    ci95_high: Optional[float] = None
    cells: int


class Stretch(Record):
    """Means over a stretch of a window; latencies in milliseconds."""

    throughput_fps: Optional[float] = None
    latency_ms_p50: Optional[float] = None
    latency_ms_p95: Optional[float] = None
    power_w: Optional[float] = None
    temp_c: Optional[float] = None
    arm_mhz: Optional[float] = None


class Sustained(Record):
    """What became of a cell in the heat.

    Attributes
    ----------
    first, plateau
        The first minute, and the last third; None if that is not steady, so that no plateau was reached.
    clock_fell_s
        Seconds after which the clock was first seen below 95 % of what it began with; None if it never was.
    images_per_joule, correct_images_per_joule
        Over the whole of it.
    """

    framework: str
    model: str
    precision: Precision = "fp32"
    minutes: float
    first: Stretch
    plateau: Optional[Stretch] = None
    clock_fell_s: Optional[float] = None
    images_per_joule: Optional[float] = None
    correct_images_per_joule: Optional[float] = None

    @property
    def variant(self) -> Variant:
        """What was measured."""
        return Variant(self.model, self.precision)


class Results(Record):
    """`results.json`: the rows with what they were measured on, and what to know when reading them."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    board: Board
    conditions: Conditions = Conditions()
    plan: Plan
    rows: list[Row]
    warnings: list[Note] = Field(default_factory=list)
    sampler_cost: Optional[SamplerCost] = None
    sustained: list[Sustained] = Field(default_factory=list)
    doctor: list[Finding] = Field(default_factory=list)
