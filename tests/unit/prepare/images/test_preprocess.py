from __future__ import annotations

import numpy as np
import pytest

from bench.prepare.images.preprocess import preprocess
from bench.prepare.models.prepared import ModelRecord, Provenance

ALEXNET_MEAN = (104.0, 117.0, 123.0)
MOBILENET_MEAN = (103.94, 116.78, 123.68)


def record(height: int, width: int, mean: tuple[float, float, float], scale: float) -> ModelRecord:
    return ModelRecord(
        name="net",
        title="Net",
        height=height,
        width=width,
        mean=mean,
        scale=scale,
        classes=1000,
        input_name="data",
        output_name="prob",
        weights="synthetic",
        provenance=Provenance(graph="", weights="", weights_sha256="", licence=""),
        sha256={},
    )


@pytest.mark.parametrize(
    ("height", "width", "mean", "scale"),
    [
        (227, 227, ALEXNET_MEAN, 1.0),
        (224, 224, MOBILENET_MEAN, 0.017),
        (256, 256, MOBILENET_MEAN, 0.017),
        (100, 33, MOBILENET_MEAN, 1 / 3),
    ],
)
def test_a_blob_is_the_documented_formula_bit_for_bit(
    height: int, width: int, mean: tuple[float, float, float], scale: float
) -> None:
    image = np.random.RandomState(0).randint(0, 256, (256, 256, 3), dtype=np.uint8)
    blob = preprocess(image, record(height, width, mean, scale))
    assert blob.shape == (1, 3, height, width)
    assert blob.dtype == np.float32
    assert blob.flags.c_contiguous
    top, left = (256 - height) // 2, (256 - width) // 2
    for channel in range(3):
        crop = image[top : top + height, left : left + width, channel].astype(np.float32)
        expected = (crop - np.float32(mean[channel])) * np.float32(scale)
        np.testing.assert_array_equal(blob[0, channel], expected)


@pytest.mark.parametrize("scale", [1 / 127.5, (1 / 58.395, 1 / 57.12, 1 / 57.375)])
def test_an_rgb_blob_is_the_same_formula_in_that_order(scale: float | tuple[float, float, float]) -> None:
    image = np.random.RandomState(0).randint(0, 256, (256, 256, 3), dtype=np.uint8)
    mean = (123.675, 116.28, 103.53)
    model = record(224, 224, mean, 1.0).model_copy(update={"order": "RGB", "scale": scale})
    blob = preprocess(image, model)
    assert (blob.shape, blob.dtype, blob.flags.c_contiguous) == ((1, 3, 224, 224), np.float32, True)
    for channel, factor in enumerate(np.broadcast_to(np.float32(scale), 3)):
        crop = image[16:240, 16:240, 2 - channel].astype(np.float32)
        np.testing.assert_array_equal(blob[0, channel], (crop - np.float32(mean[channel])) * factor)


def test_every_pixel_value_is_exact() -> None:
    image = np.arange(256, dtype=np.uint8).repeat(256 * 3).reshape(256, 256, 3)
    blob = preprocess(image, record(256, 256, MOBILENET_MEAN, 0.017))
    values = np.arange(256, dtype=np.float32)
    for channel, mean in enumerate(MOBILENET_MEAN):
        np.testing.assert_array_equal(blob[0, channel, :, 0], (values - np.float32(mean)) * np.float32(0.017))


@pytest.mark.parametrize(("side", "offset"), [(227, 14), (224, 16), (255, 0)])
def test_the_crop_begins_where_caffe_crops(side: int, offset: int) -> None:
    image = np.empty((256, 256, 3), np.uint8)
    image[..., 0] = np.arange(256)[:, np.newaxis]  # blue tells the row,
    image[..., 1] = np.arange(256)[np.newaxis, :]  # green the column,
    image[..., 2] = 7  # and red that channels keep their order
    blob = preprocess(image, record(side, side, (0.0, 0.0, 0.0), 1.0))
    assert blob[0, :, 0, 0].tolist() == [offset, offset, 7]
    assert blob[0, :, -1, -1].tolist() == [offset + side - 1, offset + side - 1, 7]


def test_an_image_is_left_as_it_was() -> None:
    image = np.full((256, 256, 3), 200, np.uint8)
    preprocess(image, record(224, 224, MOBILENET_MEAN, 0.017))
    assert (image == 200).all()
