from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bench.errors import UserError
from bench.prepare.images import decode
from bench.prepare.images import store as picturestore
from bench.prepare.images.decode import UnreadableError, generated_picture, read_picture
from bench.prepare.images.imageset import ImageSet, read_set
from bench.prepare.images.prepare import prepare_images
from bench.records.schema import SCHEMA_VERSION


class Told:
    """Collects what `prepare_images` tells; `stop_after` images it interrupts, as Ctrl-C does."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after = stop_after
        self.progress: list[tuple[int, int]] = []
        self.sentences: list[str] = []

    def __call__(self, done: int, total: int) -> None:
        self.progress.append((done, total))
        if done == self.stop_after:
            raise KeyboardInterrupt


def prepare(source: Path | None, out: Path, told: Told | None = None) -> ImageSet:
    told = told or Told()
    return prepare_images(source, out, told, told.sentences.append)


def photograph(number: int, width: int = 320, height: int = 200) -> Image.Image:
    rgb = cv2.cvtColor(generated_picture(number), cv2.COLOR_BGR2RGB)
    return Image.fromarray(rgb).resize((width, height))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twelve JPEGs with labels."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(12):
        photograph(number).save(folder / f"{number:02d}.jpg")
    (folder / "val.txt").write_text("".join(f"{number:02d}.jpg {number}\n" for number in range(12)))
    return folder


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the source files that are decoded."""
    names: list[str] = []

    def spy(path: Path) -> object:
        names.append(path.name)
        return read_picture(path)

    monkeypatch.setattr(picturestore, "read_picture", spy)
    return names


def files(out: Path) -> list[str]:
    return sorted(str(file.relative_to(out)) for file in out.rglob("*") if file.is_file())


def test_an_image_set_holds_the_resized_pixels_with_labels_in_order(photos: Path, tmp_path: Path) -> None:
    told = Told()
    images = prepare(photos, tmp_path / "out", told)
    assert [(row.label, row.name) for row in images.rows()] == [(number, f"{number:02d}.jpg") for number in range(12)]
    for row in images.rows():
        expected = cv2.resize(cv2.imread(str(photos / row.name)), (256, 256))
        np.testing.assert_array_equal(images.read(row), expected)
    assert told.progress == [(done, 12) for done in range(1, 13)]
    assert told.sentences == [f"{photos}: 12 images, labelled (val.txt)"]
    assert images.record.model_dump(exclude={"images_sha256"}) == {
        "schema_version": SCHEMA_VERSION,
        "kind": "val.txt",
        "source": "photos",
        "images": 12,
        "labelled": 12,
        "skipped": 0,
        "reasons": {},
        "modes": {"RGB": 12},
    }


def test_a_second_preparation_reads_nothing_and_gives_the_same_digest(
    photos: Path, tmp_path: Path, reads: list[str]
) -> None:
    first = prepare(photos, tmp_path / "out")
    assert len(reads) == 12
    again = prepare(photos, tmp_path / "out")
    assert len(reads) == 12
    elsewhere = prepare(photos, tmp_path / "elsewhere")
    assert first.record == again.record == elsewhere.record
    assert files(tmp_path / "out") == files(tmp_path / "elsewhere")


def test_an_interrupted_preparation_goes_on_where_it_stopped(photos: Path, tmp_path: Path, reads: list[str]) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        prepare(photos, out, Told(stop_after=5))
    started = len(reads)
    assert started <= 5 + 2 * (os.cpu_count() or 1)
    with pytest.raises(UserError, match="there are no prepared images"):
        ImageSet(out)
    for name in (".index.csv.x1", ".set.json.x2"):
        (out / name).write_text("half")
    resumed = prepare(photos, out)
    assert len(reads) - started == 12 - 5
    assert resumed.sha256 == prepare(photos, tmp_path / "uninterrupted").sha256
    assert files(out) == files(tmp_path / "uninterrupted")


def test_the_former_set_stays_usable_while_a_new_one_is_interrupted(photos: Path, tmp_path: Path) -> None:
    former = prepare(None, tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        prepare(photos, tmp_path / "out", Told(stop_after=5))
    kept = ImageSet(tmp_path / "out")
    assert kept.sha256 == former.sha256
    assert all(kept.read(row) is not None for row in kept.rows())


def test_a_journal_torn_by_a_power_cut_costs_one_picture(photos: Path, tmp_path: Path, reads: list[str]) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        prepare(photos, out, Told(stop_after=5))
    journal = out / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-9])
    reads.clear()
    with pytest.raises(KeyboardInterrupt):
        prepare(photos, out, Told(stop_after=8))
    reads.clear()
    prepare(photos, out)
    assert sorted(reads) == ["08.jpg", "09.jpg", "10.jpg", "11.jpg"]


