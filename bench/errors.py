"""The one exception whose text is meant for the user."""

from __future__ import annotations


class UserError(Exception):
    """A mistake that the user can fix: printed as one sentence, exit code 2.

    The message says what happened, where, and what to do next.
    """
