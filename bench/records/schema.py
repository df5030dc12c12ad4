"""The one vocabulary that every part shares: what files of a run are made of, and a repetition's record."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple, Optional, Union

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bench.names import PLAIN_NAME, printable
from bench.records.files import SCHEMA_VERSION as SCHEMA_VERSION

Status = Literal["ok", "failed", "timeout", "oom", "sigill", "throttled", "interrupted", "unavailable"]
Weights = Literal["pretrained", "synthetic", "own"]
"""The published ones, random numbers, or those of a user's own ONNX file."""
WindowName = Literal["idle", "load", "warm-up", "timed", "unsampled", "accuracy"]
Precision = Literal["fp32", "fp16", "int8"]
"""In what numbers a network is computed: the third axis of a cell, beside framework and model."""

ChannelOrder = Literal["BGR", "RGB"]
Scaling = Union[float, tuple[float, float, float]]
"""A factor of the preprocessing, the same for all channels or one for each."""

Form = Literal["caffe", "graph", "onnx", "tflite"]
"""How a prepared model is stored: Caffe's two files, graph.json with weights.npz, an ONNX or a TFLite file."""

Boundary = Literal["wall", "usb-input", "pmic-rails", "cpu-package", "simulated"]

Nanoseconds = Annotated[int, Field(ge=0, lt=2**63)]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0, le=1e12)]
"""A quantity that is never negative, in whatever unit: nothing here comes near its limit."""
Spread = Annotated[float, Field(ge=0)]
"""A bound of an interval, which two repetitions that have nothing in common put anywhere."""
Scatter = Annotated[float, Field(ge=0, le=100)]
"""A standard deviation of natural logarithms: the largest amount by the smallest has one below this."""
Positive = Annotated[float, Field(gt=0, ge=1e-12, le=1e12)]


class Record(BaseModel):
    """A file's content: unknown fields are refused, so that a foreign file is noticed.

    Numbers are finite, and texts such as may be printed, whatever stands in the file.
    """

    model_config = ConfigDict(extra="forbid", protected_namespaces=(), allow_inf_nan=False)

    @field_validator("*", mode="after")
    @classmethod
    def _may_be_printed(cls, value: Any) -> Any:
        if isinstance(value, str):
            return printable(value)
        if isinstance(value, list) and value and isinstance(value[0], str):
            return [printable(one) if isinstance(one, str) else one for one in value]
        return value


class Variant(NamedTuple):
    """A model in a precision: what a framework measures as one cell."""

    model: str
    precision: Precision = "fp32"

    @property
    def name(self) -> str:
        """What its files are called: `nin`, `nin@int8`. Float32 has no suffix, nor had it before there were others."""
        return self.model if self.precision == "fp32" else f"{self.model}@{self.precision}"


def variant_of(name: str) -> Variant:
    """Return the variant whose name that is.

    >>> variant_of("nin"), variant_of("nin@int8").precision
    (Variant(model='nin', precision='fp32'), 'int8')
    """
    model, _, precision = name.partition("@")
    return Variant(model, precision or "fp32")  # type: ignore[arg-type]


class Clocks(Record):
    """One instant on both clocks, which ties this boot's monotonic clock to the calendar.

    Attributes
    ----------
    boot_id
        The kernel's random id of this boot; monotonic times of different boots don't compare.
    monotonic_ns, realtime_ns
        CLOCK_MONOTONIC and CLOCK_REALTIME at that instant, in nanoseconds.
    """

    boot_id: str
    monotonic_ns: Nanoseconds
    realtime_ns: Nanoseconds


class Window(Record):
    """A marked stretch of time on CLOCK_MONOTONIC, in nanoseconds."""

    name: WindowName
    begin_ns: Nanoseconds
    end_ns: Nanoseconds


class OwnModel(Record):
    """A user's own classifier, which the catalog does not know: its ONNX file, and what its input is.

    Attributes
    ----------
    name
        The file's, without its ending: what it is called everywhere, and its folders too.
    height, width, order, mean, scale, classes
        As in `prepare.models.prepared.ModelRecord`.
    """

    name: Annotated[str, Field(pattern=PLAIN_NAME)]
    file: str
    sha256: str
    height: int
    width: int
    order: ChannelOrder
    mean: tuple[float, float, float]
    scale: Scaling
    classes: int

    @property
    def origin(self) -> str:
        """Where it comes from, in words."""
        return f"{self.file}, sha256 {self.sha256}"

    @property
    def told(self) -> str:
        """The file and what it takes, in words."""
        scales = self.scale if isinstance(self.scale, tuple) else (self.scale,)
        mean, scale = (",".join(f"{value:.6g}" for value in values) for values in (self.mean, scales))
        return f"{self.file} ({self.sha256[:12]}), {self.width}×{self.height} {self.order}, mean {mean}, scale {scale}"


class Repetition(Record):
    """`cells/FRAMEWORK/VARIANT/rep-NN.json`: one fresh process that measured one cell.

    Attributes
    ----------
    preprocess_ns, inference_ns
        One entry for each image of the timed window, in nanoseconds.
    unsampled_ns
        One entry for each image of the window in which the sampler paused.
    idle_load, timed_load
        Share of the processor that something else took in the idle windows, and in the timed one; None where it was not
        looked at.
    model_bytes
        Size of the prepared model (`prepare.models.prepared.PreparedModel.size`); None in runs of older versions.
    load_ns, first_inference_ns
        Loading the model, and the first inference after it, which takes part in nothing else.
    predictions_sha256, images_classified
        Digest of the cell's predictions and how many there are, in the record of the repetition that made them.
    log_tail
        The last lines the process printed, where it did not end well.
    """

    schema_version: int = SCHEMA_VERSION
    framework: str
    model: str
    precision: Precision = "fp32"
    repetition: Count
    call: str
    clocks: Clocks
    status: Status
    error: Optional[str] = None
    log_tail: list[str] = []
    threads: int
    weights: Optional[Weights] = None
    weights_sha256: Optional[str] = None
    model_bytes: Optional[Count] = None
    windows: list[Window] = []
    preprocess_ns: list[Nanoseconds] = []
    inference_ns: list[Nanoseconds] = []
    unsampled_ns: list[Nanoseconds] = []
    idle_load: Optional[float] = None
    timed_load: Optional[float] = None
    load_ns: Optional[Nanoseconds] = None
    first_inference_ns: Optional[Nanoseconds] = None
    predictions_sha256: Optional[str] = None
    images_classified: Optional[Count] = None
    peak_rss_mib: Optional[Amount] = None
    build_info: dict[str, Any] = {}

    @property
    def variant(self) -> Variant:
        """What was measured."""
        return Variant(self.model, self.precision)
