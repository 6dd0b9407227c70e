"""Molecular dynamics that can be killed and goes on."""
