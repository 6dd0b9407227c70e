"""Gates, desirabilities, draws, ranking: what to grow, and how sure that is."""
