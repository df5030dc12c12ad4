"""What the data sheets say of Texas Instruments' current sensors, however they are read."""

from __future__ import annotations

from typing import NamedTuple, Optional


class DataSheet(NamedTuple):
    """One sensor.

    Attributes
    ----------
    uncertainty
        Largest gain errors of voltage and current at 25 °C, added up; an outer shunt's tolerance comes on top.
    shunt_step_v
        One step of the voltage over the shunt, in volts; None where there is more than one range, or a shunt within.
    """

    uncertainty: float
    shunt_step_v: Optional[float] = None


DATA_SHEETS = {
    "ina219": DataSheet(0.01, 10e-6),  # SBOS448G: 0.5 % + 0.5 %
    "ina226": DataSheet(0.002, 2.5e-6),  # SBOS547B: 0.1 % + 0.1 %
    "ina228": DataSheet(0.001),  # SBOSA20: 0.05 % + 0.05 %
    "ina237": DataSheet(0.006),  # SBOSA20A: 0.3 % + 0.3 %
    "ina238": DataSheet(0.002),  # SBOSA20: 0.1 % + 0.1 %
    "ina260": DataSheet(0.0025),  # SBOS656C: 0.15 % + 0.1 %, its own shunt included
}
"""By the name that the kernel gives it."""
