"""What every command has around it: what may be typed, and a last net."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import bench.cli as cli
from bench.records.files import ENDING_SIGNALS


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., int]]:
    monkeypatch.chdir(tmp_path)

    def call(*words: str, then: Callable[[], None] = lambda: None) -> int:
        monkeypatch.setattr(sys, "argv", ["bench", *words])
        monkeypatch.setattr(cli, "app", lambda **_: then())
        try:
            cli.main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    former = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    yield call
    for number, handler in former.items():
        signal.signal(number, handler)


def raising(error: BaseException) -> Callable[[], None]:
    def app() -> None:
        raise error

    return app


def test_a_fault_of_ours_is_one_sentence_a_log_and_exit_code_70(
    main: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("merge", then=raising(KeyError("throughput"))) == 70
    (log,) = tmp_path.glob("bench-fault-*.log")
    complaint = capsys.readouterr().err
    assert complaint.startswith("bench: a fault of this program, not of yours (KeyError: 'throughput')")
    assert complaint.endswith(f"{log}\n")
    assert complaint.count("\n") == 1
    assert "Traceback" in log.read_text()
    assert "['bench', 'merge']" in log.read_text()


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOTDIR, errno.EISDIR, errno.ENOSPC, errno.EROFS])
def test_what_a_folder_refuses_is_the_users_to_put_right(
    main: Callable[..., int], capsys: pytest.CaptureFixture[str], number: int
) -> None:
    assert main(then=raising(OSError(number, "no", "/some/file"))) == 2
    assert capsys.readouterr().err == "bench: /some/file: no; check that it is there, and yours\n"


@pytest.mark.parametrize("word", ["\udcff", "a\nb", "\x1b[2J"])
def test_an_argument_or_variable_that_can_not_be_printed_is_refused(
    main: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    assert main("run", "opencv", "--cooling", word) == 2
    assert "has control characters or is not UTF-8" in capsys.readouterr().err
    monkeypatch.setenv("BENCH_POWER_SUPPLY", word)
    assert main("run", "opencv") == 2
    assert "BENCH_POWER_SUPPLY" in capsys.readouterr().err


def test_a_closed_terminal_ends_a_command_in_order(main: Callable[..., int]) -> None:
    assert main(then=lambda: signal.raise_signal(signal.SIGHUP)) == 128 + signal.SIGHUP
