"""What computes: potentials, Makers on jobflow and atomate2, storing, the command line."""
