"""What `elastic` measures of one film or structure, and how it is printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lithicoat.analysis.mechanics.elasticity import ElasticResult
from lithicoat.analysis.mechanics.laminates import Laminate, Layer, laminate
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.properties import Property
from lithicoat.workflows.commands.console import format_property, out
from lithicoat.workflows.commands.single import Task, run_task
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.mechanics.elastic import ElasticDocument
from lithicoat.workflows.mechanics.thermal import ThermalElasticDocument

__all__ = [
    "FilmModuli",
    "as_json",
    "measure",
    "parse_thicknesses",
    "print_film",
    "print_stack",
    "write_figures",
]


@dataclass(frozen=True, kw_only=True)
class FilmModuli:
    """Elastic properties of one film or structure.

    Parameters
    ----------
    task : Task
        What was measured, and with what.
    moduli : dict of str to Property
        Moduli by name, averaged over the cells.
    mean : ElasticResult
        Mean over the cells at 0 K.
    elastic : list of ElasticDocument
        One per cell.
    thermal : list of ThermalElasticDocument
        One per cell; none if only 0 K was asked for.
    """

    task: Task
    moduli: dict[str, Property]
    mean: ElasticResult
    elastic: list[ElasticDocument]
    thermal: list[ThermalElasticDocument]

    def json(self) -> dict[str, Any]:
        """Return the form for machines."""
        found = {**self.moduli, "tensor_GPa": self.mean.tensor_GPa, "born_stable": self.mean.born_stable}
        if self.thermal:
            found["shears"] = [
                document.result.model_dump(mode="json", exclude={"shear_modulus"})
                for document in self.thermal
            ]
        return found


def measure(task: Task, db: Where, *, thermal: bool, quiet: bool) -> FilmModuli:
    """Measure the elastic tensor and, if asked, the shear modulus at the protocol's temperature."""
    from lithicoat.analysis.mechanics.elasticity import ensemble_result
    from lithicoat.workflows.mechanics.moduli import elastic_properties, thermal_properties
    from lithicoat.workflows.potentials.environments import environment_flags
    from lithicoat.workflows.provenance import provenance, signed

    maker, ref = task.maker, task.potential
    prepared, relaxed = maker.prepare(task.subject, ref, seed=task.seed)
    elastic = maker.elastic(relaxed, ref)
    committee = maker.committee_elastic(relaxed, ref)
    warm = maker.thermal_elastic(relaxed, ref, seed=task.seed) if thermal else []
    environments = maker.environments(relaxed, [], ref)
    sisters = [job for sister in committee for job in sister]
    wanted = [*elastic, *sisters, *warm, *environments]
    outputs = iter(run_task(task, [*prepared, *wanted], wanted, db, quiet=quiet))
    documents = [next(outputs) for _ in elastic]
    results = [document.result for document in documents]
    by_sister = [[next(outputs).result for _ in sister] for sister in committee]
    shears = [next(outputs) for _ in warm]
    flags = environment_flags(next(outputs, None), ref, moving=False)
    found = elastic_properties(results, ref, by_sister)
    if thermal:
        kelvin = task.protocol.thermal_elastic.temperature_K
        found |= thermal_properties(shears, ref, temperature_K=kelvin)
    origin = provenance(ref, task.protocol, task.seed)
    return FilmModuli(
        task=task,
        moduli={
            name: signed(quantity, origin, task.protocol).flagged(*flags) for name, quantity in found.items()
        },
        mean=ensemble_result(results),
        elastic=documents,
        thermal=shears,
    )


def print_film(film: FilmModuli, db: Where) -> None:
    """Print moduli, tensor, what was done, and the notes."""
    task = film.task
    for name, quantity in film.moduli.items():
        out.print(f"{name.replace('_', ' '):30s} {format_property(quantity)}")
    out.print("elastic tensor (GPa; xx yy zz yz xz xy)")
    for row in film.mean.tensor_GPa:
        out.print("   " + " ".join(f"{value:8.2f}" for value in row))
    for number, document in enumerate(film.thermal, start=1):
        cell = f"cell {number}, " if len(film.thermal) > 1 else ""
        modes = ", ".join(
            f"{mode.mode.value} {mode.modulus_GPa:.1f} ± {mode.error_GPa:.1f}"
            for mode in document.result.modes
        )
        out.print(
            f"shears at {document.result.temperature_K:g} K ({cell}GPa): {modes}; volume "
            f"{document.expansion:+.2%} against 0 K",
            soft_wrap=True,
        )
    strains = " and ".join(f"±{strain:g}" for strain in task.protocol.elastic.strains)
    out.print(
        f"{len(film.elastic)} cell(s), six strain states {strains}, ions relaxed; {task.potential.id}, "
        f"protocol {task.protocol.label}; raw data in {db}",
        soft_wrap=True,
    )
    for flag in dict.fromkeys(flag for quantity in film.moduli.values() for flag in quantity.flags):
        out.print(f"note: {flag}", soft_wrap=True)


