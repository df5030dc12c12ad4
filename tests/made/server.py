"""A server of files that answers as it is told."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer


class Server(HTTPServer):
    """Answers each request with the next of `answers`: (status, content, claimed length)."""

    answers: list[tuple[int, bytes, int]]
    served = 0


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.served += 1
        status, content, length = self.server.answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
