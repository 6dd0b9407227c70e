"""Diffusion, conductivity, and the defects that carry lithium."""