def test_only_a_changed_source_file_is_read_again(photos: Path, tmp_path: Path, reads: list[str]) -> None:
    first = prepare(photos, tmp_path / "out")
    photograph(77).save(photos / "03.jpg")
    reads.clear()
    second = prepare(photos, tmp_path / "out")
    assert reads == ["03.jpg"]
    assert second.sha256 != first.sha256
    assert len([name for name in files(tmp_path / "out") if name.endswith(".png")]) == 12


def test_pictures_of_a_former_set_are_removed_and_nothing_else(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    prepare(photos, out)
    mine = out / "pictures" / "holiday" / "beach.png"
    mine.parent.mkdir()
    mine.touch()
    other = tmp_path / "other"
    other.mkdir()
    photograph(50).save(other / "a.png")
    images = prepare(other, out)
    (row,) = images.rows()
    assert files(out) == sorted(
        ["index.csv", "journal.jsonl", f"pictures/{row.file}", "pictures/holiday/beach.png", "set.json"]
    )


def test_a_missing_picture_is_made_again(photos: Path, tmp_path: Path, reads: list[str]) -> None:
    images = prepare(photos, tmp_path / "out")
    row = next(images.rows())
    (tmp_path / "out" / "pictures" / row.file).unlink()
    with pytest.raises(UserError, match=r"\.png is missing; run 'bench prepare' again with the folder 'photos'"):
        images.read(row)
    reads.clear()
    prepare(photos, tmp_path / "out").read(row)
    assert reads == [row.name]


def truncate(png: bytes) -> bytes:
    return png[:5000]


def empty(_png: bytes) -> bytes:
    return b""


def exchange(_png: bytes) -> bytes:
    return cv2.imencode(".png", generated_picture(99))[1].tobytes()


@pytest.mark.parametrize("damage", [truncate, empty, exchange])
def test_a_damaged_picture_is_noticed(photos: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    images = prepare(photos, tmp_path / "out")
    row = next(images.rows())
    file = tmp_path / "out" / "pictures" / row.file
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(UserError, match=r"\.png is damaged; delete it and run 'bench prepare' again"):
        images.read(row)


def test_an_index_that_was_edited_is_noticed(photos: Path, tmp_path: Path) -> None:
    prepare(photos, tmp_path / "out")
    with (tmp_path / "out" / "index.csv").open("a") as index:
        index.write("ab/cd.png,3,x.jpg\n")
    with pytest.raises(UserError, match=r"index\.csv does not belong to the set\.json beside it"):
        ImageSet(tmp_path / "out")


def test_without_a_source_a_hundred_pictures_are_generated(tmp_path: Path) -> None:
    told = Told()
    images = prepare(None, tmp_path / "out", told)
    assert (images.record.kind, len(images), images.labelled) == ("generated", 100, 0)
    assert images.sha256 == "4f45c902e2e9dc1ba7466bd49c4fbf4a6cb2da57a502cdd4a511b22782923acf"
    assert "generating 100 pictures without labels" in told.sentences[0]


def test_generated_pictures_are_smooth_and_use_the_whole_range() -> None:
    picture = generated_picture(0).astype(int)
    assert np.abs(np.diff(picture, axis=0)).max() < 16
    assert picture.min() < 64
    assert picture.max() > 192


def test_without_a_source_real_images_are_kept(photos: Path, tmp_path: Path) -> None:
    real = prepare(photos, tmp_path / "out")
    told = Told()
    assert prepare(None, tmp_path / "out", told).record == real.record
    assert told.sentences == ["keeping the 12 images prepared from 'photos'"]


def test_without_a_source_a_generated_set_is_restored(tmp_path: Path) -> None:
    images = prepare(None, tmp_path / "out")
    row = next(images.rows())
    (tmp_path / "out" / "pictures" / row.file).unlink()
    with pytest.raises(UserError, match=r"\.png is missing; run 'bench prepare' again to restore it"):
        images.read(row)
    prepare(None, tmp_path / "out").read(row)


def test_unreadable_files_are_skipped_and_counted_with_their_reasons(photos: Path, tmp_path: Path) -> None:
    (photos / "01.jpg").write_bytes(b"")
    (photos / "02.jpg").write_bytes((photos / "02.jpg").read_bytes()[:2000])
    (photos / "03.jpg").write_text("%!PS-Adobe-3.0 EPSF-3.0")
    told = Told()
    images = prepare(photos, tmp_path / "out", told)
    assert [row.label for row in images.rows()] == [0, *range(4, 12)]
    assert (images.record.images, images.record.labelled, images.record.skipped) == (9, 9, 3)
    assert images.record.reasons["01.jpg"] == "not a picture of a known format, 0 bytes"
    assert "truncated" in images.record.reasons["02.jpg"]
    assert images.record.reasons["03.jpg"] == "not a picture of a known format, 23 bytes"
    assert told.sentences[1].startswith("skipped 3 of 12 files that can't be read, first 01.jpg (not a picture")
    assert str(tmp_path) not in (tmp_path / "out" / "set.json").read_text()


def test_a_folder_without_a_readable_image_is_refused_and_the_former_set_stays(photos: Path, tmp_path: Path) -> None:
    former = prepare(photos, tmp_path / "out")
    for file in photos.glob("*.jpg"):
        file.write_bytes(b"no")
    with pytest.raises(UserError, match=r"none of the 12 images can be read, first 00\.jpg \(not a picture"):
        prepare(photos, tmp_path / "out")
    assert read_set(tmp_path / "out") == former.record


def test_only_the_first_twenty_reasons_are_listed(tmp_path: Path) -> None:
    photograph(0).save(tmp_path / "good.png")
    for number in range(30):
        (tmp_path / f"{number}.jpg").touch()
    record = prepare(tmp_path, tmp_path / "out").record
    assert (record.skipped, len(record.reasons)) == (30, 20)


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="the disk is full"):
        prepare(photos, tmp_path / "out")
    assert files(tmp_path / "out") == []


def test_a_folder_that_cannot_be_written_is_named(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(UserError, match=r"out.* can't be written"):
        prepare(photos, tmp_path / "out")


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> ImageSet:
    """Twenty labelled images."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(20):
        photograph(number, 40, 30).save(folder / f"{number:02d}.png")
    (folder / "val.txt").write_text("".join(f"{number:02d}.png {number}\n" for number in range(20)))
    return prepare(folder, folder / "out")


@given(st.integers(0, 25), st.integers(0, 25), st.integers(0, 2**32))
def test_a_larger_subset_holds_the_smaller_one_in_the_same_order(
    twenty: ImageSet, one: int, other: int, seed: int
) -> None:
    small, large = (list(twenty.subset(size, seed)) for size in sorted((one, other)))
    assert len(small) == min(one, other, 20)
    assert [row for row in large if row in small] == small
    assert small == sorted(small, key=lambda row: row.name)


def test_a_subset_is_every_labelled_image_when_no_number_is_given(twenty: ImageSet) -> None:
    assert list(twenty.subset(None, 0)) == list(twenty.rows())


def test_a_subset_never_changes(twenty: ImageSet) -> None:
    assert [row.label for row in twenty.subset(5, seed=2018)] == [0, 1, 3, 7, 17]
    assert [row.label for row in twenty.subset(5, seed=2019)] == [1, 4, 7, 8, 12]


def test_a_subset_has_no_image_without_a_label(tmp_path: Path) -> None:
    assert list(prepare(None, tmp_path).subset(5, seed=2018)) == []


def bgr(path: Path) -> np.ndarray:
    """What OpenCV reads, which is what the paper read, at 256 x 256."""
    return cv2.resize(cv2.imread(str(path)), (256, 256))


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("L", "grey.jpg"),
        ("P", "palette.png"),
        ("P", "palette.gif"),
        ("RGBA", "transparent.png"),
        ("LA", "transparent-grey.png"),
        ("1", "bits.png"),
        ("RGB", "plain.bmp"),
        ("RGB", "wrong-extension-png.jpg"),
    ],
)
def test_every_mode_is_read_as_opencv_reads_it(tmp_path: Path, mode: str, name: str) -> None:
    file = tmp_path / name
    photograph(3).convert(mode).save(file, format="PNG" if "png" in name else None)
    picture, told = read_picture(file)
    assert told == mode
    assert picture.shape == (256, 256, 3)
    assert picture.dtype == np.uint8
    np.testing.assert_array_equal(picture, bgr(file))


def test_a_phones_picture_of_several_frames_is_read(tmp_path: Path) -> None:
    photograph(3).save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[photograph(4)])
    np.testing.assert_array_equal(read_picture(tmp_path / "a.jpg")[0], bgr(tmp_path / "a.jpg"))


def test_cmyk_is_read_as_opencv_reads_it_but_for_rounding(tmp_path: Path) -> None:
    photograph(3).convert("CMYK").save(tmp_path / "a.jpg")
    picture, mode = read_picture(tmp_path / "a.jpg")
    assert mode == "CMYK"
    assert np.abs(picture.astype(int) - bgr(tmp_path / "a.jpg")).max() <= 2


def test_the_upper_half_of_16_bits_is_kept(tmp_path: Path) -> None:
    grey = np.asarray(photograph(3).convert("L")).astype(np.uint16) * 256 + 200
    cv2.imwrite(str(tmp_path / "a.png"), grey)
    picture, mode = read_picture(tmp_path / "a.png")
    assert mode == "I;16"
    np.testing.assert_array_equal(picture, bgr(tmp_path / "a.png"))


def test_a_picture_of_32_bits_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((9, 9), np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(UnreadableError, match="32 bits a pixel"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_as_opencv_does(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    photograph(3).save(tmp_path / "a.jpg", exif=exif)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.jpg")[0], bgr(tmp_path / "a.jpg"))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "TIFF", "WEBP"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_file_is_noticed_in_every_format(tmp_path: Path, form: str, share: float) -> None:
    whole = io.BytesIO()
    photograph(3).save(whole, format=form)
    (tmp_path / "a").write_bytes(whole.getvalue()[: int(len(whole.getvalue()) * share)])
    with pytest.raises(UnreadableError) as caught:
        read_picture(tmp_path / "a")
    assert str(tmp_path) not in str(caught.value)


@pytest.fixture(scope="module", params=["JPEG", "PNG", "GIF"])
def encoded(request: pytest.FixtureRequest) -> bytes:
    whole = io.BytesIO()
    photograph(3, 32, 24).save(whole, format=request.param)
    return whole.getvalue()


@given(where=st.floats(0, 1), junk=st.binary(min_size=1, max_size=20))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(encoded: bytes, where: float, junk: bytes) -> None:
    at = int(where * len(encoded))
    with tempfile.NamedTemporaryFile() as file:
        file.write(encoded[:at] + junk + encoded[at + len(junk) :])
        file.flush()
        with suppress(UnreadableError):
            assert read_picture(Path(file.name))[0].shape == (256, 256, 3)


def test_all_photographs_are_read_as_opencv_reads_them(shared_images: Path, tmp_path: Path) -> None:
    images = prepare(shared_images, tmp_path / "out")
    assert (len(images), images.labelled, images.record.modes) == (100, 100, {"RGB": 95, "L": 5})
    for row in images.rows():
        np.testing.assert_array_equal(images.read(row), bgr(shared_images / row.name))


PEAK = """
import re, sys
from pathlib import Path
from bench.prepare.images.prepare import prepare_images
prepare_images(Path(sys.argv[1]), Path(sys.argv[2]), lambda done, total: None, lambda sentence: None)
print(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def test_memory_does_not_grow_with_the_number_of_images(tmp_path: Path) -> None:
    jpeg = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(jpeg, format="JPEG")
    peak_kib = {}
    for count in (20, 320):
        folder = tmp_path / str(count)
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.jpg").write_bytes(jpeg.getvalue())
        output = subprocess.check_output([sys.executable, "-c", PEAK, folder, tmp_path / f"out{count}"], text=True)
        peak_kib[count] = int(output)
    # Had they been kept, the 300 further pictures would be 56 MiB.
    assert peak_kib[320] - peak_kib[20] < 16 * 1024


def test_odd_metadata_are_no_reason_for_a_word(tmp_path: Path) -> None:
    exif = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03"
    photograph(3).save(tmp_path / "a.jpg", exif=exif)
    program = (
        "import pathlib, sys; from bench.prepare.images import decode; decode.read_picture(pathlib.Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "a.jpg")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_picture_that_would_fill_the_memory_is_skipped_by_its_declared_size(tmp_path: Path) -> None:
    Image.new("1", (13_300, 13_300)).save(tmp_path / "a.png")
    with pytest.raises(UnreadableError, match="177 megapixels, more than 48; shrink it"):
        read_picture(tmp_path / "a.png")


def test_what_is_decoded_at_once_is_bounded() -> None:
    room, together, most = decode.Room(10), [0], [0]

    def hold(pixels: int) -> None:
        with room.take(pixels):
            together[0] += pixels
            most[0] = max(most[0], together[0])
            time.sleep(0.001)
            together[0] -= pixels

    threads = [threading.Thread(target=hold, args=(pixels,)) for pixels in [6, 5, 4, 10, 3] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together[0] == 0
    assert most[0] <= 10


def test_a_journal_of_other_bytes_costs_what_it_noted_only(tmp_path: Path) -> None:
    assert len(prepare(None, tmp_path / "out")) == 100
    with (tmp_path / "out/journal.jsonl").open("ab") as journal:
        journal.write(b"\n\xff\xfe\x00garbage")
    (tmp_path / "out/set.json").unlink()
    assert len(prepare(None, tmp_path / "out")) == 100
