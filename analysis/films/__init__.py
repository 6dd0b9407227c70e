"""What the replicas of a film have in common."""
