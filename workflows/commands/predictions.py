"""How predicted crystals are printed and written."""

from rich.table import Table

from lithicoat.analysis.properties import Property
from lithicoat.structures.model import Model
from lithicoat.workflows.commands.console import out
from lithicoat.workflows.crystals.search import PredictedCrystal, Prediction

__all__ = ["print_prediction", "written_model"]

HEADINGS = (
    "",
    "space\ngroup",
    "density\ng/cm³",
    "above lowest\nmeV/atom",
    "above hull\nmeV/atom",
    "comes\nback",
    "structure type",
)


def print_prediction(prediction: Prediction) -> None:
    """Print the lowest crystals with what their numbers mean."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for rank, crystal in enumerate(prediction.crystals, start=1):
        table.add_row(
            str(rank),
            f"{crystal.space_group} ({crystal.space_group_number})",
            f"{crystal.density_g_cm3:.3f}",
            f"{1000 * (crystal.energy_eV_atom - prediction.crystals[0].energy_eV_atom):.1f}",
            _meV(crystal.energy_above_hull),
            "yes" if crystal.stable else "no",
            crystal.prototype,
        )
    out.print(f"{prediction.formula}: predicted crystals by {prediction.potential.id}")
    out.print(table)
    for rank, crystal in enumerate(prediction.crystals, start=1):
        out.print(f"  {rank}: {_told(crystal, prediction)}", soft_wrap=True)
    for flag in dict.fromkeys(flag for c in prediction.crystals for flag in c.energy_above_hull.flags):
        out.print(f"  above hull: {flag}", soft_wrap=True)
    kept = prediction.starts - sum(prediction.rejected.values())
    out.print(f"  {prediction.starts} starts, {kept} became crystals", soft_wrap=True)
    for reason, number in prediction.rejected.items():
        out.print(f"  {number} did not: {reason}", soft_wrap=True)


def written_model(prediction: Prediction, rank: int) -> Model:
    """Return the crystal of a rank, counted from 1, with all that is known of it in its recipe."""
    crystal = prediction.crystals[rank - 1]
    facts = crystal.model_dump(mode="json", exclude={"model"})
    recipe = {
        **crystal.model.recipe,
        "origin": "predicted",
        "potential": prediction.potential.id,
        "sha256": prediction.potential.sha256,
        "prediction": facts,
    }
    return crystal.model.model_copy(update={"name": f"{prediction.formula}-{rank}", "recipe": recipe})


def _meV(quantity: Property) -> str:
    if quantity.value is None:
        return "–"
    spread = "" if quantity.uncertainty is None else f" ± {1000 * quantity.uncertainty:.0f}"
    return f"{1000 * quantity.value:.0f}{spread}"


def _told(crystal: PredictedCrystal, prediction: Prediction) -> str:
    """Say where a crystal is from, what the second potential makes of it and what it decays to."""
    parts = [f"from {crystal.source}"]
    if prediction.check_potential is not None:
        name, density = prediction.check_potential.id, crystal.checked_density_g_cm3
        if density is None:
            parts.append(f"{name}: {crystal.checked.flags[0]}")
        else:
            parts.append(f"{name}: {_meV(crystal.checked)} meV/atom above the hull, {density:.3f} g/cm³")
    if crystal.decay:
        parts.append("decays to " + " + ".join(crystal.decay))
    if not crystal.stable:
        parts.append(crystal.verdict)
    return "; ".join(parts)
