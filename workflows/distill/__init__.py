"""From labelled configurations to a potential of our own."""
