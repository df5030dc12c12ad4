"""Figures, described once as data and drawn by matplotlib and plotly."""

import logging

logging.getLogger("matplotlib").setLevel(logging.ERROR)  # where nobody has a home it works all the same, and says so
