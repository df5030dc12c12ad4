"""The one vocabulary that every part shares: what the files of a run directory hold."""

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


class Board(Record):
    """The computer that was measured.

    Attributes
    ----------
    model
        As the firmware names it (`Raspberry Pi 4 Model B Rev 1.4`), or the processor's name on another computer.
    revision
        The board's revision code, in hexadecimal; None on another computer than a Raspberry Pi.
    governor
        The cpufreq governor of the first processor core; None where there is no frequency scaling.
    max_mhz
        The highest clock that the governor may choose, in MHz: boards of one name are sold, and set, to several.
    memory_limits
        Whether a container's memory limit takes effect; None where that can't be told.
    simulated
        True where temperature, clock, throttling and power come from a simulated board: only the speeds are real, and
        they are this computer's.
    spec
        What `--board` asked for, where simulated; None in runs of older versions.
    emulated
        True where the processor's instructions are emulated: such speeds and watts say nothing about a board.
    """

    model: str
    soc: Optional[str] = None
    revision: Optional[str] = None
    machine: str
    cpus: int
    memory_mib: int
    page_size: int
    kernel: str
    os: str
    userland_bits: int
    governor: Optional[str] = None
    max_mhz: Optional[float] = None
    memory_limits: Optional[bool] = None
    emulated: bool = False
    simulated: bool = False
    spec: Optional[str] = None


class Conditions(Record):
    """What the board can't tell of its surroundings, as the user states it."""

    ambient_c: Optional[float] = None
    power_supply: Optional[str] = None
    cooling: Optional[str] = None


class Profile(Record):
    """How long and how often to measure.

    Attributes
    ----------
    idle_s
        Seconds of each idle window: one before loading, one after the timed window.
    warmup_images, warmup_s
        Before the timed window: at least so many inferences and so many seconds.
    timed_images, timed_s
        The timed window lasts until both are reached: this many images and this many seconds.
    accuracy_images
        Labelled images to classify; None means every one given.
    repetitions, repetitions_max
        Fresh processes per cell: at least, and at most until throughput is known to `ci_target`.
    ci_target
        Half-width of the 95 % interval of throughput, relative to it, at which repeating stops; None: never repeat
        more.
    cool_down
        Before each repetition, wait until the board is back at its starting temperature.
    sustained
        Whether it measures what becomes of a cell in the heat: then a falling clock is a finding and no fault.
    cut_clock, cut_images
        Where the clock falls below this share of what it began with the timed window ends, and what came before counts
        if there are so many images; None: a falling clock spoils the cell.
    unsampled_s
        Seconds that the first repetition measures once more, while the sampler pauses: what sampling costs.
    """

    name: str
    idle_s: float
    warmup_images: int
    timed_images: int
    timed_s: float
    accuracy_images: Optional[int] = None
    repetitions: int = 1
    repetitions_max: int = 1
    ci_target: Optional[float] = None
    cool_down: bool = False
    warmup_s: float = 0
    sustained: bool = False
    cut_clock: Optional[float] = None
    cut_images: int = 0
    unsampled_s: float = 0

    @property
    def repetition_s(self) -> float:
        """Seconds that a repetition takes at least, without classifying."""
        return 2 * self.idle_s + self.warmup_s + self.timed_s

    @property
    def cell_s(self) -> float:
        """Seconds that a cell takes at least."""
        return self.repetitions * self.repetition_s + self.unsampled_s


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


class Plan(Record):
    """What a run measures, made once, when it is opened.

    Attributes
    ----------
    frameworks
        Those that are to be measured; None in runs of older versions, which only know those that were begun.
    source
        Whose own files are measured (`catalog/native.toml`); empty for the weights that every framework shares.
    accuracy
        Whether the board classifies the labelled images too; else `bench classify` does, anywhere, in shards.
    precisions
        In each of which every model is measured; float32 alone in runs of older versions.
    models_sha256
        The weights' digest by `Variant.name`.
    own
        Those of the models that are the user's own.
    """

    profile: Profile
    accuracy: bool = True
    source: str = ""
    frameworks: Optional[list[str]] = None
    threads: int
    models: list[str]
    precisions: list[Precision] = ["fp32"]
    models_sha256: dict[str, str]
    own: list[OwnModel] = []
    images_sha256: str
    seed: int

    @property
    def variants(self) -> list[Variant]:
        """Every model in every precision: the cells of one framework."""
        return [Variant(model, precision) for model in self.models for precision in self.precisions]


class Call(Record):
    """One `bench run` call within a run.

    Attributes
    ----------
    image_digest
        The id of the image that it ran in, where `bench up` started it.
    source_sha256
        Of the source of the bench that measured (`bench.source`); None in runs of older versions.
    temp_c
        The processor's temperature when it began.
    """

    id: str
    framework: str
    command: list[str]
    image_digest: Optional[str] = None
    platform: str
    bench_version: str
    source_sha256: Optional[str] = None
    temp_c: Optional[float] = None
    began: Clocks
    ended: Optional[Clocks] = None


class Run(Record):
    """`run.json`; `source_sha256` is of the source of the bench that opened it."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    board: Board
    conditions: Conditions = Conditions()
    plan: Plan
    catalog_sha256: str
    source_sha256: Optional[str] = None
    began: Clocks
    ended: Optional[Clocks] = None
    calls: list[Call] = []


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