def parse_thicknesses(text: str | None, names: Sequence[str]) -> list[float]:
    """Read thicknesses in nm, as 10,5: one per film.

    Raises
    ------
    UsageError
        If they are no positive numbers, or not as many as the films.
    """
    if text is None:
        return []
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(0 < value < float("inf") for value in found):
        raise UsageError(
            f"--thickness {text} is not a list of positive numbers",
            where="--thickness",
            hint="in nm, one per film, as in --thickness 10,5",
        )
    if len(found) != len(names) or len(names) < 2:
        raise UsageError(
            f"--thickness gives {len(found)} layer(s), but {len(names)} film(s) are named: "
            "a stack needs two or more films and one thickness for each",
            where="--thickness",
            hint="lithicoat elastic LiGL Al2O3 --thickness 10,5",
        )
    return found


def _stack(
    films: Sequence[FilmModuli], thicknesses_nm: Sequence[float], *, shear: str = "shear_modulus"
) -> Laminate:
    """Return the moduli at 0 K of films on top of each other, with the shear modulus of that name."""
    return laminate(
        [
            Layer(
                name=film.task.name,
                thickness_nm=thickness,
                bulk_modulus=film.moduli["bulk_modulus"],
                shear_modulus=film.moduli[shear],
            )
            for film, thickness in zip(films, thicknesses_nm, strict=True)
        ]
    )


def as_json(films: Sequence[FilmModuli], thicknesses_nm: Sequence[float]) -> dict[str, Any]:
    """Return the form for machines: of one film its moduli, of several all of them by name, and the stack."""
    if len(films) == 1:
        return films[0].json()
    found: dict[str, Any] = {"films": {film.task.name: film.json() for film in films}}
    if thicknesses_nm:
        corrected = _stack(films, thicknesses_nm, shear="shear_modulus_calibrated")
        found["laminate"] = _stack(films, thicknesses_nm)
        found["laminate_calibrated"] = {
            "shear_in_plane": corrected.shear_in_plane,
            "shear_across": corrected.shear_across,
        }
    return found


def print_stack(films: Sequence[FilmModuli], thicknesses_nm: Sequence[float]) -> None:
    """Print the bounds and the exact shears of a stack."""
    layers = _stack(films, thicknesses_nm)
    made = " on ".join(
        f"{thickness:g} nm {film.task.name}" for film, thickness in zip(films, thicknesses_nm, strict=True)
    )
    out.print(f"{made}: {layers.thickness_nm:g} nm in all, 0 K, by thickness")
    corrected = _stack(films, thicknesses_nm, shear="shear_modulus_calibrated")
    rows = {
        "shear in the plane (exact)": layers.shear_in_plane,
        "shear across (exact)": layers.shear_across,
        "the same, calibrated, in the plane": corrected.shear_in_plane,
        "the same, calibrated, across": corrected.shear_across,
        "bulk modulus, upper bound": layers.bulk_voigt,
        "bulk modulus, lower bound": layers.bulk_reuss,
        "Young's modulus, upper bound": layers.youngs_voigt,
        "Young's modulus, lower bound": layers.youngs_reuss,
    }
    for name, quantity in rows.items():
        out.print(f"{name:35s} {format_property(quantity)}")
    for flag in dict.fromkeys(
        flag for quantity in rows.values() if quantity.value is None for flag in quantity.flags
    ):
        out.print(f"note: {flag}", soft_wrap=True)


def write_figures(film: FilmModuli, directory: Path) -> list[Path]:
    """Draw the surfaces of the moduli and the stresses they come from: the shears if there are any."""
    from lithicoat.analysis.figures.stress_strain import tensor_series, thermal_series
    from lithicoat.workflows.commands.figures import computed_with, elastic_figures

    first = film.elastic[0]
    return elastic_figures(
        film.mean.tensor_GPa,
        directory,
        name=Path(film.task.name).stem,
        stress_strain=thermal_series(film.thermal[0].result)
        if film.thermal
        else tensor_series(first.strains, first.stresses_GPa, first.result.tensor_GPa),
        caption=computed_with(film.task),
    )
