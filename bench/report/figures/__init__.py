"""Figures, described once as data and drawn by matplotlib and plotly."""
