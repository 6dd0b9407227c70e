"""Slabs, and films on electrodes."""
