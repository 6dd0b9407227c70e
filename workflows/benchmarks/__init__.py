"""How good and how fast a potential is, against shipped references: one module per subject."""
