"""Interatomic potentials: the registry, their calculators, what they may be trusted with."""
