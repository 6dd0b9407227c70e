"""Films that are packed at random: ions, molecules, polymers, stacks."""
