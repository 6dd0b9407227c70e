"""From a potential to an ASE calculator: loaded once per process, quiet, with the weights checked."""

import os
import pickle
from enum import Enum
from pathlib import Path
from typing import Any

from ase.calculators.calculator import Calculator

from lithicoat.workflows.errors import PotentialError
from lithicoat.workflows.potentials.registry import (
    Engine,
    PotentialRef,
    factory,
    resolve,
    sha256_of_file,
    shipped,
)
from lithicoat.workflows.potentials.trust import require_trust
from lithicoat.workflows.quiet import quietly

__all__ = ["Precision", "calculator", "download", "threads"]


class Precision(Enum):
    """Floating-point numbers in which a MACE is evaluated."""

    DOUBLE = "float64"
    """For relaxations and stresses of small strains, which single precision does not resolve."""
    SINGLE = "float32"
    """For dynamics: half the cost; forces agree to about 1e-5 eV/Å, far below what a thermostat adds."""


_loaded: dict[str, dict[Precision, Calculator]] = {}


def calculator(ref: PotentialRef, *, precision: Precision = Precision.DOUBLE) -> Calculator:
    """Return the ASE calculator of a potential.

    The same object is returned again in this process, without its last result: ASE takes atoms that moved by
    less than 1e-15 Å for the same ones, and a step would depend on what ran before it. Several Atoms may
    share it, one after the other.

    Parameters
    ----------
    ref : PotentialRef
        The potential, from `lithicoat.workflows.potentials.registry.resolve`.
    precision : Precision
        Of a MACE; other potentials have their own.

    Returns
    -------
    ase.calculators.calculator.Calculator
        MACE in the precision asked for, CHGNet in float32 as published; both on the GPU if there is one.

    Raises
    ------
    PotentialError
        If the weights are not on this machine, are not those of `ref`, are not known and not trusted, or
        cannot be read.
    """
    make, known = factory(ref), shipped(ref)
    if make is not None or (known is not None and known.engine is not Engine.MACE):
        precision = Precision.DOUBLE
    loaded = _loaded.setdefault(ref.sha256, {})
    if precision not in loaded:
        loaded[precision] = make() if make is not None else _load(ref, precision)
    ready = loaded[precision]
    ready.reset()
    return ready


def download(key: str) -> Path:
    """Fetch a MACE foundation model with mace-torch into its cache and return the file.

    Raises
    ------
    OSError, RuntimeError
        If it cannot be fetched.
    """
    with quietly():
        import mace  # noqa: F401 - before e3nn: it permits torch to read e3nn's constants
        from mace.calculators.foundations_models import download_mace_mp_checkpoint

        return Path(download_mace_mp_checkpoint(key))


def threads() -> int:
    """Return how many threads torch should use: OMP_NUM_THREADS, else the physical cores of this process."""
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    available = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    cores = set()
    for number in available:
        siblings = Path(f"/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list")
        cores.add(siblings.read_text() if siblings.is_file() else str(number))
    return max(1, len(cores))


def _load(ref: PotentialRef, precision: Precision) -> Calculator:
    path = _checked_weights(ref)
    require_trust(ref, path)
    # Threads that wait by spinning make a step ten times longer as soon as other work shares the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with quietly():
        import torch

        torch.set_num_threads(threads())
        default = torch.get_default_dtype()
        try:
            known = shipped(ref)
            if known is not None and known.engine is Engine.CHGNET:
                from lithicoat.workflows.potentials.chgnet import load_chgnet

                return load_chgnet(path)
            head = known.head if known else None
            return _checked_model(_load_mace(path, head=head, precision=precision), path)
        finally:
            torch.set_default_dtype(default)


def _checked_model(loaded: Calculator, path: Path) -> Calculator:
    """Make sure that what was in the file is a MACE."""
    models = getattr(loaded, "models", [])
    if models and all(hasattr(model, "atomic_numbers") and hasattr(model, "r_max") for model in models):
        return loaded
    raise PotentialError(f"{path} is no MACE model", where=str(path), hint="give a MACE .model file")


def _checked_weights(ref: PotentialRef) -> Path:
    """Return the file of the weights on this machine, which need not be the one that resolved the name."""
    here = Path(ref.path) if ref.path else None
    if here is None or not here.is_file():
        here = Path(str(resolve(ref.id).path)) if shipped(ref) else None
    if here is None:
        raise PotentialError(
            f"the weights of {ref.id} are not at {ref.path} on this machine",
            where=str(ref.path),
            hint="copy the file there, or to a place that all machines see",
        )
    if (digest := sha256_of_file(here)) != ref.sha256:
        raise PotentialError(
            f"the weights in {here} have changed (sha256 {digest[:12]}…, expected {ref.sha256[:12]}…)",
            where=str(here),
            hint="name the potential again so that the new weights are used",
        )
    return here


def _load_mace(path: Path, *, head: str | None, precision: Precision) -> Calculator:
    import mace  # noqa: F401 - before e3nn: it permits torch to read e3nn's constants
    import torch

    from lithicoat.workflows.potentials.mace_calculator import SinglePassMACE

    options: dict[str, Any] = {} if head is None else {"head": head}
    try:
        return SinglePassMACE(
            model_paths=str(path),
            device="cuda" if torch.cuda.is_available() else "cpu",
            default_dtype=precision.value,
            **options,
        )
    except (pickle.UnpicklingError, EOFError, RuntimeError, ValueError, AttributeError, ImportError) as error:
        raise PotentialError(
            f"{path} cannot be read as a MACE model ({type(error).__name__}: {str(error)[:120]})",
            where=str(path),
            hint="give a MACE .model file that this version of mace-torch reads",
        ) from error
