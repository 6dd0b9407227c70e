"""Layered oxides: order of the metals and of lithium."""
