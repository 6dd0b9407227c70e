"""From packed cells to films: annealed replicas and what they have in common."""
