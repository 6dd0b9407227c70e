"""Oxygen scavenging: reactions, capacities, the oxygen potential, uptake against time."""
