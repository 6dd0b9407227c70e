"""Shear modulus at a temperature, by finite shears at constant volume: the job."""

from dataclasses import dataclass

from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.mechanics.thermal_elasticity import ThermalShear
from lithicoat.structures.model import Model
from lithicoat.workflows.mechanics.shearing import ShearBench
from lithicoat.workflows.potentials.calculators import Precision, calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import ThermalElasticSpec
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["ThermalElasticDocument", "ThermalElasticMaker"]


class ThermalElasticDocument(BaseModel):
    """The shear modulus of one model at a temperature, and how it was measured."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    result: ThermalShear = Field(description="Modulus, moduli of the modes, mean stresses.")
    volume_A3: float = Field(gt=0, description="Mean volume of the cell at zero pressure, Å³.")
    volume_uncertainty_A3: float = Field(ge=0, description="Its standard error, Å³.")
    expansion: float = Field(description="Mean volume over that of the relaxed cell, less one.")
    converged: bool = Field(description="Whether the noise fell to what was asked for.")
    timestep_fs: float = Field(gt=0, description="Time step, fs.")
    seed: int = Field(description="Seed of momenta, thermostat and barostat.")
    model_hash: str = Field(description="Content hash of the relaxed model.")
    potential: PotentialRef
    spec: ThermalElasticSpec


@dataclass
class ThermalElasticMaker(Maker):
    """Measure the shear modulus of a relaxed model at a temperature.

    Parameters
    ----------
    spec : ThermalElasticSpec
        Temperature, shears, times, uncertainty.
    timestep_fs, hydrogen_timestep_fs : float
        Time step in fs, without and with hydrogen in the cell.
    name : str
        Name of the job.
    """

    spec: ThermalElasticSpec
    timestep_fs: float = 2.0
    hydrogen_timestep_fs: float = 0.5
    name: str = "elastic at temperature"

    @science_job(ThermalElasticDocument, version="1")
    def make(self, model: Model, potential: PotentialRef, seed: int) -> ThermalElasticDocument:
        """Expand a model, shear it both ways in all modes, and average the stresses.

        Parameters
        ----------
        model : Model
            A relaxed cell; its bonds, if it has any, are watched.
        potential : PotentialRef
            What moves the atoms.
        seed : int
            Seed of momenta, thermostat and barostat.

        Raises
        ------
        RunError
            If the dynamics failed or a bond changed.
        """
        timestep_fs = self.hydrogen_timestep_fs if "H" in model.symbols else self.timestep_fs
        bench = ShearBench(
            model=model,
            calculator=calculator(potential, precision=Precision.SINGLE),
            spec=self.spec,
            timestep_fs=timestep_fs,
            seed=seed,
            directory=step_directory(),
            potential=potential,
        )
        cell = bench.expand()
        result = bench.measure(cell)
        modulus = result.shear_modulus.attributed(provenance(potential, None, seed))
        return ThermalElasticDocument(
            result=result.model_copy(update={"shear_modulus": modulus}),
            volume_A3=cell.volume_A3,
            volume_uncertainty_A3=cell.error_A3,
            expansion=cell.volume_A3 / model.atoms.get_volume() - 1,
            converged=not result.wanting(self.spec.relative_error),
            timestep_fs=timestep_fs,
            seed=seed,
            model_hash=model.content_hash,
            potential=potential,
            spec=self.spec,
        )
