"""Relaxation and elasticity, at rest and at a temperature."""
