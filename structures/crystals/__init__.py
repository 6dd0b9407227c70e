"""Shipped crystals, their supercells, vacancies, and candidates for missing ones."""
