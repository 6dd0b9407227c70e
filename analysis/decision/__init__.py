"""The criterion, the gates, the ranking."""
