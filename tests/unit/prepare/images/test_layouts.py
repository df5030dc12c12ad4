from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bench.errors import UserError
from bench.prepare.images import synsets
from bench.prepare.images.layouts import FIRST_CLASSES, ListedImage, list_images

IDS = [f"n{10_000_000 + 7 * number:08d}" for number in range(1000)]
DEVKIT = {number: IDS[(337 * number) % 1000] for number in range(1, 1001)}  # 337 is coprime to 1000: a permutation
NUMBER_OF = {IDS.index(synset): number for number, synset in DEVKIT.items()}
TRUTH = "ILSVRC2012_validation_ground_truth.txt"


@pytest.fixture(autouse=True)
def made_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the thousand made ids be ILSVRC-2012's."""
    monkeypatch.setattr(synsets, "IDS_SHA256", hashlib.sha256("\n".join(IDS).encode()).hexdigest())


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def validation_names(*numbers: int) -> list[str]:
    return [f"ILSVRC2012_val_{number:08d}.JPEG" for number in numbers]


def refusal(folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        list_images(folder)
    return str(caught.value)


def test_val_txt_gives_names_and_classes_in_its_own_order(tmp_path: Path) -> None:
    touch(tmp_path, "b.jpg", "a picture.jpg", "sub/c.png", "unlisted.jpg")
    (tmp_path / "val.txt").write_text("b.jpg 999\r\n\na picture.jpg\t0\nsub/c.png  7\n")
    listing = list_images(tmp_path)
    assert listing.kind == "val.txt"
    assert listing.images == [("b.jpg", 999), ("a picture.jpg", 0), ("sub/c.png", 7)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a.jpg", "line 2: 'a.jpg' has no class"),
        ("a.jpg tench", "line 2: 'tench' is not a class; write a number from 0 to 999"),
        ("a.jpg 1001", "line 2: '1001' is not a class"),
        ("a.jpg -1", "line 2: '-1' is not a class"),
        ("missing.jpg 3", "line 2: there is no 'missing.jpg' in the folder"),
        ("first.jpg 3", "line 2: 'first.jpg' is on line 1 already"),
        ("../outside.jpg 3", "line 2: '../outside.jpg' leads out of the folder"),
        ("/outside.jpg 3", "line 2: '/outside.jpg' leads out of the folder"),
    ],
)
def test_a_bad_line_of_val_txt_is_named(tmp_path: Path, line: str, words: str) -> None:
    folder = touch(tmp_path / "photos", "first.jpg", "a.jpg")
    touch(tmp_path, "outside.jpg")
    (folder / "val.txt").write_text(f"first.jpg 0\n{line}\n")
    assert f"{folder}/val.txt {words}" in refusal(folder)


def test_a_val_txt_that_counts_like_the_devkit_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.jpg")
    (tmp_path / "val.txt").write_text("a.jpg 1\nb.jpg 1000\n")
    assert "counts classes from 1 to 1000, as the ILSVRC devkit does" in refusal(tmp_path)


def test_a_class_of_1000_beside_a_0_is_a_mistake_on_its_line(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.jpg")
    (tmp_path / "val.txt").write_text("a.jpg 0\nb.jpg 1000\n")
    assert "line 2: '1000' is not a class" in refusal(tmp_path)


def test_devkit_numbers_less_one_are_noticed_by_an_image_whose_class_is_known(tmp_path: Path) -> None:
    names = validation_names(1, 11)
    touch(tmp_path, *names)
    (tmp_path / "val.txt").write_text(f"{names[1]} 0\n{names[0]} 489\n")
    assert "ILSVRC2012_val_00000001.JPEG shows class 65" in refusal(tmp_path)
    (tmp_path / "val.txt").write_text(f"{names[1]} 0\n{names[0]} 65\n")
    assert list_images(tmp_path).images == [(names[1], 0), (names[0], 65)]


def test_an_empty_val_txt_and_a_binary_one_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "val.txt", "a.jpg")
    assert "val.txt lists no images" in refusal(tmp_path)
    (tmp_path / "val.txt").write_bytes(b"\xff\xfea\x00")
    assert "val.txt is not a text file in UTF-8" in refusal(tmp_path)


def test_a_thousand_wordnet_folders_number_themselves(tmp_path: Path) -> None:
    for synset in IDS:
        (tmp_path / synset).mkdir()
    touch(tmp_path / IDS[999], "z.JPEG", "a.JPEG", "._a.JPEG", "notes.txt")
    touch(tmp_path / IDS[4], *validation_names(77))
    listing = list_images(tmp_path)
    assert listing.kind == "wordnet"
    assert listing.images == [
        (f"{IDS[4]}/ILSVRC2012_val_00000077.JPEG", 4),
        (f"{IDS[999]}/a.JPEG", 999),
        (f"{IDS[999]}/z.JPEG", 999),
    ]


@pytest.mark.parametrize("place", ["val", "."])
def test_fewer_wordnet_folders_are_numbered_by_synset_words(tmp_path: Path, place: str) -> None:
    folder = touch(tmp_path / "val", f"{IDS[12]}/a.jpg", f"{IDS[500]}/b.jpg")
    (tmp_path / place / "synset_words.txt").write_text("".join(f"{synset} some, words\n" for synset in IDS))
    assert list_images(folder).images == [(f"{IDS[12]}/a.jpg", 12), (f"{IDS[500]}/b.jpg", 500)]


