"""Pairs of films: one on the anode, one on the cathode."""
