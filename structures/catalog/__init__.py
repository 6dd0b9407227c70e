"""What can be screened: entries, series, the library of polyols, reported values."""
