"""A user's own ONNX files as models beside the catalog's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from bench.catalog import find_models, model_names
from bench.catalog.settings import InputSettings
from bench.errors import UserError
from bench.prepare.models.own import assumed, own_files, read_own, require_labels
from bench.prepare.models.prepared import PreparedModel, prepared_own
from bench.prepare.models.shared import prepare_models
from bench.records.digests import file_digest
from bench.records.schema import OwnModel
from tests.made.onnx_files import CLASSES, SHAPE, classifier, node, save
from tests.made.prepared import made_images
from tests.made.records import PLAN

_, _, HEIGHT, WIDTH = SHAPE
TORCHVISION = ((123.675, 116.28, 103.53), (1 / 58.395, 1 / 57.12, 1 / 57.375))


def made_file(folder: Path, name: str = "mine.onnx", scale: float = 0.3) -> Path:
    arrays = {"w": np.random.default_rng(0).normal(0, scale, (8, 3, 3, 3)).astype(np.float32)}
    nodes = [node("Conv", "image", "w", output="c", strides=(2, 2), auto_pad="SAME_UPPER"), node("HardSwish", "c")]
    return save(folder / name, classifier(nodes, arrays, 17, 8 * (HEIGHT // 2) * (WIDTH // 2)))


def read(path: Path, order: str = "", mean: str = "", scale: str = "") -> OwnModel:
    (own,) = read_own(InputSettings(onnx=[path], order=order, mean=mean, scale=scale))
    return own


def prepare(own: OwnModel, prepared: Path, *files: Path) -> tuple[PreparedModel, list[str]]:
    said: list[str] = []
    (model,) = prepare_models(find_models([own.name], [own]), prepared, None, said.append, said.append, files)
    return model, said


def test_a_file_becomes_a_model_of_its_name_with_what_it_tells_of_itself(tmp_path: Path) -> None:
    file = made_file(tmp_path)
    own = read(file, "BGR", "104,117,123", "1")
    assert (own.name, own.file, own.sha256) == ("mine", "mine.onnx", file_digest(file, "sha256"))
    assert (own.width, own.height, own.classes) == (WIDTH, HEIGHT, CLASSES)
    assert (own.order, own.mean, own.scale) == ("BGR", (104, 117, 123), 1)


def test_a_folder_stands_for_the_files_that_lie_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "nets"
    folder.mkdir()
    with pytest.raises(UserError, match=r"the folder .*nets has no file named MODEL\.onnx; give one that has"):
        read_own(InputSettings(onnx=[folder]))
    files = [made_file(folder, f"{name}.onnx") for name in ("b_net", "a_net")]
    (folder / "notes.txt").touch()
    settings = InputSettings(onnx=[folder, made_file(tmp_path)])
    assert own_files(settings) == [files[1], files[0], tmp_path / "mine.onnx"]
    assert [own.name for own in read_own(settings)] == ["a_net", "b_net", "mine"]


def test_an_input_of_which_nothing_is_said_is_torchvision_s_and_that_is_told(tmp_path: Path) -> None:
    file = made_file(tmp_path)
    own = read(file)
    assert (own.order, own.mean, own.scale) == ("RGB", *TORCHVISION)
    told = assumed(InputSettings(onnx=[file]))
    assert told.startswith("its input is taken as RGB, mean 123.675,116.28,103.53, scale 0.0171248,0.017507,0.0174292")
    assert "give --order, --mean and --scale" in told
    assert "taken as RGB, for" in assumed(InputSettings(onnx=[file], mean="0", scale="1/255"))
    assert assumed(InputSettings(onnx=[file], order="rgb", mean="0", scale="1/255")) == ""
    assert assumed(InputSettings()) == ""


def test_numbers_are_one_or_three_and_may_be_fractions(tmp_path: Path) -> None:
    own = read(made_file(tmp_path), "rgb", "127.5", "1/127.5")
    assert (own.order, own.mean, own.scale) == ("RGB", (127.5, 127.5, 127.5), 1 / 127.5)
    assert read(made_file(tmp_path), "RGB", "1,2,3", "1, 1/2 ,0.25").scale == (1, 0.5, 0.25)


@pytest.mark.parametrize(
    ("order", "mean", "scale", "words"),
    [
        ("RGBA", "", "", "--order 'RGBA' is neither RGB nor BGR"),
        ("BGR", "", "", "--mean and --scale of the input are not said"),
        ("", "104,117,123", "", "--scale of the input is not said"),
        ("", "1,2", "1", "--mean takes one number, or three"),
        ("", "nan", "1", "--mean takes one number, or three"),
        ("", "0", "1/0", "--scale takes one number, or three"),
        ("", "0", "0", "--scale 0 makes every pixel the same"),
        ("", "0.485,0.456,0.406", "1", "is of pixels between 0 and 1; here they are between 0 and 255"),
    ],
)
def test_an_input_that_makes_no_sense_is_refused(tmp_path: Path, order: str, mean: str, scale: str, words: str) -> None:
    with pytest.raises(UserError, match=words.replace("?", "[?]")):
        read(made_file(tmp_path), order, mean, scale)


def test_what_is_said_of_the_input_of_no_file_is_refused() -> None:
    with pytest.raises(UserError, match="--mean and --scale tell of a model of your own; give its file with --onnx"):
        read_own(InputSettings(mean="0", scale="1"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("resnet18.onnx", "'resnet18' means the catalog's resnet18; rename the file, as to my_resnet18.onnx"),
        ("SqueezeNet.onnx", "'SqueezeNet' means the catalog's squeezenet_v1.1"),
        ("images.onnx", "'images' is taken"),
        ("mine@int8.onnx", "no name for a model"),
        ("a b.onnx", "no name for a model"),
        ("=1+1.onnx", "no name for a model"),
        (f"{'a' * 61}.onnx", "no name for a model"),
        ("mine.pb", "does not end in .onnx"),
    ],
)
def test_a_name_that_is_another_s_or_none_is_refused(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        read(made_file(tmp_path, name))


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(UserError, match="two files are called mine"):
        read_own(InputSettings(onnx=[made_file(tmp_path), made_file(tmp_path / "other")]))


def test_an_input_that_no_image_fills_is_refused(tmp_path: Path) -> None:
    made = classifier([node("GlobalAveragePool", "image")], {}, 17, 3)
    made.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 299
    with pytest.raises(UserError, match="takes 8 × 299 pixels, and images are prepared to 256 × 256"):
        read(save(tmp_path / "mine.onnx", made))


def test_it_is_prepared_like_any_other_and_labelled_as_the_user_s(tmp_path: Path) -> None:
    own = read(made_file(tmp_path), "BGR", "104,117,123", "1")
    model, _ = prepare(own, tmp_path / "prepared", tmp_path / "mine.onnx")
    record = model.record
    model.verify()
    assert (record.name, record.weights, record.own) == ("mine", "own", own)
    assert (record.order, record.mean, record.scale, record.classes) == ("BGR", (104, 117, 123), 1, CLASSES)
    assert record.provenance.weights == f"mine.onnx, sha256 {own.sha256}"
    assert record.lacks["caffe"].startswith("Caffe ")
    assert prepared_own(tmp_path / "prepared") == [own]


def test_what_is_prepared_is_known_without_its_file_and_made_anew_for_another_input(tmp_path: Path) -> None:
    file = made_file(tmp_path)
    own = read(file)
    prepare(own, tmp_path / "prepared", file)
    assert prepare(own, tmp_path / "prepared")[1] == ["mine: already prepared, own weights"]
    other = read(file, "RGB", "0", "1/255")
    model, said = prepare(other, tmp_path / "prepared", file)
    assert said[0].startswith("mine: prepared, own weights")
    assert model.record.mean == (0, 0, 0)


def test_what_is_damaged_asks_for_its_file_again(tmp_path: Path) -> None:
    own = read(made_file(tmp_path))
    model, _ = prepare(own, tmp_path / "prepared", tmp_path / "mine.onnx")
    model.weights_npz.write_bytes(b"")
    with pytest.raises(UserError, match=r"mine: mine\.onnx is needed to make it anew; give that file with --onnx"):
        prepare(own, tmp_path / "prepared")
    prepare(own, tmp_path / "prepared", tmp_path / "mine.onnx")[0].verify()


def labels(tmp_path: Path, highest: int, *own: OwnModel, names: tuple[str, ...] = ()) -> None:
    made_images(tmp_path, [0, highest])
    require_labels(own, [*names, *(one.name for one in own)], None, tmp_path / "prepared")


def test_labels_are_held_against_what_the_model_tells_apart(tmp_path: Path) -> None:
    own = read(made_file(tmp_path))
    (tmp_path / "more").mkdir()
    labels(tmp_path, CLASSES - 1, own)
    with pytest.raises(UserError, match="mine tells 7 classes apart, 0 to 6, and the images' labels go to 7"):
        labels(tmp_path / "more", CLASSES, own)


def test_a_background_class_is_noticed(tmp_path: Path) -> None:
    own = read(made_file(tmp_path)).model_copy(update={"classes": 1001})
    with pytest.raises(UserError, match="mine has 1001 classes, as TensorFlow's models that count a background first"):
        labels(tmp_path, 9, own)


def test_models_that_tell_other_classes_apart_are_not_counted_by_the_same_labels(tmp_path: Path) -> None:
    own = read(made_file(tmp_path))
    with pytest.raises(UserError, match=r"don't tell the same classes apart \(mine 7, nin 1000\)"):
        labels(tmp_path, 3, own, names=("nin",))


def test_without_labels_any_models_go_together(tmp_path: Path) -> None:
    own = read(made_file(tmp_path))
    require_labels([own], ["mine", "nin"], None, tmp_path / "prepared")


def test_the_plan_keeps_its_own_models_after_the_catalog_s(tmp_path: Path) -> None:
    own = read(made_file(tmp_path))
    plan = PLAN.model_copy(update={"models": ["mine", "nin", "of another bench"], "own": [own]})
    assert model_names(plan) == ["nin", "mine"]


def test_a_file_with_two_inputs_or_of_another_type_is_refused_by_name(tmp_path: Path) -> None:
    made = classifier([node("GlobalAveragePool", "image")], {}, 17, 3)
    made.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))
    with pytest.raises(UserError, match=r"has 2 inputs \(image, more\)"):
        read(save(tmp_path / "mine.onnx", made))
