"""MACE networks as files: what is in one, where fine-tuning starts, what training leaves."""

import contextlib
import io
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef, info, sha256_of_file
from lithicoat.workflows.potentials.trust import require_trust
from lithicoat.workflows.progress import report

__all__ = ["Network", "aligned_energies", "check_start", "describe", "export", "write_start"]


class Network(BaseModel):
    """The architecture of a MACE network, read from its file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: str = Field(description="Class in mace-torch.")
    elements: tuple[str, ...] = Field(description="Chemical symbols that it knows.")
    energies_eV: dict[str, float] = Field(description="Energy of each element without neighbours, eV.")
    r_max_A: float = Field(gt=0, description="Cutoff of one layer, Å.")
    interactions: int = Field(ge=1, description="Message-passing layers.")
    hidden_irreps: str = Field(description="Features of an atom between layers, e3nn notation.")
    max_ell: int = Field(ge=0, description="Largest l of the spherical harmonics of an edge.")
    correlation: int = Field(ge=1, description="Correlation order: bodies minus one.")
    pair_repulsion: bool = Field(description="Whether a ZBL repulsion of the nuclei is added.")
    parameters: int = Field(ge=1, description="Trained numbers.")
    heads: tuple[str, ...] = Field(description="Output heads.")

    @property
    def summary(self) -> str:
        """The architecture in a few words."""
        return (
            f"{self.interactions} layers, {self.hidden_irreps}, correlation {self.correlation}, "
            f"l ≤ {self.max_ell}, cutoff {self.r_max_A:g} Å, {self.parameters} parameters"
        )


def describe(file: Path) -> Network:
    """Read the architecture of a MACE model file; the file must be trusted, reading it runs its code.

    Raises
    ------
    PotentialError
        If it holds no MACE model.
    """
    return _describe(_read(file), file)


def check_start(ref: PotentialRef) -> PotentialRef:
    """Return the potential if it can be fine-tuned.

    Raises
    ------
    PotentialError
        If it is not trusted, or no MACE model.
    """
    describe(_file(ref))
    return ref


def aligned_energies(start: PotentialRef, frames: Sequence[Atoms]) -> dict[str, float]:
    """Return the atomic energies with which a model agrees best with labels before it is fine-tuned.

    The model's own, shifted per element by least squares over the energy errors per atom; of all shifts that
    fit equally well the smallest. Elements without labels keep their energies.

    Parameters
    ----------
    start : PotentialRef
        A MACE model.
    frames : sequence of Atoms
        Labelled with ``REF_energy``, eV.

    Returns
    -------
    dict of str to float
        eV for each element of the model.

    Raises
    ------
    PotentialError
        If the model does not know an element of the frames, or is no MACE model.
    """
    network = describe(_file(start))
    symbols = sorted({symbol for atoms in frames for symbol in atoms.symbols})
    if missing := sorted(set(symbols) - set(network.elements)):
        raise PotentialError(
            f"{start.id} cannot be fine-tuned on labels with {', '.join(missing)}, which it does not know "
            f"({' '.join(network.elements)})",
            where=start.id,
            hint="leave those configurations out, or train from the beginning",
        )
    engine = calculator(start)
    composition = np.array([[atoms.symbols.count(s) / len(atoms) for s in symbols] for atoms in frames])
    errors = np.zeros(len(frames))
    for index, atoms in enumerate(frames):
        report("energies of the starting model", index, len(frames), "frames")
        predicted = engine.get_potential_energy(atoms.copy())
        errors[index] = (atoms.info["REF_energy"] - predicted) / len(atoms)
    shifts = np.linalg.lstsq(composition, errors, rcond=1e-6)[0]
    by_symbol = dict(zip(symbols, shifts.tolist(), strict=True))
    return {symbol: energy + by_symbol.get(symbol, 0.0) for symbol, energy in network.energies_eV.items()}


def write_start(start: PotentialRef, energies: dict[str, float], target: Path, *, precision: str) -> None:
    """Write the model from which mace-torch is to go on.

    Its atomic energies are put into the file: mace-torch 0.3.16 takes them from there and not from its
    argument when all elements are kept (load_foundations_elements copies them last).

    Parameters
    ----------
    start : PotentialRef
        A MACE model; of several heads the registry's one is kept.
    energies : dict of str to float
        eV for each of its elements.
    target : Path
        File to write.
    precision : str
        float32 or float64.
    """
    import torch
    from mace.tools.scripts_utils import remove_pt_head

    model = _read(_file(start))
    heads = list(getattr(model, "heads", ["Default"]))
    if len(heads) > 1:
        model = remove_pt_head(model, info(start).head or heads[0])
    model = model.to(getattr(torch, precision))
    stored = model.atomic_energies_fn.atomic_energies
    ordered = [energies[chemical_symbols[number]] for number in model.atomic_numbers.tolist()]
    stored.copy_(torch.tensor(ordered, dtype=stored.dtype).reshape(stored.shape))
    torch.save(model, target)


def export(source: Path, target: Path) -> Network:
    """Write a trained model for use: on the CPU, in single precision, with no parameter left to train.

    Raises
    ------
    PotentialError
        If `source` holds no MACE model.
    """
    import torch

    from lithicoat.workflows.potentials.convolution import with_e3nn

    model = with_e3nn(_read(source).to("cpu").float().eval())
    network = _describe(model, source)
    for parameter in model.parameters():
        parameter.grad = None
        parameter.requires_grad_(requires_grad=False)
    partial = target.with_suffix(".partial")
    torch.save(model, partial)
    partial.replace(target)
    return network


def _file(ref: PotentialRef) -> Path:
    """Return the file of a potential, after a look at its hash."""
    path = Path(str(ref.path))
    if not path.is_file():
        raise PotentialError(f"the weights of {ref.id} are not at {ref.path} on this machine", where=ref.id)
    if sha256_of_file(path) != ref.sha256:
        raise PotentialError(f"the weights in {path} have changed", where=str(path))
    require_trust(ref, path)
    return path


def _read(file: Path) -> Any:
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # e3nn and mace-torch tell of what is not installed
            import mace  # noqa: F401 - before e3nn: it permits torch to read e3nn's constants
            import torch

            return torch.load(file, map_location="cpu", weights_only=False)
    except (pickle.UnpicklingError, EOFError, RuntimeError, ValueError, AttributeError, ImportError) as error:
        raise _no_mace(file) from error


def _describe(model: Any, file: Path) -> Network:
    from mace.tools.scripts_utils import extract_config_mace_model

    if not hasattr(model, "atomic_numbers") or "error" in (config := extract_config_mace_model(model)):
        raise _no_mace(file)
    symbols = [chemical_symbols[number] for number in model.atomic_numbers.tolist()]
    energies = np.asarray(config["atomic_energies"], dtype=float).reshape(-1, len(symbols))[0]
    return Network(
        kind=type(model).__name__,
        elements=tuple(sorted(symbols, key=atomic_numbers.__getitem__)),
        energies_eV=dict(zip(symbols, energies.tolist(), strict=True)),
        r_max_A=config["r_max"],
        interactions=config["num_interactions"],
        hidden_irreps=str(config["hidden_irreps"]),
        max_ell=config["max_ell"],
        correlation=config["correlation"],
        pair_repulsion=config["pair_repulsion"],
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        heads=tuple(config["heads"]),
    )


def _no_mace(file: Path) -> PotentialError:
    return PotentialError(
        f"{file} is no MACE model that can be trained",
        where=str(file),
        hint="give a ScaleShiftMACE .model file, as mace_run_train writes it",
    )
