"""The commands of `lithicoat`, one file each."""
