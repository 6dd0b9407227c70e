"""How good a potential is at elastic moduli: the benchmark, and the calibration that follows from it."""

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from ase import Atoms
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.calibration import Calibration, fit_calibration
from lithicoat.analysis.elasticity import elastic_result, fit_tensor
from lithicoat.analysis.errors import DataError
from lithicoat.workflows.calculators import calculator
from lithicoat.workflows.elastic import strained_stresses
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials import PotentialRef, elements
from lithicoat.workflows.progress import listen, report
from lithicoat.workflows.protocols import ElasticSpec, RelaxSpec
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.relaxation import relax

__all__ = [
    "ElasticBenchmark",
    "ElasticComparison",
    "ReferenceCrystal",
    "elastic_benchmark",
    "reference_crystals",
    "reference_source",
]

RELAX = RelaxSpec(fmax_eV_A=0.005, smax_GPa=0.02, max_steps=500)
ELASTIC = ElasticSpec(strains=(0.01,), fmax_eV_A=0.005, max_steps=500)

VOLUME_CHANGE = 0.1
"""A crystal whose volume changes more when it is relaxed is no longer the reference crystal."""

Vector = tuple[float, float, float]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ReferenceCrystal(_Frozen):
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


class ElasticComparison(_Frozen):
    """Predicted and reference moduli of one crystal, GPa."""

    label: str
    bulk_modulus_GPa: float = Field(description="By the potential.")
    shear_modulus_GPa: float = Field(description="By the potential.")
    reference_bulk_modulus_GPa: float
    reference_shear_modulus_GPa: float
    nonlinearity: float = Field(description="Share of the stress changes that the linear fit leaves over.")


class ElasticBenchmark(_Frozen):
    """All comparisons of one potential, and the calibration fitted to them."""

    comparisons: tuple[ElasticComparison, ...]
    failures: dict[str, str] = Field(description="Crystal → why it has no modulus.")
    calibration: Calibration


@cache
def reference_crystals() -> tuple[ReferenceCrystal, ...]:
    """Return the shipped crystals with elastic moduli from density functional theory."""
    return tuple(ReferenceCrystal.model_validate(entry) for entry in _data()["crystals"])


def reference_source() -> str:
    """Return where the reference moduli come from, with their licence."""
    return f"{_data()['source']}; {_data()['licence']}"


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
        Default: all shipped ones of elements that the potential covers.
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
    if crystals is None:
        known = set(elements(potential))
        crystals = [crystal for crystal in reference_crystals() if known.issuperset(crystal.symbols)]
    comparisons, failures = [], {}
    for number, crystal in enumerate(crystals):
        report("elastic benchmark", number, len(crystals), "crystals")
        try:
            with listen(None):
                comparisons.append(_compare(crystal, potential, relax_spec, elastic_spec))
        except (RunError, DataError) as error:
            failures[crystal.label] = str(error)
    report("elastic benchmark", len(crystals), len(crystals), "crystals")
    calibration = fit_calibration(
        [row.shear_modulus_GPa for row in comparisons],
        [row.reference_shear_modulus_GPa for row in comparisons],
        [row.label for row in comparisons],
        potential=potential.id,
        sha256=potential.sha256,
        reference=reference_source(),
    )
    calibration = calibration.model_copy(
        update={
            "left_out": (*calibration.left_out, *failures),
            "versions": provenance(potential, None, None).versions,
        }
    )
    return ElasticBenchmark(comparisons=tuple(comparisons), failures=failures, calibration=calibration)


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


def _data() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("data/elastic_calibration.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
