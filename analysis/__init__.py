"""What it means: pure functions from numbers to science, ranking and queries."""
