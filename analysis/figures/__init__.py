"""Figures: one function each, numbers in, a matplotlib Figure out."""
