"""The last net: what nobody expected is one sentence, and a log to send."""

from __future__ import annotations

import errno
import platform
import sys
import tempfile
import traceback
from pathlib import Path

from bench import __version__

_OF_THE_MACHINE = (
    errno.EACCES,
    errno.EDQUOT,
    errno.EIO,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
    errno.ESTALE,
)
"""What a folder or a disk is like, which its owner can change; no fault of the program."""


def is_of_the_machine(error: OSError) -> bool:
    """Tell whether the system refused something that its user can put right."""
    return error.errno in _OF_THE_MACHINE


def keep(error: BaseException) -> str:
    """Write down what is needed to find a fault of this program; return the sentence that asks to send it."""
    told = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    content = f"bench {__version__}, Python {sys.version}, {platform.platform()}\n{sys.argv!r}\n\n{told}"
    first = str(error).partition("\n")[0]
    kind = f"{type(error).__name__}: {first}" if first else type(error).__name__
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        try:
            with tempfile.NamedTemporaryFile(
                "w", dir=folder, prefix="bench-fault-", suffix=".log", delete=False
            ) as log:
                log.write(content.encode(errors="backslashreplace").decode())
        except OSError:
            continue
        return (
            f"a fault of this program, not of yours ({kind}); what was measured is kept. Please open an issue with "
            f"{log.name}"
        )
    return f"a fault of this program, not of yours ({kind}); no log could be written:\n{content}"
