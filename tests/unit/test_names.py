from __future__ import annotations

import pytest

from bench.errors import UserError
from bench.names import MAX_LETTERS, checked_letters, checked_name, checked_text, printable

UNPRINTABLE = ["a\nb", "\x1b[31mred", "\udcff", "\x00", "a\u202eb", "\u2028", "\x85"]


@pytest.mark.parametrize("text", UNPRINTABLE)
def test_what_no_terminal_should_be_sent_is_escaped(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert "\\" in shown
    shown.encode()


@pytest.mark.parametrize("text", ["Küche 3", "Pi 4 (8 GB)", "冷却", "5 V ± 1 %"])
def test_letters_of_every_language_stay(text: str) -> None:
    assert printable(text) == checked_text(text, "--cooling") == text


@pytest.mark.parametrize("text", UNPRINTABLE)
def test_what_may_not_be_printed_is_refused_in_words_that_may(text: str) -> None:
    for check in (checked_letters, checked_text, checked_name):
        with pytest.raises(UserError, match="has control characters or is not UTF-8") as error:
            check(text, "--run")
        assert str(error.value).isprintable()


@pytest.mark.parametrize("name", ["", "a/b", "../x", ".hidden", "-rf", " "])
def test_what_is_no_name_of_a_folder_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="is no name for a run"):
        checked_name(name, "a run")


def test_a_name_of_more_than_a_hundred_letters_is_refused() -> None:
    assert checked_name("x" * MAX_LETTERS, "a run")
    with pytest.raises(UserError, match="has 101 letters; 100 are the most"):
        checked_name("x" * (MAX_LETTERS + 1), "a run")


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1", "-1"])
def test_what_a_spreadsheet_would_compute_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="begins as a formula does"):
        checked_text(text, "--cooling")
