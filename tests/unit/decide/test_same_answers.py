from __future__ import annotations

import pytest

from bench.decide.differences import same_answers
from tests.made.rows import made_row

SAME = {"weights_sha256": "a", "images_sha256": "b", "images_classified": 80}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("opencv", "fp32"), ("litert", "fp32"), True),  # every framework's float32 agrees
        (("opencv", "int8"), ("litert", "int8"), False),  # each rounds in its own way
        (("opencv", "int8"), ("opencv", "int8"), True),
        (("opencv", "fp32"), ("opencv", "int8"), False),
    ],
)
def test_accuracy_is_one_number_only_where_it_is_computed_alike(
    one: tuple[str, str], other: tuple[str, str], same: bool
) -> None:
    rows = [made_row(framework, "nin", precision=precision, **SAME) for framework, precision in (one, other)]
    assert same_answers(*rows) is same
