from __future__ import annotations

from pathlib import Path

import pytest

from bench.board.clocks import now
from bench.catalog.paper import paper
from bench.decide.claims import judge
from bench.records.columns import Row
from bench.records.notes.steadiness import CutShort
from bench.records.sampler import SamplerRecord
from bench.records.samples import HEADER
from bench.records.schema import Window
from bench.records.store import write_record
from bench.results.merge import merge
from bench.runs.folder import RunFolder
from tests.made.records import SECOND, new_run, repetition
from tests.made.runs import made_run

IMAGE_S, IMAGES, BEGIN_S = 0.9, 100, 100


def clocked(folder: RunFolder, fell_s: float, low_mhz: float = 600.0, bits: str = "0x0") -> None:
    """Sample 4 W, and a clock of 1200 MHz that falls so many seconds after the timed window began."""
    write_record(
        folder.path / "sampler.json",
        SamplerRecord(meter="hwmon", boundary="usb-input", uncertainty=0.01, period_s=0.1, began=now(), ended=now()),
    )
    lines = []
    for slot in range(980, 1950):
        fallen = slot / 10 > BEGIN_S + fell_s
        watts = 4.0 if slot >= 1000 else 2.0
        lines.append(f"{slot * SECOND // 10},{watts},,,79,{low_mhz if fallen else 1200},{bits if fallen else '0x0'}")
    (folder.path / "samples.csv").write_text("\n".join([HEADER, *lines]) + "\n")


def googlenet(tmp_path: Path, profile: str = "paper") -> RunFolder:
    """Return a run whose cell takes 0.9 s for each of 100 images."""
    folder = new_run(tmp_path, profile=profile)
    run = folder.read_run()
    once = run.plan.profile.model_copy(update={"repetitions": 1})
    folder.write_run(run.model_copy(update={"plan": run.plan.model_copy(update={"profile": once})}))
    end_ns = round((BEGIN_S + IMAGES * IMAGE_S) * SECOND)
    folder.write_repetition(
        repetition(
            windows=[
                Window(name="idle", begin_ns=99 * SECOND, end_ns=100 * SECOND),
                Window(name="timed", begin_ns=100 * SECOND, end_ns=end_ns),
            ],
            preprocess_ns=[0] * IMAGES,
            # Twice as slow once the clock has fallen: were they counted, throughput would be another one.
            inference_ns=[round(0.6 * SECOND)] * 50 + [round(1.2 * SECOND)] * 50,
        )
    )
    return folder


def merged(folder: RunFolder) -> tuple[Row, list[CutShort]]:
    results = merge(folder)
    return results.rows[0], [note for note in results.warnings if isinstance(note, CutShort)]


def test_what_came_before_the_clock_fell_counts_and_the_row_says_so(tmp_path: Path) -> None:
    folder = googlenet(tmp_path)
    clocked(folder, fell_s=30.0)
    row, (note,) = merged(folder)
    assert (row.status, row.images_timed, row.images_before_fall) == ("ok", 50, 50)
    assert row.throughput_fps == pytest.approx(1 / 0.6)
    assert row.power_w_mean == pytest.approx(4.0)
    assert row.energy_j_per_image == pytest.approx(4.0 * 0.6)
    assert (note.images, note.mhz) == (50, 600.0)


def test_fewer_than_32_images_before_the_fall_are_too_few(tmp_path: Path) -> None:
    for images, status in ((31, "throttled"), (32, "ok")):
        folder = googlenet(tmp_path / str(images))
        clocked(folder, fell_s=images * 0.6 + 0.05)
        row, notes = merged(folder)
        assert (row.status, len(notes)) == (status, int(status == "ok"))
        assert row.images_timed == (images if status == "ok" else 100)


def test_a_clock_that_stays_above_1100_of_1200_mhz_ends_no_window(tmp_path: Path) -> None:
    folder = googlenet(tmp_path)
    clocked(folder, fell_s=30.0, low_mhz=1145)
    row, notes = merged(folder)
    assert (row.status, row.images_timed, notes) == ("ok", 100, [])


def test_under_voltage_spoils_a_cell_all_the_same(tmp_path: Path) -> None:
    folder = googlenet(tmp_path)
    clocked(folder, fell_s=20.0, bits="0x50005")
    assert merged(folder)[0].status == "ok"  # it came after the window's new end
    clocked(folder, fell_s=20.0)
    text = (folder.path / "samples.csv").read_text().replace("1200,0x0", "1200,0x10001")
    (folder.path / "samples.csv").write_text(text.replace("1200,0x10001", "1200,0x0", 30))
    row, _ = merged(folder)
    assert row.status == "throttled"
    assert "under-voltage" in (row.error or "")


def test_another_profile_has_no_such_rule(tmp_path: Path) -> None:
    folder = googlenet(tmp_path, profile="quick")
    clocked(folder, fell_s=30.0)
    row, notes = merged(folder)
    assert (row.status, row.images_timed, notes) == ("throttled", 100, [])


@pytest.mark.parametrize(("profile", "verdict"), [("paper", "confirmed"), ("quick", "can't tell")])
def test_the_claim_about_googlenet_is_decided_though_the_board_gets_hot(
    tmp_path: Path, profile: str, verdict: str
) -> None:
    folder = made_run(tmp_path, profile=profile, repetitions=3, images=100, board="Raspberry Pi 3 Model B Rev 1.2")
    hot = [
        (window.begin_ns + (window.end_ns - window.begin_ns) * 3 // 5, window.end_ns)
        for record in folder.repetitions("caffe", "googlenet")
        for window in record.windows
        if window.name == "timed"
    ]
    samples = [line.split(",") for line in (folder.path / "samples.csv").read_text().splitlines()]
    for sample in samples[1:]:
        if any(begin_ns <= int(sample[0]) <= end_ns for begin_ns, end_ns in hot):
            sample[-2:] = ["600", "0x20002"]
    (folder.path / "samples.csv").write_text("\n".join(map(",".join, samples)) + "\n")
    rows = merge(folder).rows
    claims = {claim.name: claim for claim in judge(paper(), rows, emulated=False)}
    assert claims["googlenet-has-the-worst-merit"].verdict == verdict
    row = next(row for row in rows if (row.framework, row.model) == ("caffe", "googlenet"))
    assert row.images_before_fall == (62 if profile == "paper" else None)  # the first of 100 are the faster ones
