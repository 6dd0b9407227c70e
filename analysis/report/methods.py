"""The methods text: what was done in this campaign, with the numbers of its protocol and the references."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lithicoat.analysis.criterion.rule import CRITICAL_RATIO, LI_SHEAR_MODULUS_GPA
from lithicoat.analysis.database import quantity
from lithicoat.analysis.report.citations import References
from lithicoat.analysis.report.screening import Screening

__all__ = ["Paragraph", "methods"]

SOFTWARE = {
    "ase": "larsen2017",
    "pymatgen": "ong2013",
    "jobflow": "rosen2024",
    "atomate2": "ganose2025",
    "kinisi": "mccluskey2024",
}
"""References of packages whose versions a record names."""


@dataclass(frozen=True)
class Paragraph:
    """One paragraph.

    Parameters
    ----------
    title : str
        What it is about.
    text : str
        Plain text; numbers in square brackets are references.
    """

    title: str
    text: str


def methods(screening: Screening, references: References) -> list[Paragraph]:
    """Write the methods of a campaign; what was not run is not written of.

    Parameters
    ----------
    screening : Screening
        The campaign.
    references : References
        Takes up what is cited.
    """
    told = _Told(screening, references)
    found = []
    for title, write in PARAGRAPHS:
        text = " ".join(write(told))
        if text:
            found.append(Paragraph(title, text))
    return found


@dataclass(frozen=True)
class _Told:
    """What the sentences are made from."""

    screening: Screening
    references: References

    def number(self, *path: str) -> str:
        """Return a number of the protocol as text."""
        value: Any = self.screening.campaign.numbers
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, list | tuple):
            return ", ".join(f"{one:g}" for one in value)
        return f"{value:g}" if isinstance(value, int | float) else "an unrecorded number of"

    def refer(self, *keys: str) -> str:
        """Return references in square brackets."""
        return f"[{', '.join(map(str, self.references.cite(*keys)))}]"

    def kinds(self) -> dict[str, list[str]]:
        """Return films by the kind of their models."""
        found: dict[str, list[str]] = {}
        for record in self.screening.records:
            for model in record.models[:1]:
                found.setdefault(model.kind, []).append(record.coating)
        return found

    def ran(self, start: str) -> bool:
        """Tell whether any film has a step whose name begins so."""
        steps = (step for record in self.screening.records for step in record.steps.values())
        return any(step.startswith(start) for step in steps)

    def has(self, name: str) -> bool:
        """Tell whether any film has a number of a property, or a reason why there is none."""
        return any(name in record.properties for record in self.screening.records)

    def temperatures(self, kind: str) -> str:
        """Return the temperatures of the runs of films of one kind."""
        films = set(self.kinds().get(kind, ()))
        found = {
            int(match[1])
            for record in self.screening.records
            if record.coating in films
            for step in record.steps.values()
            if (match := re.match(r"diffusion (\d+) K", step))
        }
        return " and ".join(map(str, sorted(found)))


def _potential(told: _Told) -> Iterator[str]:
    own: dict[tuple[str, str], list[str]] = {}
    borrowed: dict[tuple[str, str], dict[str, None]] = {}
    for record in told.screening.records:
        own.setdefault((record.potential, record.sha256), []).append(record.coating)
        for name, prop in record.properties.items():
            origin = prop.provenance
            if origin.potential and origin.sha256 and origin.sha256 != record.sha256:
                labels = borrowed.setdefault((origin.potential, origin.sha256), {})
                labels[quantity(name).label] = None
    for (name, sha256), films in own.items():
        of = f" of {_and(films)}" if len(own) > 1 else ""
        yield (
            f"Energies, forces and stresses{of} are those of {name}{_model_of(told, name)}, sha256 {sha256}."
        )
    for (name, sha256), labels in borrowed.items():
        what = _and(labels)
        by = f"by {name}{_model_of(told, name)}, sha256 {sha256}"
        yield f"{what[:1].upper()}{what[1:]}: {by}."


def _model_of(told: _Told, name: str) -> str:
    if name.startswith("mace-lithicoat"):
        refer = told.refer
        return (
            f", a MACE potential {refer('batatia2022')} distilled from the SevenNet potential of Park et al. "
            f"{refer('park2024')}"
        )
    if name.startswith("mace"):
        return f", a MACE potential {told.refer('batatia2022', 'batatia2024')}"
    return f" {told.refer('deng2023')}" if name.startswith("chgnet") else ""


def _models(told: _Told) -> Iterator[str]:
    kinds = told.kinds()
    number = told.number
    if films := kinds.get("amorphous"):
        yield (
            f"Amorphous cells of at most {number('build', 'max_atoms')} atoms ({_and(films)}) were "
            "packed with "
            f"Packmol {told.refer('martinez2009')}, melted at {number('anneal', 'melt_temperature_K')} "
            "K for up "
            f"to {number('anneal', 'melt_ps')} ps, quenched at {number('anneal', 'quench_rate_K_ps')} "
            "K/ps and "
            f"held at 300 K and zero pressure for {number('anneal', 'hold_ps')} ps."
        )
    if films := kinds.get("molecular"):
        yield (
            f"Cells of molecules ({_and(films)}) were packed with Packmol {told.refer('martinez2009')}, "
            f"compressed at {number('anneal', 'compress_pressure_GPa')} GPa and "
            f"{number('anneal', 'compress_temperature_K')} K for {number('anneal', 'compress_ps')} ps, "
            "released "
            "and cooled to 300 K; their covalent bonds had to be the same before and after."
        )
    if films := kinds.get("crystal"):
        yield f"Crystals ({_and(films)}) were taken from their known structures."
    replicas = number("build", "replicas")
    if "amorphous" in kinds or "molecular" in kinds:
        several = f"{replicas} independent cells were made."
        one = "one cell was made, so that the spread between cells is not known."
        yield f"Of every disordered film {one if replicas == '1' else several}"
    if told.ran("relax"):
        yield (
            f"Positions and cells were relaxed until forces were below {number('relax', 'fmax_eV_A')} "
            "eV/Å and "
            f"stresses below {number('relax', 'smax_GPa')} GPa {told.refer('larsen2017')}."
        )


def _elasticity(told: _Told) -> Iterator[str]:
    if not told.ran("elastic"):
        return
    strains = told.number("elastic", "strains")
    yield (
        f"Elastic constants follow by least squares from the stresses of six strains of ± {strains}, ions "
        f"relaxed to {told.number('elastic', 'fmax_eV_A')} eV/Å, and moduli as Voigt–Reuss–Hill means "
        f"{told.refer('hill1952')}."
    )
    flags = dict.fromkeys(
        flag
        for record in told.screening.records
        for flag in record.property_or_missing("shear_modulus_calibrated", "GPa").flags
        if flag.startswith("calibrated on")
    )
    for flag in flags:
        yield (
            f"The shear modulus was corrected by the ratio between reference values and the potential's "
            f"({flag}); the scatter is part of its uncertainty."
        )


def _diffusion(told: _Told) -> Iterator[str]:
    if told.ran("diffusion"):
        runs = [
            f"{name} at {temperatures} K"
            for kind, name in (
                ("crystal", "crystals"),
                ("amorphous", "amorphous films"),
                ("molecular", "molecular films"),
            )
            if (temperatures := told.temperatures(kind))
        ]
        number = told.number
        yield (
            f"Lithium was followed in molecular dynamics ({'; '.join(runs)}) of "
            f"{number('diffusion', 'production_ps')} "
            f"to {number('diffusion', 'longest_ps')} ps under a Bussi thermostat {told.refer('bussi2007')}."
        )
        yield (
            "Self-diffusivities and their uncertainties are those of kinisi "
            f"{told.refer('mccluskey2024', 'mccluskey2025')}; "
            "a run that saw too few hops gives an upper bound. The conductivity at 298 K follows from an "
            "Arrhenius fit and the Nernst–Einstein relation with the Haven ratio where it is resolved."
        )
    if told.ran("migration"):
        number = told.number
        yield (
            "In crystals the barriers of lithium vacancies were found with the climbing-image nudged "
            "elastic "
            f"band {told.refer('henkelman2000')} of {number('carriers', 'band', 'images')} images. Their "
            f"conductivity assumes {number('carriers', 'carriers_per_site')} of the sites empty and an "
            "attempt "
            f"frequency of {number('carriers', 'attempt_THz')} THz."
        )


def _stability(told: _Told) -> Iterator[str]:
    if told.ran("stability"):
        yield (
            f"Distances from the hull, and windows against lithium as grand-potential phase diagrams "
            f"{told.refer('ong2008')}, use reference phases computed with the same potential, by pymatgen "
            f"{told.refer('ong2013')}. Their energies are corrected by terms for anions, oxyanions and "
            "transition metals, fitted by Bayesian regression to measured enthalpies of formation; the "
            f"prior is that of the functional {told.refer('wang2021')}."
        )
    if told.ran("stability") or told.ran("contact with"):
        yield (
            "The reaction with an electrode is that of the most exothermic mixture of both "
            f"{told.refer('richards2016')}; what each would set free by its own decay is taken off in the "
            "numbers called contact."
        )


def _oxygen(told: _Told) -> Iterator[str]:
    if told.ran("scavenging"):
        yield (
            "What a film turns into as it takes up oxygen is the mixture of phases of lowest grand potential "
            f"open to oxygen {told.refer('ong2008')}. Energies are enthalpies at 298 K per O2, without the "
            "entropy of the gas; the uptake counts O2 per volume of the fresh film."
        )
    if told.ran("uptake"):
        number = told.number
        yield (
            f"Slabs under {number('uptake', 'o2_molecules')} O2 were followed for "
            f"{number('uptake', 'length_ps')} ps at "
            f"{number('uptake', 'temperature_K')} K."
        )


def _interfaces(told: _Told) -> Iterator[str]:
    if told.has("adhesion_lithium") or told.has("adhesion_NMC811"):
        yield (
            "Works of adhesion are those of coherent interfaces of at most "
            f"{told.number('adhesion', 'max_atoms')} "
            "atoms against the separate slabs."
        )


def _criterion(told: _Told) -> Iterator[str]:
    if told.has("shear_modulus_calibrated"):
        yield (
            f"A film holds back lithium by the rule of Monroe and Newman {told.refer('monroe2005')} if "
            "its shear "
            f"modulus exceeds {CRITICAL_RATIO:g} × {LI_SHEAR_MODULUS_GPA:g} GPa. The rule was found for "
            "polymers."
        )
    if told.has("lithium_volume_ratio"):
        yield (
            "For solids in which a lithium ion takes less room than an atom of the metal the criterion "
            "reverses "
            f"{told.refer('ahmad2017')}; both views are shown, neither is blended into a score."
        )


def _ranking(told: _Told) -> Iterator[str]:
    yield (
        "Films that pass every gate come first, and within a group the weighted sum of documented "
        f"desirabilities decides. Every number was drawn {told.screening.draws:,} times from its error, "
        "and the "
        f"shares of the places are those of the draws {told.refer('lahdelma2001')}. A bound counts as "
        "uniform "
        "over what it leaves open."
    )


def _software(told: _Told) -> Iterator[str]:
    versions: dict[str, dict[str, None]] = {}
    for record in told.screening.records:
        for prop in record.properties.values():
            for package, version in prop.provenance.versions.items():
                versions.setdefault(package, {})[version] = None
    names = [
        f"{package} {'/'.join(found)}" + (f" {told.refer(SOFTWARE[package])}" if package in SOFTWARE else "")
        for package, found in versions.items()
    ]
    if names:
        yield f"Software: {', '.join(names)}."


PARAGRAPHS: tuple[tuple[str, Callable[[_Told], Iterator[str]]], ...] = (
    ("Potential", _potential),
    ("Models", _models),
    ("Elasticity", _elasticity),
    ("Diffusion", _diffusion),
    ("Stability", _stability),
    ("Oxygen", _oxygen),
    ("Interfaces", _interfaces),
    ("Criterion of stiffness", _criterion),
    ("Ranking", _ranking),
    ("Software", _software),
)


def _and(names: Iterable[str]) -> str:
    several = list(names)
    return several[0] if len(several) == 1 else f"{', '.join(several[:-1])} and {several[-1]}"
