"""Which film to compute next."""
