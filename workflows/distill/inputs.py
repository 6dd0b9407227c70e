"""What a distillation's settings name: found and checked before anything is computed."""

from importlib import resources
from pathlib import Path

from lithicoat.structures.build import elements_of
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.workflows.distill.config import DistillConfig, LabellerSpec, ModelsSpec
from lithicoat.workflows.distill.dft import check_vasp
from lithicoat.workflows.distill.flow import Beginnings, DistillInputs
from lithicoat.workflows.distill.networks import check_start
from lithicoat.workflows.distill.preparing import raw_files
from lithicoat.workflows.distill.sampling import models_of_file
from lithicoat.workflows.distill.teacher import Teacher, find_teacher
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import PotentialRef, check_elements, elements
from lithicoat.workflows.potentials.trust import choose_potential

__all__ = ["find_inputs", "find_settings", "shipped_recipes"]


def shipped_recipes() -> dict[str, Path]:
    """Return the recipes that come with this package: name → file."""
    folder = Path(str(resources.files("lithicoat.workflows"))) / "data" / "recipes"
    return {file.stem: file for file in sorted(folder.glob("*.toml"))}


def find_settings(name: str) -> Path:
    """Return the file of settings: a path, or the name of a shipped recipe.

    Raises
    ------
    UsageError
        If there is neither.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return path
    recipes = shipped_recipes()
    if name in recipes:
        return recipes[name]
    known = f"shipped recipes are {', '.join(recipes)}" if recipes else "there are no shipped recipes"
    raise UsageError(
        f"there is no file {name} and no recipe of that name", where=name, hint=f"give a TOML file; {known}"
    )


def find_inputs(config: DistillConfig, *, trusted: bool = False) -> DistillInputs:
    """Find and check all that the settings name.

    Parameters
    ----------
    config : DistillConfig
        The settings.
    trusted : bool
        True if the user vouches for the model files that they name.

    Raises
    ------
    UsageError
        If labels, a model, a film, a teacher or VASP is not there or cannot be used as asked.
    """
    labels, active = config.labels, config.active
    rounds = raw_files(active.labelled, labels.keys) if active else []
    start = config.training.foundation
    new_rounds = active is not None and len(active.labelled) < active.rounds
    labels_new = config.sample is not None or new_rounds  # else nobody need be there to label
    moves = config.sample is not None and config.sample.dynamics is not None
    found = DistillInputs(
        train=raw_files(labels.train, labels.keys),
        test=raw_files(labels.test, labels.keys),
        rounds=rounds,
        start=check_start(choose_potential(start, trusted=trusted)) if start else None,
        labeller=_labeller(config.labeller, trusted=trusted) if config.labeller and labels_new else None,
        mover=_potential(config.sample.potential, trusted=trusted) if config.sample and moves else None,
        sample=_beginnings(config.sample.models) if config.sample else Beginnings(),
        active=_beginnings(active.models) if active and new_rounds else Beginnings(),
    )
    for ref in (found.mover, found.labeller):
        if isinstance(ref, PotentialRef):
            _demand_cover(ref, found.sample)
            _demand_cover(ref, found.active)
    return found


def _potential(name: str, *, trusted: bool) -> PotentialRef:
    ref = choose_potential(name, trusted=trusted)
    elements(ref)  # of a local file that asks for trust, before anything runs
    return ref


def _labeller(spec: LabellerSpec, *, trusted: bool) -> PotentialRef | Teacher | None:
    if spec.dft is not None:
        check_vasp()
        return None
    if spec.teacher is not None:
        return find_teacher(spec.teacher)
    return _potential(str(spec.potential), trusted=trusted)


def _beginnings(spec: ModelsSpec) -> Beginnings:
    entries = load_catalog(spec.catalog)
    return Beginnings(
        coatings=tuple(entries.find(name) for name in spec.films),
        cells=tuple(model for file in spec.files for model in models_of_file(file)),
    )


def _demand_cover(ref: PotentialRef, beginnings: Beginnings) -> None:
    for coating in beginnings.coatings:
        check_elements(ref, elements_of(coating), where=coating.id)
    for cell in beginnings.cells:
        check_elements(ref, cell.symbols, where=cell.name)
