"""What an atomic-layer-deposition supercycle deposits, from the growth of its sub-processes."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.errors import StructureError
from lithicoat.structures.formulas import molar_mass_g_mol, parse_formula
from lithicoat.structures.recipes import SubCycle

__all__ = ["Deposit", "deposit"]

_CM_PER_A = 1e-8


class Deposit(BaseModel):
    """The film that a supercycle leaves, if each sub-process grows as it does alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    mole_fractions: dict[str, float] = Field(description="Moles of each compound per mole of all; sum is 1.")
    areal_amount_mol_cm2: dict[str, float] = Field(
        description="Moles of each compound per supercycle and cm²."
    )
    growth_A: float = Field(description="Thickness per supercycle in Å, volumes added.")
    density_g_cm3: float = Field(description="Mass over volume of the unmixed compounds, g/cm³.")


def deposit(subcycles: Sequence[SubCycle]) -> Deposit:
    """Return composition, growth and ideal density of a supercycle.

    Sub-process i deposits ``n_i GPC_i ρ_i / M_i`` mol cm⁻² per supercycle; n cycles, GPC growth per
    cycle, ρ density and M molar mass. The growth is ``Σ n_i GPC_i``, and the ideal density
    ``Σ n_i GPC_i ρ_i / Σ n_i GPC_i``: the whole mass over the added volumes. Nucleation on the
    other compound and exchange between the layers are left out.

    Parameters
    ----------
    subcycles : sequence of SubCycle
        At least one; a compound may come twice.

    Returns
    -------
    Deposit

    Raises
    ------
    StructureError
        If there is no sub-process.
    """
    if not subcycles:
        raise StructureError("a supercycle without sub-processes deposits nothing", where="subcycles")
    amounts: dict[str, float] = {}
    growth = mass = 0.0
    for step in subcycles:
        thickness = step.cycles * step.growth_per_cycle_A
        areal_mass = thickness * _CM_PER_A * step.density_g_cm3
        molar_mass = molar_mass_g_mol(parse_formula(step.formula))
        amounts[step.formula] = amounts.get(step.formula, 0.0) + areal_mass / molar_mass
        growth += thickness
        mass += areal_mass
    total = sum(amounts.values())
    return Deposit(
        mole_fractions={formula: amount / total for formula, amount in amounts.items()},
        areal_amount_mol_cm2=amounts,
        growth_A=growth,
        density_g_cm3=mass / (growth * _CM_PER_A),
    )
