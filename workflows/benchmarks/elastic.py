"""How good a potential is at elastic moduli: the benchmark, and the calibration that follows from it."""

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, Self

from ase import Atoms
from pydantic import Field

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mechanics.calibration import Calibration, fit_calibration
from lithicoat.analysis.mechanics.elasticity import elastic_result, fit_tensor
from lithicoat.workflows.benchmarks.base import Benchmark, Frozen
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.elastic import strained_stresses
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef, elements
from lithicoat.workflows.progress import listen, report
from lithicoat.workflows.protocols import ElasticSpec, RelaxSpec
from lithicoat.workflows.provenance import provenance

__all__ = [
    "ElasticBenchmark",
    "ElasticComparison",
    "ReferenceCrystal",
    "calibration_crystals",
    "elastic_benchmark",
    "reference_crystals",
    "reference_source",
]

RELAX = RelaxSpec(fmax_eV_A=0.005, smax_GPa=0.02, max_steps=500)
ELASTIC = ElasticSpec(strains=(0.01,), fmax_eV_A=0.005, max_steps=500)

VOLUME_CHANGE = 0.1
"""A crystal whose volume changes more when it is relaxed is no longer the reference crystal."""

Vector = tuple[float, float, float]


class ReferenceCrystal(Frozen):
    """A crystal with known moduli."""

    id: str = Field(description="Identifier at the source.")
    formula: str
    symbols: tuple[str, ...]
    positions_A: tuple[Vector, ...]
    cell_A: tuple[Vector, Vector, Vector]
    bulk_modulus_GPa: float
    shear_modulus_GPa: float = Field(gt=0)

    @property
    def label(self) -> str:
        """Formula and identifier."""
        return f"{self.formula} {self.id}"

    @property
    def atoms(self) -> Atoms:
        """A fresh periodic cell."""
        return Atoms(list(self.symbols), positions=self.positions_A, cell=self.cell_A, pbc=True)


class ElasticComparison(Frozen):
    """Predicted and reference moduli of one crystal, GPa."""

    label: str
    bulk_modulus_GPa: float = Field(description="By the potential.")
    shear_modulus_GPa: float = Field(description="By the potential.")
    reference_bulk_modulus_GPa: float
    reference_shear_modulus_GPa: float
    nonlinearity: float = Field(description="Share of the stress changes that the linear fit leaves over.")

    def line(self) -> str:
        """Return the row of the parity table."""
        shear, bulk = (
            f"{name} {ours:7.1f}  reference {reference:7.1f}  {ours / reference:5.2f}"
            for name, ours, reference in (
                ("G", self.shear_modulus_GPa, self.reference_shear_modulus_GPa),
                ("K", self.bulk_modulus_GPa, self.reference_bulk_modulus_GPa),
            )
        )
        return f"{self.label:20s} {shear}   {bulk}  GPa"


class ElasticBenchmark(Benchmark):
    """All comparisons of one potential, and the calibration fitted to them."""

    comparisons: tuple[ElasticComparison, ...]
    failures: dict[str, str] = Field(description="Crystal → why it has no modulus.")
    calibration: Calibration
    shear_error: float = Field(description="Mean of |G / reference - 1|.")
    bulk_error: float = Field(description="Mean of |K / reference - 1|.")

    @classmethod
    def of(
        cls,
        comparisons: Sequence[ElasticComparison],
        failures: dict[str, str],
        *,
        potential: str,
        sha256: str,
        versions: dict[str, str],
    ) -> Self:
        """Fit the calibration to comparisons and take their mean errors.

        Raises
        ------
        DataError
            If there are fewer than three.
        """
        calibration = fit_calibration(
            [row.shear_modulus_GPa for row in comparisons],
            [row.reference_shear_modulus_GPa for row in comparisons],
            [row.label for row in comparisons],
            potential=potential,
            sha256=sha256,
            reference=reference_source(),
        )
        more = {"left_out": (*calibration.left_out, *failures), "versions": versions}
        return cls(
            potential=potential,
            sha256=sha256,
            versions=versions,
            comparisons=tuple(comparisons),
            failures=failures,
            calibration=calibration.model_copy(update=more),
            shear_error=_mean_relative_error(
                [(row.shear_modulus_GPa, row.reference_shear_modulus_GPa) for row in comparisons]
            ),
            bulk_error=_mean_relative_error(
                [(row.bulk_modulus_GPa, row.reference_bulk_modulus_GPa) for row in comparisons]
            ),
        )

    def lines(self) -> list[str]:
        """Return the parity table, stiffest crystal first."""
        rows = sorted(self.comparisons, key=lambda row: -row.reference_shear_modulus_GPa)
        left_out = [f"{crystal:20s} left out: {reason}" for crystal, reason in self.failures.items()]
        return [*(row.line() for row in rows), *left_out, f"{self.potential}: {self.headline()}"]

    def headline(self) -> str:
        """Return slope, scatter and mean errors in one line."""
        found = self.calibration
        return (
            f"reference = {found.slope:.2f} ± {found.slope_uncertainty:.2f} x predicted G, "
            f"scatter {found.scatter:.0%}, mean error of G {self.shear_error:.0%}, "
            f"of K {self.bulk_error:.0%}, {found.n} crystals"
        )

    def restricted_to(self, labels: Sequence[str]) -> Self:
        """Return the benchmark of some of its crystals alone.

        Raises
        ------
        DataError
            If fewer than three of them are in it.
        """
        return self.of(
            [row for row in self.comparisons if row.label in labels],
            {label: reason for label, reason in self.failures.items() if label in labels},
            potential=self.potential,
            sha256=self.sha256,
            versions=self.versions,
        )

    def against(self, other: Self) -> list[str]:
        """Return the headlines of both on the crystals that both have moduli of."""
        common = {row.label for row in self.comparisons} & {row.label for row in other.comparisons}
        if len(common) < 3:
            return []
        both = [one.restricted_to(sorted(common)) for one in (self, other)]
        return ["on the same crystals:", *(f"{one.potential:20s} {one.headline()}" for one in both)]


