"""Any plug that a Home Assistant knows, by its REST interface."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bench.power.meter import Reading
from bench.power.plug import PlugMeter, Request, total

_PORT = 8123
_WATTS = {"W": 1.0, "mW": 1e-3, "kW": 1e3}
_ENTITY = re.compile(r"sensor\.[a-z0-9_]{1,200}")


def _state(answer: Any) -> Reading:
    """Return the entity's state, which has to be in watts or a multiple; what is unavailable there is no number."""
    return Reading(total(answer["state"]) * _WATTS[answer["attributes"]["unit_of_measurement"]])


class HomeAssistant(PlugMeter):
    """An entity of a Home Assistant that tells power.

    Parameters
    ----------
    token : Path
        The file that holds a long-lived access token. It is sent to that host and written nowhere.
    """

    name = "homeassistant"

    def __init__(self, host: str, entity: str, token: Path) -> None:
        if not _ENTITY.fullmatch(entity):
            raise ValueError(f"entity={entity!r} is none; Home Assistant shows it, such as sensor.plug_power")
        secret = token.read_text(encoding="utf-8").strip()
        if not secret or not secret.isascii() or not secret.isprintable():
            raise ValueError(f"token={token} holds no access token; a profile's page in Home Assistant makes one")
        self.requests = (Request(f"/api/states/{entity}", _state),)
        super().__init__(host, port=_PORT)
        self._headers = {"Authorization": f"Bearer {secret}"}
        self.details["entity"] = entity
        self.details["cannot_see"] = "anything faster than the plug tells Home Assistant, often ten seconds"


def unusable() -> None:
    """Return None: whether there is one shows when it is named."""


def create(host: str = "", entity: str = "", token: str = "") -> HomeAssistant:
    """Return the entity (`sensor.plug_power`) of the Home Assistant at `host`, with the `token` in that file."""
    if not token:
        raise ValueError("it needs the file that an access token is in, such as token=/home/pi/token")
    try:
        return HomeAssistant(host, entity, Path(token))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"token={token} can't be read ({error})") from None
