"""Stability of a film: against its competing phases, against lithium and against charged NMC."""
