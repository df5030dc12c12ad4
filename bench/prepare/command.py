"""`bench prepare`: the models, then the images, with what the user sees of it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.catalog import Model, NativeSource
from bench.output import say
from bench.prepare.images.imageset import ImageSet
from bench.prepare.images.prepare import prepare_images
from bench.prepare.models.native import prepare_native
from bench.prepare.models.shared import prepare_models
from bench.records.files import refuse_links
from bench.records.schema import Precision
from bench.records.store import exclusive

LOG_INTERVAL_S = 10.0


def prepare_all(
    models: Iterable[Model],
    precisions: Iterable[Precision],
    weights: Path | None,
    images: Path | None,
    folder: Path,
    console: Console,
    source: NativeSource | None = None,
    onnx: Iterable[Path] = (),
) -> None:
    """Prepare models and images into `folder`, from the user's folders where they are given.

    With a `source`, a framework's own files of the models instead of those that every framework shares.
    `onnx` are the files of those models that are the user's own.

    Raises
    ------
    UserError
        If what is given or found is wrong; what was prepared before stays.
    """
    tell = partial(say, console)

    def warn(sentence: str) -> None:
        say(console, f"! {sentence}", "bold yellow")

    refuse_links(folder)
    # First, so that what is wrong with them is told before anything is downloaded.
    busy = f"another 'bench prepare' is at work in {folder}; wait until it has ended"
    with exclusive(folder / ".images.lock", busy), _ImageProgress(console) as progress:
        prepare_images(images, folder / "images", progress.show, progress.say)
    if source:
        prepare_native(source, models, folder, weights, tell)
    else:
        prepared = prepare_models(models, folder, weights, tell, warn, onnx)
        if "int8" in precisions:
            from bench.prepare.models.quantised import prepare_int8  # which takes seconds to import

            prepare_int8(prepared, folder, ImageSet(folder / "images"), tell)


class _ImageProgress:
    """A bar on a terminal, now and then a line in a log."""

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = TextColumn("images"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self._bar = Progress(*columns, console=console, transient=True) if console.is_terminal else None
        self._task = self._bar.add_task("images", total=None) if self._bar else None
        self._last = time.monotonic()

    def __enter__(self) -> _ImageProgress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def say(self, sentence: str) -> None:
        say(self._console, sentence)

    def show(self, done: int, total: int) -> None:
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)
        elif time.monotonic() - self._last > LOG_INTERVAL_S:
            self._last = time.monotonic()
            self.say(f"images: {done:,} of {total:,}")
