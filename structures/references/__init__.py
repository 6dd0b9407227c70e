"""The reference phases: crystals, isostructural compounds and gases that films may turn into."""
