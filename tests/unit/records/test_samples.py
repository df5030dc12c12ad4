from __future__ import annotations

from pathlib import Path

from bench.records.samples import LINE, create_pair, pairs, sample_line


def test_pairs_come_in_the_order_they_were_begun_whichever_half_is_lost(tmp_path: Path) -> None:
    for name in ("sampler-10.json", "samples-2.csv", "samples.csv", "sampler.json", "samples-x.csv", "sampler-02.json"):
        (tmp_path / name).touch()
    found = pairs(tmp_path)
    assert [(pair.samples.name, pair.record.name) for pair in found] == [
        ("samples.csv", "sampler.json"),
        ("samples-2.csv", "sampler-2.json"),
        ("samples-10.csv", "sampler-10.json"),
    ]
    assert pairs(tmp_path / "nowhere") == []


def test_a_new_pair_takes_a_number_of_which_neither_half_is_there(tmp_path: Path) -> None:
    (tmp_path / "samples.csv").touch()
    (tmp_path / "sampler-2.json").touch()
    file, pair = create_pair(tmp_path)
    file.close()
    assert (pair.samples.name, pair.record.name) == ("samples-3.csv", "sampler-3.json")
    assert pair.samples.exists() and not pair.record.exists()


def test_every_line_that_is_written_is_recognised() -> None:
    full = sample_line(5_000_000_000, 3.0, 5.1, 0.588235, 48.312, 1500.0, 0x50005)
    assert full == "5000000000,3,5.1,0.588235,48.312,1500,0x50005\n"
    tiny = sample_line(7, 1.5e-7, None, -0.25)
    assert tiny == "7,1.5e-07,,-0.25,,,\n"
    for line in (full, tiny, sample_line(8, None, None, None)):
        assert LINE.fullmatch(line.rstrip("\n").encode())
    assert not LINE.fullmatch(full[:-9].encode() + b",0x5,")
