"""What is done to each image inside the timed window, before inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from bench.prepare.models.prepared import ModelRecord

if TYPE_CHECKING:  # 32-bit ARM has Debian 11's numpy, which lacks it
    from numpy.typing import NDArray


def preprocess(image: NDArray[np.uint8], record: ModelRecord) -> NDArray[np.float32]:
    """Cut out the centre, subtract the mean and scale, as the paper does with OpenCV.

    With `top = (256 - height) // 2` and `left = (256 - width) // 2`, which is where Caffe crops,

        blob[0, c, y, x] = (image[top + y, left + x, c] - mean[c]) * scale

    in float32 throughout, bit for bit, with the channels in the model's order. The blob is the only array that is
    allocated. Where each channel has a factor of its own, NumPy multiplies: not every OpenCV here can.

    Parameters
    ----------
    image : uint8 array, shape (256, 256, 3)
        One prepared image, BGR.
    record : ModelRecord
        The model's input: `height` and `width` of at most 256 pixels, `order`, `mean` and `scale`.

    Returns
    -------
    float32 array, shape (1, 3, height, width)
        C-contiguous.
    """
    top = (image.shape[0] - record.height) // 2
    left = (image.shape[1] - record.width) // 2
    crop = image[top : top + record.height, left : left + record.width]
    swap, factor = record.order == "RGB", record.scale
    if isinstance(factor, float):
        return np.asarray(cv2.dnn.blobFromImage(crop, factor, mean=record.mean, swapRB=swap), np.float32)
    blob = np.asarray(cv2.dnn.blobFromImage(crop, 1.0, mean=record.mean, swapRB=swap), np.float32)
    blob *= np.array(factor, np.float32).reshape(-1, 1, 1)
    return blob
