"""The volume that lithium takes in a film."""
