"""The Monroe–Newman criterion: the 2x rule, and the linear stability of a lithium surface under a film."""
