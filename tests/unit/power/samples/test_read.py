from __future__ import annotations

from pathlib import Path

from bench.power.samples.read import read_samples
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER
from bench.records.schema import Clocks
from bench.records.store import write_record

LINES = ["1000000000,3,5,0.6,48.3,1500,0x50000", "1100000000,3.5,5,0.7,,,", "1200000000,,,,,,"]


def record(boot_id: str = "a") -> SamplerRecord:
    return SamplerRecord(
        meter="hwmon", period_s=0.1, began=Clocks(boot_id=boot_id, monotonic_ns=1_000_000_000, realtime_ns=0)
    )


def write(folder: Path, text: str, number: int = 1, boot_id: str | None = "a") -> None:
    ending = "" if number == 1 else f"-{number}"
    (folder / f"samples{ending}.csv").write_text(text)
    if boot_id:
        write_record(folder / f"sampler{ending}.json", record(boot_id))


def test_a_whole_pair_is_read(tmp_path):
    write(tmp_path, "\n".join([HEADER, *LINES, ""]))
    (sampling,) = read_samples(tmp_path)
    samples = sampling.samples
    assert samples.times.tolist() == [1_000_000_000, 1_100_000_000, 1_200_000_000]
    assert [series.tolist() for series in samples.power] == [[1_000_000_000, 1_100_000_000], [3.0, 3.5]]
    assert [series.tolist() for series in samples.temp] == [[1_000_000_000], [48.3]]
    assert [series.tolist() for series in samples.clock] == [[1_000_000_000], [1500.0]]
    assert [series.tolist() for series in samples.throttled] == [[1_000_000_000], [0x50000]]
    assert (sampling.boot_id, sampling.period_s, sampling.warnings) == ("a", 0.1, ())


def test_every_sampling_keeps_its_own_boot_in_the_order_begun(tmp_path):
    for number in (10, 2, 1):
        write(tmp_path, f"{HEADER}\n", number, boot_id=f"boot {number}")
    assert [sampling.boot_id for sampling in read_samples(tmp_path)] == ["boot 1", "boot 2", "boot 10"]


def test_an_unfinished_last_line_is_not_used(tmp_path):
    write(tmp_path, "\n".join([HEADER, *LINES[:2], "12000"]))
    (sampling,) = read_samples(tmp_path)
    assert sampling.samples.times.tolist() == [1_000_000_000, 1_100_000_000]
    assert [*map(str, sampling.warnings)] == ["samples.csv: the last line is unfinished and not used"]


def test_unreadable_lines_are_counted_and_the_rest_used(tmp_path):
    bad = ["\0\0\0\0", 'x,"', "1,2", "12,abc,,,,,", "13,1,1,1,1,1,zz", f"{LINES[0]},8", "14,nan,,,,,"]
    write(tmp_path, "\n".join([HEADER, *bad, *LINES, ""]))
    (sampling,) = read_samples(tmp_path)
    assert sampling.samples.power[1].tolist() == [3.0, 3.5]
    assert [*map(str, sampling.warnings)] == ["samples.csv: 7 of 10 lines can't be read and are not used"]


def test_a_foreign_file_is_not_used(tmp_path):
    write(tmp_path, "time,watts\n1,2\n")
    write(tmp_path, "\n".join([HEADER, *LINES, ""]), number=2)
    foreign, good = read_samples(tmp_path)
    assert foreign.samples.times.size == 0
    assert [*map(str, foreign.warnings)] == [
        "samples.csv is not used: its first line is not the header of a samples file"
    ]
    assert good.samples.times.size == 3


def test_an_empty_file_has_no_samples(tmp_path):
    write(tmp_path, "")
    (sampling,) = read_samples(tmp_path)
    assert sampling.samples.times.size == 0
    assert len(sampling.warnings) == 1


def test_a_lost_record_leaves_samples_of_no_boot(tmp_path):
    write(tmp_path, "\n".join([HEADER, *LINES, ""]), boot_id=None)
    (sampling,) = read_samples(tmp_path)
    assert sampling.boot_id is None
    assert sampling.period_s == 0.1
    assert "sampler.json does not exist" in str(sampling.warnings[0])


def test_a_folder_without_samples_has_no_samplings(tmp_path):
    assert read_samples(tmp_path) == []
