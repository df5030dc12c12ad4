"""Reading the one-value files of /proc and /sys."""

from __future__ import annotations

import os
from pathlib import Path

_LONGEST = 4096
_LONGEST_NUMBER = 32


class OpenValue:
    """A one-value file kept open: each read asks the kernel anew for the price of one system call.

    Parameters
    ----------
    path : Path
        A file of /proc or /sys.

    Raises
    ------
    OSError
        If it can't be opened.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def read(self) -> str:
        """Return the present content without surrounding space; raises OSError where the device has gone."""
        return _text(os.pread(self._descriptor, _LONGEST, 0))

    def read_number(self) -> int:
        """Return the present content as a whole number; raises OSError like `read`, ValueError if it is none."""
        return int(os.pread(self._descriptor, _LONGEST_NUMBER, 0))

    def close(self) -> None:
        """Close the file; it can't be read any more."""
        os.close(self._descriptor)


def read_value(path: Path) -> str | None:
    """Return a file's content without surrounding space and NUL bytes, or None if it can't be read."""
    try:
        return _text(path.read_bytes())
    except OSError:
        return None


def hwmon_devices(root: Path) -> list[tuple[Path, str]]:
    """Return the folder and the chip name of every hardware monitor.

    The number in `hwmonN` changes from boot to boot: only the name tells what it is.

    Parameters
    ----------
    root : Path
        Where sysfs is mounted.
    """
    folders = sorted((root / "class/hwmon").glob("hwmon*"))
    return [(folder, read_value(folder / "name") or "") for folder in folders]


def _text(content: bytes) -> str:
    return content.decode(errors="replace").strip("\0 \t\n")
