"""Crystals that are searched: structure types, lithium orderings, the hull."""
