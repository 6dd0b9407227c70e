"""Reference phases of a potential: energies, corrections fitted to measured enthalpies, the record."""
