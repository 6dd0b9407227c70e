"""Adhesion of films to lithium, copper and NMC, and lithium upon them."""
