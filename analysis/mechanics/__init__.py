"""Elastic tensors, moduli, and what follows from them."""
