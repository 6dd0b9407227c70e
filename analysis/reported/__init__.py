"""What cells with coated electrodes are reported to do, and the ranking held against it."""
