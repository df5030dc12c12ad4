"""Smart plugs that tell over HTTP what they supply."""

from __future__ import annotations

import http.client
import math
import re
import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any, NamedTuple, Optional

from bench.errors import UserError
from bench.power.meter import Meter, Reading
from bench.records.seal import parsed

_DEADLINE_S = 2.0
"""For a whole request, however slowly the bytes come."""

_LARGEST = 64 * 1024
"""No plug's answer has more bytes."""

_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?")


class Request(NamedTuple):
    """What a kind of plug is asked, and how its answer is read.

    Attributes
    ----------
    path
        Path and query.
    reading
        Takes the parsed answer; raises LookupError, TypeError or ValueError where that has no power.
    """

    path: str
    reading: Callable[[Any], Reading]


class PlugMeter(Meter):
    """A plug between the mains and the board's power supply.

    Attributes
    ----------
    requests
        What plugs of this make understand, one after another; the first that is answered with a power is kept to.
    """

    boundary = "wall"
    fastest_period_s = 1.0  # plugs renew their numbers about once a second
    requests: tuple[Request, ...]

    def __init__(self, host: str, port: int = 80) -> None:
        if not host:
            raise ValueError(f"it needs the plug's address, such as --meter {self.name}:host=192.168.1.20")
        parts = _HOST.fullmatch(host)
        if parts is None or int(parts[2] or 0) > 65_535:
            raise ValueError(f"host={host!r} is no address; it looks like 192.168.1.20, plug.local or plug.local:8080")
        self._host = host
        self._address = parts[1].strip("[]"), int(parts[2] or port)
        self._headers: dict[str, str] = {}
        self._request = self.requests[0]
        self.details = {
            "host": host,
            "cannot_see": "anything faster than a second; at 5 W a plug's resolution and accuracy are coarse",
        }

    def open(self) -> None:
        """Find out what the plug understands; raises UserError."""
        faults = []
        for request in self.requests:
            self._request = request
            try:
                self.read()
            except OSError as error:
                faults.append(f"http://{self._host}{request.path} gives no power ({error})")
            else:
                self.details["asked"] = request.path
                return
        raise UserError(
            f"meter {self.name}: {faults[0]}; check the address in a browser, and that the plug asks for no password"
        )

    def read(self) -> Reading:
        """Return what the plug supplies; raises OSError where it does not answer as it should, and in time."""
        answer = self._ask(self._request.path)
        try:
            return self._request.reading(parsed(answer))
        except (LookupError, TypeError, AttributeError):
            raise OSError("an answer without power") from None
        except (ValueError, ArithmeticError):
            raise OSError("an answer that is no such JSON") from None

    def close(self) -> None:
        """Do nothing: each reading is a connection of its own."""

    def _ask(self, path: str) -> bytes:
        # Straight to the plug, which is on this network, whatever the proxy for others.
        with closing(http.client.HTTPConnection(*self._address, timeout=_DEADLINE_S)) as connection:
            try:
                connection.connect()
                hurry = threading.Timer(_DEADLINE_S, _hang_up, [connection.sock])
                hurry.start()
                try:
                    connection.request("GET", path, headers={"Connection": "close", **self._headers})
                    answer = connection.getresponse()
                    content = answer.read(_LARGEST + 1)
                finally:
                    hurry.cancel()
            except http.client.HTTPException as error:
                raise OSError(f"no whole HTTP answer within {_DEADLINE_S:g} s: {type(error).__name__}") from None
            except ValueError as error:  # a status or a length that is no number
                raise OSError(f"no HTTP answer: {error}") from None
        if answer.status != http.client.OK:
            raise OSError(f"status {answer.status}")
        if len(content) > _LARGEST:
            raise OSError(f"an answer of more than {_LARGEST} bytes")
        if answer.length:
            raise OSError(f"an answer that ends {answer.length} bytes too soon")
        return content


def total(value: Any) -> float:
    """Return a number, or the sum of a list of one for each phase.

    Raises
    ------
    TypeError, ValueError
        If it is neither, or not finite.
    """
    if isinstance(value, list) and value:
        return sum(map(total, value))
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(f"{value!r} is no number")
    number = float(value)
    if not math.isfinite(number) or "_" in str(value):  # which Python reads over
        raise ValueError(f"{value!r} is no number")
    return number


def optional(answer: Any, name: str) -> Optional[float]:
    """Return a field of an answer that a plug may do without; None too where it has one value for each phase."""
    with suppress(TypeError, ValueError, OverflowError):
        return None if isinstance(answer.get(name), list) else total(answer.get(name))
    return None


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
