"""How a number of a film is measured with lithicoat, and what a measurement cannot do."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lithicoat.analysis.decision.error_sources import ErrorSource
from lithicoat.analysis.decision.suggestions import Suggestion, Suggestions
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL
from lithicoat.workflows.protocols import Preset
from lithicoat.workflows.transport.properties import NO_LITHIUM

__all__ = ["Measurement", "measurement", "with_measurements"]

DATABASE = Path("lithicoat.db")
"""The directory that commands take if none is given."""
COMMANDS = {
    "shear_modulus": "elastic",
    "lowest_elastic_eigenvalue": "elastic",
    "bulk_modulus": "elastic",
    "log10_conductivity": "diffusion",
    "conductivity": "diffusion",
    "diffusivity": "diffusion",
    "activation_energy": "diffusion",
    "highest_stable_temperature": "diffusion",
    "contact_": "stability",
    "reaction_": "stability",
    "window_": "stability",
    "energy_above_hull": "stability",
    "scavenging_": "scavenging",
    "oxidation_volume_ratio": "scavenging",
    "uptake_onset": "scavenging",
    "oxygen_margin": "scavenging",
    "adhesion_": "adhesion",
    "lithium_spreading": "adhesion",
}
"""How the name of a property begins, and the command that measures it."""
ADVICE = {
    ErrorSource.BOUND: "more time and more temperatures may turn the bound into a value",
    ErrorSource.MISSING: "",
    ErrorSource.ASSUMED: "several replicas show the spread that is assumed here",
    ErrorSource.CALIBRATION: "more cells leave that of the calibration; only a reference modulus narrows it",
    ErrorSource.CELLS: "more and larger cells narrow it",
    ErrorSource.EXTRAPOLATION: "colder and longer runs shorten the extrapolation",
    ErrorSource.DEFECT_MODEL: "no run finds the share of empty sites; a measured conductivity would",
    ErrorSource.ENERGIES: "more cells narrow the film's own energy only; --potential shows the rest",
    ErrorSource.REPORTED: "a measured gap belongs into your catalog (--catalog)",
}
"""What a run can do about an error, and what not."""
WITHOUT_LITHIUM = "give a cell of its lithiated form as a file to lithicoat diffusion"
NO_COMMAND = "no command of lithicoat measures it"


class Measurement(NamedTuple):
    """How to come to a number."""

    command: str | None
    """What to type; None if no command measures it."""
    advice: str
    """What it can do, and what not."""


def measurement(suggestion: Suggestion, record: ScreeningRecord, db: Where = DATABASE) -> Measurement:
    """Say how a number of a film could be known better.

    Parameters
    ----------
    suggestion : Suggestion
        The number, with what its error is for the most part.
    record : ScreeningRecord
        Record of the film: what computed it so far.
    db : Path or MongoDatabase
        Database of the record.
    """
    advice = ADVICE[suggestion.main_error]
    if NO_LITHIUM in suggestion.now.flags:
        return Measurement(None, WITHOUT_LITHIUM)
    name = next(
        (command for start, command in COMMANDS.items() if suggestion.property.startswith(start)), None
    )
    if name is None or suggestion.main_error is ErrorSource.REPORTED:
        return Measurement(None, advice or NO_COMMAND)
    words = ["lithicoat", name, suggestion.film]
    if suggestion.main_error is ErrorSource.DEFECT_MODEL:
        words.append("--barriers")
    words += _as_before(record)
    words += [] if db == DATABASE else ["--db", str(db)]
    return Measurement(shlex.join(words), advice)


def with_measurements(
    suggestions: Suggestions, records: Mapping[str, ScreeningRecord], db: Where = DATABASE
) -> Suggestions:
    """Add to each suggestion how the number could be known better.

    Parameters
    ----------
    suggestions : Suggestions
        What would change the ranking.
    records : mapping of str to ScreeningRecord
        Records by id of the film.
    db : Path or MongoDatabase
        Database of the records.
    """
    numbers = []
    for suggestion in suggestions.numbers:
        command, advice = measurement(suggestion, records[suggestion.film], db)
        numbers.append(suggestion.model_copy(update={"command": command, "advice": advice}))
    return suggestions.model_copy(update={"numbers": tuple(numbers)})


def _as_before(record: ScreeningRecord) -> list[str]:
    """Return the options of the next more careful run with the record's potential."""
    options = [] if record.potential == DEFAULT_POTENTIAL else ["--potential", record.potential]
    presets = [preset.value for preset in Preset]
    done = record.protocol.rpartition("-")[0]
    if done == presets[-1]:  # there is none beyond: other cells of the same kind
        return [*options, "--preset", done, "--seed", str(record.seed + 1)]
    following = presets[presets.index(done) + 1] if done in presets else Preset.STANDARD.value
    return [*options, "--preset", following]
