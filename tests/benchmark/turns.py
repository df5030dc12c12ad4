"""Two programs measured turn and turn about, so that a machine whose speed drifts treats both alike."""

import json
import statistics
import subprocess
from typing import Any, NamedTuple

from bench.records.statistics import interval


class Bare:
    """A running `bare.py`, which measures when it is told to.

    Parameters
    ----------
    command : list of str
        What runs it, but for its job.

    Attributes
    ----------
    peak_mib : float
        Its largest resident memory after loading and warming up.
    """

    def __init__(self, command: list[str], job: dict[str, object]) -> None:
        self._process = subprocess.Popen(
            [*command, json.dumps(job)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.peak_mib: float = self._answer()["peak_mib"]

    def images(self, seconds: float) -> list[int]:
        """Return the nanoseconds that each image took within that time."""
        times: list[int] = self._ask("images", seconds)
        return times

    def sgemm(self, seconds: float) -> float:
        """Return the multiply-adds per second of OpenBLAS's sgemm."""
        rate: float = self._ask("sgemm", seconds)
        return rate

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def _ask(self, what: str, seconds: float) -> Any:
        assert self._process.stdin is not None
        print(what, seconds, file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(("{", "[")) or line[0].isdigit():  # some frameworks talk on their own
                return json.loads(line)
        raise RuntimeError(f"{self._process.args} ended with code {self._process.wait()}")


class Ratio(NamedTuple):
    """A ratio of speeds with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def speed_ratio(turns: list[tuple[list[int], list[int]]]) -> Ratio:
    """Return how many times as fast the first program is as the second, from the times per image in each turn.

    The interval is that of whole turns: the images of one turn are not independent.
    """
    value = _ratio(turns)
    found = interval(value, [_ratio([turn]) for turn in turns])
    assert found is not None, f"{len(turns)} turns are too few"
    return Ratio(value, *found)


def _ratio(turns: list[tuple[list[int], list[int]]]) -> float:
    first, second = ([time for turn in turns for time in turn[side]] for side in (0, 1))
    return statistics.fmean(second) / statistics.fmean(first)
