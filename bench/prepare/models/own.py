"""A user's own classifiers: ONNX files that become models beside the catalog's, under the files' names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Optional

from bench.catalog import models
from bench.catalog.settings import InputSettings
from bench.errors import UserError
from bench.names import checked_plain_name
from bench.prepare.formats.onnx.read import read_onnx
from bench.prepare.images.imageset import ImageSet, read_set
from bench.prepare.images.layouts import list_images
from bench.records.digests import file_digest
from bench.records.schema import ChannelOrder, OwnModel

Channels = tuple[float, float, float]

SUFFIX = ".onnx"

PIXELS = 256
"""What images are prepared to, so that no input can be larger."""

TORCHVISION_MEAN = (123.675, 116.28, 103.53)
TORCHVISION_SCALE = (1 / 58.395, 1 / 57.12, 1 / 57.375)
"""RGB, 255 times the mean, and one by 255 times the standard deviation, of ImageNet's pixels between 0 and 1: what
torchvision's weights, and most that are trained with PyTorch, are trained with."""

BACKGROUND_CLASSES = 1001
"""TensorFlow's models of the 1000 classes, which count a background as the first."""


def own_files(settings: InputSettings) -> list[Path]:
    """Return the user's ONNX files, of a folder all that lie in it; raises UserError if there are none."""
    found: list[Path] = []
    for path in settings.onnx:
        inside = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not inside:
            raise UserError(f"the folder {path} has no file named MODEL{SUFFIX}; give one that has, or the file itself")
        found += inside
    return found


def read_own(settings: InputSettings) -> list[OwnModel]:
    """Read the user's ONNX files whole, each of which becomes a model; nothing is changed.

    Raises
    ------
    UserError
        If a file can't be taken over, its name is none or another's, or what is said of the input makes no sense.
    """
    said = [f"--{name}" for name in ("order", "mean", "scale") if getattr(settings, name)]
    if said and not settings.onnx:
        raise UserError(
            f"{' and '.join(said)} tell of a model of your own; give its file with --onnx, or leave them out"
        )
    order, mean, scale = _input(settings)
    found: dict[str, OwnModel] = {}
    for path in own_files(settings):
        name = _name(path)
        if name in found:
            raise UserError(f"two files are called {path.name}, and a model has its file's name: rename one")
        graph, _ = read_onnx(path, name)
        _, _, height, width = graph.input_shape
        if max(height, width) > PIXELS:
            raise UserError(
                f"{path} takes {width} × {height} pixels, and images are prepared to {PIXELS} × {PIXELS}: export it "
                "for an input within that"
            )
        found[name] = OwnModel(
            name=name,
            file=path.name,
            sha256=file_digest(path, "sha256"),
            height=height,
            width=width,
            order=order,
            mean=mean,
            scale=scale[0] if len(set(scale)) == 1 else scale,
            classes=graph.shapes[graph.output][1],
        )
    return list(found.values())


def assumed(settings: InputSettings) -> str:
    """Return what is assumed of the input of the user's files, and how to mend it; empty if all is said."""
    if not settings.onnx or (settings.mean and settings.order):
        return ""
    order, mean, scale = _input(settings)
    whole = f", mean {_text(mean)}, scale {_text(scale)}, as torchvision's models are trained"
    return (
        f"its input is taken as {order}{'' if settings.mean else whole}, for nobody says otherwise; if that is wrong "
        "so is its accuracy: give --order, --mean and --scale"
    )


