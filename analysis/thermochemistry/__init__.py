"""Energies of phases on one scale, and what follows: hulls, windows, reactions, chemical potentials."""