@cache
def reference_crystals() -> tuple[ReferenceCrystal, ...]:
    """Return the shipped crystals with elastic moduli from density functional theory."""
    return tuple(ReferenceCrystal.model_validate(entry) for entry in _data()["crystals"])


def reference_source() -> str:
    """Return where the reference moduli come from, with their licence."""
    return f"{_data()['source']}; {_data()['licence']}"


def calibration_crystals(calibration: Calibration) -> tuple[ReferenceCrystal, ...]:
    """Return the shipped crystals that a calibration has tried, used or left out."""
    tried = {crystal.label for crystal in calibration.crystals} | set(calibration.left_out)
    return tuple(crystal for crystal in reference_crystals() if crystal.label in tried)


def elastic_benchmark(
    potential: PotentialRef,
    *,
    crystals: Sequence[ReferenceCrystal] | None = None,
    relax_spec: RelaxSpec = RELAX,
    elastic_spec: ElasticSpec = ELASTIC,
) -> ElasticBenchmark:
    """Compute the elastic moduli of reference crystals with a potential and fit its calibration.

    Parameters
    ----------
    potential : PotentialRef
        The potential.
    crystals : sequence of ReferenceCrystal, optional
        Default: all shipped ones. Those of other elements than the potential covers are left aside.
    relax_spec, elastic_spec : RelaxSpec, ElasticSpec
        Limits of the relaxations, and the strains.

    Returns
    -------
    ElasticBenchmark
        Crystals that fail, turn into another structure or are not Born-stable with the potential are left
        out, with the reason.

    Raises
    ------
    DataError
        If fewer than three crystals remain.
    """
    known = set(elements(potential))
    given = reference_crystals() if crystals is None else crystals
    chosen = [crystal for crystal in given if known.issuperset(crystal.symbols)]
    comparisons, failures = [], {}
    for number, crystal in enumerate(chosen):
        report("elastic benchmark", number, len(chosen), "crystals")
        try:
            with listen(None):
                comparisons.append(_compare(crystal, potential, relax_spec, elastic_spec))
        except (RunError, DataError) as error:
            failures[crystal.label] = str(error)
    report("elastic benchmark", len(chosen), len(chosen), "crystals")
    return ElasticBenchmark.of(
        comparisons,
        failures,
        potential=potential.id,
        sha256=potential.sha256,
        versions=provenance(potential, None, None).versions,
    )


def _compare(
    crystal: ReferenceCrystal, potential: PotentialRef, relax_spec: RelaxSpec, elastic_spec: ElasticSpec
) -> ElasticComparison:
    engine = calculator(potential)
    relaxed = relax(crystal.atoms, engine, label=crystal.label, **relax_spec.model_dump())
    change = abs(relaxed.atoms.get_volume() / crystal.atoms.get_volume() - 1)
    if change > VOLUME_CHANGE:
        raise RunError(
            f"{crystal.label} turns into another structure with {potential.id} (volume {change:.0%} off)",
            where=crystal.label,
        )
    table = strained_stresses(relaxed.atoms, engine, elastic_spec, label=crystal.label)
    fit = fit_tensor(table.strains, table.stresses_GPa)
    result = elastic_result(fit)
    bulk, shear = result.bulk_modulus.value, result.shear_modulus.value
    if not result.born_stable or bulk is None or shear is None:
        raise RunError(f"{crystal.label} is not Born-stable with {potential.id}", where=crystal.label)
    return ElasticComparison(
        label=crystal.label,
        bulk_modulus_GPa=bulk,
        shear_modulus_GPa=shear,
        reference_bulk_modulus_GPa=crystal.bulk_modulus_GPa,
        reference_shear_modulus_GPa=crystal.shear_modulus_GPa,
        nonlinearity=fit.nonlinearity,
    )


def _mean_relative_error(pairs: Sequence[tuple[float, float]]) -> float:
    return sum(abs(ours / reference - 1) for ours, reference in pairs) / max(1, len(pairs))


@cache
def _data() -> dict[str, Any]:
    text = resources.files("lithicoat.workflows").joinpath("data/elastic_calibration.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
