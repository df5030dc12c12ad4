"""Archives made in memory."""

from __future__ import annotations

import io
import tarfile


def tgz(files: dict[str, bytes]) -> bytes:
    """Return a .tgz that has these files by these very paths."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
