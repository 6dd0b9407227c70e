"""Oxygen: what films take up, what the cathode offers, and how fast."""
