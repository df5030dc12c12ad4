"""Made sensors: a tree of hwmon, a smart plug that answers."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Callable


def sensor(root: Path, number: int, chip: str, address: str = "1-0040", **files: object) -> Path:
    """Plant a hardware monitor as the kernel shows it."""
    device = root / "devices" / address
    device.mkdir(parents=True, exist_ok=True)
    folder = root / f"class/hwmon/hwmon{number}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "name").write_text(f"{chip}\n")
    if not (folder / "device").exists():
        (folder / "device").symlink_to(device)
    for name, content in files.items():
        (folder / name).write_text(f"{content}\n")
    return folder


@contextmanager
def served(answer: Callable[[], object]) -> Iterator[str]:
    """Answer every request with that JSON; yields host:port."""

    class Plug(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answer()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Plug) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def answering(answer: Callable[[str], bytes], pause_s: float = 0) -> Iterator[str]:
    """Answer every request for a path with these very bytes, one by one with a pause if asked; yields host:port."""

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(10)
                path = connection.recv(65_536).split(b" ")[1].decode()
                content = answer(path)
                if not pause_s:
                    connection.sendall(content)
                    continue
                for byte in content:
                    connection.send(bytes([byte]))
                    time.sleep(pause_s)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
    thread.join(15)