def test_fewer_wordnet_folders_without_a_list_are_refused_with_where_to_get_it(tmp_path: Path) -> None:
    touch(tmp_path, f"{IDS[12]}/a.jpg")
    assert "has 1 folders named by WordNet id" in refusal(tmp_path)
    assert "put Caffe's synset_words.txt (data/ilsvrc12/get_ilsvrc_aux.sh fetches it) beside them" in refusal(tmp_path)


def test_wordnet_folders_that_the_list_does_not_know_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "n00000001/a.jpg")
    (tmp_path / "synset_words.txt").write_text("\n".join(IDS))
    assert "n00000001 is not one of the classes in" in refusal(tmp_path)
    (tmp_path / "synset_words.txt").write_text("\n".join(IDS[:999]))
    assert "synset_words.txt does not list ILSVRC-2012's 1000 WordNet ids" in refusal(tmp_path)


def devkit(folder: Path) -> Path:
    """Ten true validation classes and two more, in a devkit's numbers."""
    touch(folder, *validation_names(1, 10, 12))
    numbers = [NUMBER_OF[label] for label in (*FIRST_CLASSES, 0, 999)]
    (folder / TRUTH).write_text("".join(f"{number}\n" for number in numbers))
    return folder


def write_map(folder: Path, numbered: dict[int, str]) -> None:
    (folder / "map_clsloc.txt").write_text(
        "".join(f"{synset} {number} kit_fox\n" for number, synset in numbered.items())
    )


def test_the_devkits_ground_truth_is_read_through_its_own_numbering(tmp_path: Path) -> None:
    write_map(devkit(tmp_path), DEVKIT)
    listing = list_images(tmp_path)
    assert listing.kind == "devkit"
    assert listing.images == list(map(ListedImage, validation_names(1, 10, 12), (65, 332, 999)))


def test_the_devkits_ground_truth_alone_is_refused_with_why(tmp_path: Path) -> None:
    words = refusal(devkit(tmp_path))
    assert "numbers classes in the devkit's own order, and the devkit's meta.mat is not read" in words
    assert "put its map_clsloc.txt" in words


def test_a_map_in_another_order_than_the_devkits_is_refused(tmp_path: Path) -> None:
    write_map(devkit(tmp_path), dict(enumerate(IDS, start=1)))
    assert "ILSVRC2012_val_00000001.JPEG shows class 65" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("numbered", "words"),
    [
        (
            {**DEVKIT, 1000: "kit_fox"},
            "line 1000: 'kit_fox 1000 kit_fox' does not begin with a WordNet id and a number",
        ),
        ({n: s for n, s in DEVKIT.items() if n != 5}, "does not number the classes from 1 to 1000"),
        ({**DEVKIT, 5: DEVKIT[6]}, "does not list ILSVRC-2012's 1000 WordNet ids"),
    ],
)
def test_a_broken_map_is_refused(tmp_path: Path, numbered: dict[int, str], words: str) -> None:
    write_map(devkit(tmp_path), numbered)
    assert f"{tmp_path}/map_clsloc.txt {words}" in refusal(tmp_path)


def test_a_ground_truth_that_does_not_fit_its_images_is_refused(tmp_path: Path) -> None:
    write_map(devkit(tmp_path), DEVKIT)
    touch(tmp_path, "holiday.jpg")
    assert "no line for 'holiday.jpg'; move that image away" in refusal(tmp_path)
    (tmp_path / TRUTH).write_text("1\n1001\n")
    assert f"{TRUTH} line 2: '1001' is not a number from 1 to 1000" in refusal(tmp_path)


def test_plain_images_have_no_labels_and_are_sorted_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a.png", "notes.txt", ".hidden.jpg", "sub/c.jpg")
    listing = list_images(tmp_path)
    assert listing.kind == "unlabelled"
    assert listing.images == [("a.png", None), ("b.JPG", None)]


def test_a_folder_without_images_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    assert f"{tmp_path} holds no images (.bmp, .gif, .jpeg" in refusal(tmp_path)
    assert f"{tmp_path}/none is not a folder; give the folder that holds the images" in refusal(tmp_path / "none")


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (Path(str(tmp_path)) / "caf\udce9.jpg").touch()
    assert "the name 'caf\\udce9.jpg' is not UTF-8" in refusal(tmp_path)


def test_the_real_list_is_read(shared_images: Path) -> None:
    listing = list_images(shared_images)
    assert len(listing.images) == 100
    assert listing.images[0] == ("n01491361_tiger_shark.JPEG", 3)


def test_a_thousand_ids_of_other_classes_are_refused(tmp_path: Path) -> None:
    for number in range(1000):
        touch(tmp_path, f"n{20_000_000 + number}/a.jpg")
    assert "has a thousand WordNet ids, but not those of ILSVRC-2012" in refusal(tmp_path)


def test_the_ids_are_those_of_ilsvrc_2012(shared_images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    words = (shared_images.parent / "synset_words.txt").read_text(encoding="utf-8")
    ids = sorted(line.split()[0] for line in words.splitlines())
    assert synsets.wordnet_classes(shared_images, ids) == {one: number for number, one in enumerate(ids)}
