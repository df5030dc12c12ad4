from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bench.errors import UserError
from bench.prepare.models.local import LocalFile, ModelDirectory


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "nin").mkdir()
    (tmp_path / "nin" / "nin.caffemodel").write_bytes(b"numbers")
    (tmp_path / "nin" / "other.caffemodel").write_bytes(b"unknown")
    listed = hashlib.sha256(b"numbers").hexdigest()
    (tmp_path / "SHA256SUMS").write_text(f"{listed}  nin/nin.caffemodel\n\n")
    return tmp_path


def test_a_listed_file_is_found(folder: Path) -> None:
    found = ModelDirectory(folder).find("nin", "nin.caffemodel")
    assert found == LocalFile(folder / "nin" / "nin.caffemodel", hashlib.sha256(b"numbers").hexdigest())


@pytest.mark.parametrize("line", ["{} *nin/nin.caffemodel", "{}  ./nin/nin.caffemodel"])
def test_other_spellings_of_sha256sum_are_read(line: str, folder: Path) -> None:
    (folder / "SHA256SUMS").write_text(line.format(hashlib.sha256(b"numbers").hexdigest().upper()))
    assert ModelDirectory(folder).find("nin", "nin.caffemodel")


def test_a_file_that_is_not_there_is_none(folder: Path) -> None:
    assert ModelDirectory(folder).find("googlenet", "bvlc_googlenet.caffemodel") is None


def test_a_truncated_file_is_refused_by_model_and_size(folder: Path) -> None:
    (folder / "nin" / "nin.caffemodel").write_bytes(b"numb")
    with pytest.raises(UserError, match=r"nin: .*nin\.caffemodel \(4 bytes\) does not match its sha256 in SHA256SUMS"):
        ModelDirectory(folder).find("nin", "nin.caffemodel")


def test_a_folder_in_the_place_of_a_file_is_refused(folder: Path) -> None:
    (folder / "nin" / "nin.caffemodel").unlink()
    (folder / "nin" / "nin.caffemodel").mkdir()
    with pytest.raises(UserError, match=r"nin\.caffemodel can't be read \(Is a directory\)"):
        ModelDirectory(folder).find("nin", "nin.caffemodel")


def test_a_file_that_is_not_listed_is_refused(folder: Path) -> None:
    with pytest.raises(UserError, match=r"other\.caffemodel is not listed"):
        ModelDirectory(folder).find("nin", "other.caffemodel")


def test_a_folder_without_a_list_is_refused(folder: Path) -> None:
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(UserError, match="SHA256SUMS can't be read"):
        ModelDirectory(folder)


def test_a_line_that_is_no_digest_is_refused(folder: Path) -> None:
    (folder / "SHA256SUMS").write_text("nonsense\n")
    with pytest.raises(UserError, match="SHA256SUMS line 1"):
        ModelDirectory(folder)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no folder .*nowhere"):
        ModelDirectory(tmp_path / "nowhere")
