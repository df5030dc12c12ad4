from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import UserError
from bench.runs.shards import Share, parse_share, read_shard, shard_csv, shard_json
from tests.made.shards import made_shard

CELL = Path("shards/opencv/nin")


@given(st.integers(1, 70), st.integers(0, 300))
def test_every_image_is_in_exactly_one_share_and_no_share_has_two_more_than_another(of: int, images: int) -> None:
    shares = [Share(number, of) for number in range(1, of + 1)]
    taken = [list(share.take(range(images))) for share in shares]
    assert sorted(place for one in taken for place in one) == list(range(images))
    assert [len(one) for one in taken] == [share.size(images) for share in shares]
    assert max(map(len, taken)) - min(map(len, taken)) <= 1


@pytest.mark.parametrize("text", ["", "3", "0/4", "5/4", "1/0", "1/10000", "a/b", "-1/4", "1/4 ", "²/4"])
def test_what_is_no_shard_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(UserError, match="is no shard: write I/N"):
        parse_share(text)


def test_a_shard_is_named_by_its_number_and_their_count() -> None:
    share = parse_share("3/64")
    assert share == (3, 64)
    assert shard_csv(CELL, share).name == "0003-of-0064.csv"
    assert shard_json(CELL, share).name == "0003-of-0064.json"


def test_a_shard_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    shard = made_shard(tmp_path / CELL, Share(2, 3))
    assert read_shard(tmp_path / CELL, Share(2, 3)) == shard


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda csv, _: csv.unlink(), "is missing"),
        (lambda csv, _: csv.write_bytes(csv.read_bytes()[:-9]), "changed or cut off"),
        (lambda _, json: json.write_text(json.read_text().replace("linux", "other")), "changed or cut off"),
        (lambda _, json: json.write_text(json.read_text()[:50]), "is not JSON"),
        (lambda _, json: json.unlink(), "does not exist"),
    ],
)
def test_a_torn_shard_is_refused(tmp_path: Path, harm: object, words: str) -> None:
    cell, share = tmp_path / CELL, Share(2, 3)
    made_shard(cell, share)
    harm(shard_csv(cell, share), shard_json(cell, share))  # type: ignore[operator]
    with pytest.raises(UserError, match=words):
        read_shard(cell, share)


def test_a_shard_under_another_s_name_is_refused(tmp_path: Path) -> None:
    cell = tmp_path / CELL
    made_shard(cell, Share(2, 3))
    for path in (shard_csv, shard_json):
        path(cell, Share(2, 3)).rename(path(cell, Share(1, 3)))
    with pytest.raises(UserError, match="is the record of shard 2/3 of opencv nin"):
        read_shard(cell, Share(1, 3))
