"""What `run.json` holds: the board, the plan that was made when the run was opened, and the calls that measured."""

from __future__ import annotations

from typing import Optional

from bench.records.schema import SCHEMA_VERSION, Clocks, OwnModel, Precision, Record, Variant


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
    precisions: list[Precision] = ["fp32"]  # noqa: RUF012  (pydantic copies it)
    models_sha256: dict[str, str]
    own: list[OwnModel] = []  # noqa: RUF012  (pydantic copies it)
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
    calls: list[Call] = []  # noqa: RUF012  (pydantic copies it)