def require_labels(own: Sequence[OwnModel], names: Iterable[str], images: Path | None, prepared: Path) -> None:
    """Raise UserError unless labelled images are labelled for all these models.

    Parameters
    ----------
    own : sequence of OwnModel
        Those of the models that are the user's own.
    names : iterable of str
        All models that are to be measured on them.
    images : Path or None
        The folder they are prepared from; None keeps what is prepared.
    """
    if not own:
        return
    classes = {one.name: one.classes for one in own}
    highest = _highest_label(images, prepared)
    if highest is None:
        return
    classes.update({name: models()[name].classes for name in names if name in models()})
    others = "give images that are labelled for it, or without labels, which leaves accuracy empty"
    for name, count in classes.items():
        if highest >= count:
            raise UserError(
                f"{name} tells {count} classes apart, 0 to {count - 1}, and the images' labels go to {highest}: "
                + others
            )
        if count == BACKGROUND_CLASSES:
            raise UserError(
                f"{name} has {count} classes, as TensorFlow's models that count a background first, so that every "
                f"label would be off by one: export it without that class, or {others}"
            )
    if len(set(classes.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in classes.items())
        raise UserError(
            f"the models don't tell the same classes apart ({told}), and the images are labelled for one kind: measure "
            "them in runs of their own (--models), or on images without labels"
        )


def _highest_label(images: Path | None, prepared: Path) -> Optional[int]:
    if images is not None:
        return max((one.label for one in list_images(images).images if one.label is not None), default=None)
    folder = prepared / "images"
    if not (folder / "set.json").exists() or not read_set(folder).labelled:
        return None
    return max((row.label for row in ImageSet(folder).rows() if row.label is not None), default=None)


def _name(path: Path) -> str:
    if path.suffix != SUFFIX:
        raise UserError(f"{path} does not end in {SUFFIX}; --onnx takes ONNX files, and calls each model by its file")
    name = checked_plain_name(path.stem, f"a model ({path})")
    known = next((other for other in models() if other.startswith(name.lower())), None)
    if known is not None:
        raise UserError(f"{path}: '{name}' means the catalog's {known}; rename the file, as to my_{path.name}")
    if name == "images":
        raise UserError(f"{path}: beside the prepared models 'images' is taken; rename the file, as to my_{path.name}")
    return name


def _input(settings: InputSettings) -> tuple[ChannelOrder, Channels, Channels]:
    """Return order, mean and scale: what is given, else torchvision's."""
    order = settings.order.upper() or "RGB"
    if order not in ("RGB", "BGR"):
        raise UserError(f"--order '{settings.order}' is neither RGB nor BGR")
    given = {"--mean": settings.mean, "--scale": settings.scale}
    missing = [option for option, text in given.items() if not text]
    if len(missing) == 2 and order == "RGB":
        return "RGB", TORCHVISION_MEAN, TORCHVISION_SCALE
    if missing:
        raise UserError(
            f"{' and '.join(missing)} of the input {'is' if len(missing) == 1 else 'are'} not said: --order, --mean "
            "and --scale belong together, and a mean of 0 and a scale of 1 leave the pixels as they are"
        )
    mean, scale = _numbers("--mean", settings.mean), _numbers("--scale", settings.scale)
    if 0 < max(map(abs, mean)) <= 1:
        raise UserError(
            f"--mean {settings.mean} is of pixels between 0 and 1; here they are between 0 and 255: multiply it by "
            "255, and give as --scale 1/(255 × the standard deviation), as in 1/58.395"
        )
    if 0 in scale:
        raise UserError(f"--scale {settings.scale} makes every pixel the same; give the factor after the subtraction")
    return ("BGR" if order == "BGR" else "RGB"), mean, scale


def _numbers(option: str, text: str) -> Channels:
    """Read one number for all channels or three, each of which may be a fraction."""
    try:
        parts = [part.partition("/") for part in text.split(",")]
        found = [float(above) / float(below or 1) for above, _, below in parts]
    except (ValueError, ZeroDivisionError):
        found = []
    if len(found) not in (1, 3) or not all(map(math.isfinite, found)):
        raise UserError(
            f"{option} takes one number, or three joined by commas in the order of the channels, as in "
            f"{_text(TORCHVISION_MEAN)} or 1/58.395,1/57.12,1/57.375, not '{text}'"
        )
    one, two, three = found * 3 if len(found) == 1 else found
    return one, two, three


def _text(values: Iterable[float]) -> str:
    return ",".join(f"{value:.6g}" for value in values)
