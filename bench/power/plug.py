"""Smart plugs that tell over HTTP what they supply."""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from bench.errors import UserError
from bench.power.meter import Meter, Reading

_TIMEOUT_S = 2.0


class PlugMeter(Meter):
    """A plug between the mains and the board's power supply.

    Attributes
    ----------
    path
        What to ask the plug for.
    """

    boundary = "wall"
    fastest_period_s = 1.0  # plugs renew their numbers about once a second
    path: str

    def __init__(self, host: str) -> None:
        if not host:
            raise ValueError(f"it needs the plug's address, such as --meter {self.name}:host=192.168.1.20")
        self._host = host
        self._opener = build_opener(ProxyHandler({}))  # it is on this network, whatever the proxy for others
        self.details = {
            "host": host,
            "cannot_see": "anything faster than a second; at 5 W a plug's resolution and accuracy are coarse",
        }

    def open(self) -> None:
        """Ask once; raises UserError."""
        try:
            self.read()
        except OSError as error:
            raise UserError(
                f"meter {self.name}: http://{self._host}{self.path} gives no power ({error}); "
                "check the address in a browser, and that the plug asks for no password"
            ) from None

    def read(self) -> Reading:
        """Return what the plug supplies; raises OSError where it does not answer as it should."""
        try:
            with self._opener.open(f"http://{self._host}{self.path}", timeout=_TIMEOUT_S) as answer:
                return self.reading(json.load(answer))
        except HTTPError as error:
            error.close()
            raise OSError(f"status {error.code}") from None
        except (ValueError, KeyError, TypeError) as error:
            raise OSError(f"an answer without power: {type(error).__name__} {error}") from None

    def close(self) -> None:
        """Do nothing: each reading is a connection of its own."""

    @abstractmethod
    def reading(self, answer: Any) -> Reading:
        """Return what a parsed answer says; raises KeyError, TypeError or ValueError if it does not."""
