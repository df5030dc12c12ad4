"""The power sensor of a simulated board: read as a real one, and never taken for one."""

from __future__ import annotations

import errno

from bench.board.simulated.board import SimulatedBoard
from bench.errors import UserError
from bench.power.meter import Meter, Reading, find_meter
from bench.power.meters.hwmon import Hwmon


class BoardSensor(Meter):
    """The INA219 in the board's tree, read as any other; each reading brings the tree up to date first."""

    name = "simulated"
    boundary = "simulated"

    def __init__(self, board: SimulatedBoard) -> None:
        self._board = board
        self._sensor = Hwmon(root=board.root / "sys")
        self.fastest_period_s = self._sensor.fastest_period_s
        self.details = board.details

    def open(self) -> None:
        """Find the sensor; raises OSError while it has vanished."""
        self._answer()
        self._sensor.open()

    def read(self) -> Reading:
        """Return power, voltage and current; raises OSError while the sensor has vanished."""
        self._answer()
        return self._sensor.read()

    def close(self) -> None:
        """Close the sensor's files."""
        self._sensor.close()

    def _answer(self) -> None:
        self._board.tick()
        if not self._board.has_sensor:
            raise OSError(errno.ENODEV, "the simulated power sensor has vanished")


def board_meter(spec: str, board: SimulatedBoard) -> Meter:
    """Return the meter for a `--meter` argument on a simulated board.

    Raises
    ------
    UserError
        If it asks for a real meter, whose watts would be another computer's.
    """
    if spec == "none":
        return find_meter(spec)
    if spec not in ("auto", "hwmon", "simulated"):
        raise UserError(f"a simulated board can't have the meter '{spec}'; give --meter auto or none, or no --board")
    return BoardSensor(board)
