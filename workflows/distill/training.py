"""Training a MACE with the trainer of mace-torch: from labels, or on from an earlier model."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import ase.io
from ase import Atoms
from ase.data import atomic_numbers
from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from lithicoat.workflows.distill.history import EpochErrors, History
from lithicoat.workflows.distill.labels import LabelFile, open_labels
from lithicoat.workflows.distill.networks import Network, aligned_energies, export, write_start
from lithicoat.workflows.distill.running import run_trainer
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.potentials.trust import trust
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.steps import science_job, step_directory

__all__ = [
    "Loss",
    "Precision",
    "TrainDocument",
    "TrainMaker",
    "TrainSpec",
    "adopt",
    "arguments",
    "write_inputs",
]

NAME = "network"


class Precision(Enum):
    """Floating-point numbers of the training; the shipped file is float32 in either case."""

    SINGLE = "float32"
    DOUBLE = "float64"


class Loss(Enum):
    """Loss function of mace-torch."""

    UNIVERSAL = "universal"
    """Huber losses; large forces count less (Batatia et al., arXiv:2401.00096)."""
    STRESS = "stress"
    """Mean squares."""
    HUBER = "huber"
    """Huber losses, all forces alike."""


class TrainSpec(BaseModel):
    """Architecture and optimiser of a training."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    foundation: str | None = Field(
        None,
        description="Model to fine-tune: a name in the registry or a .model file. Its architecture is kept.",
    )
    r_max_A: float = Field(5.0, gt=1, le=12, description="Cutoff of one layer, Å.")
    max_ell: int = Field(2, ge=0, le=4, description="Largest l of the spherical harmonics of an edge.")
    correlation: int = Field(2, ge=1, le=4, description="Correlation order: bodies minus one.")
    hidden_irreps: str = Field(
        "64x0e",
        pattern=r"^[1-9]\d*x0e(\s*\+\s*[1-9]\d*x\d[eo])*$",
        description="Features of an atom between layers, e3nn notation, as many of each kind.",
    )
    interactions: int = Field(2, ge=1, le=4, description="Message-passing layers.")
    pair_repulsion: bool = Field(True, description="Add a ZBL repulsion of the nuclei.")
    loss: Loss = Loss.UNIVERSAL
    energy_weight: float = Field(5.0, ge=0, description="Weight of the energy errors, eV/atom.")
    forces_weight: float = Field(10.0, ge=0, description="Weight of the force errors, eV/Å.")
    stress_weight: float = Field(100.0, ge=0, description="Weight of the stress errors, eV/Å³.")
    family_weights: dict[str, float] = Field(
        default_factory=lambda: {"elastic": 3.0},
        description="Factor of all errors of a family of configurations; 1 where not given.",
    )
    precision: Precision = Precision.SINGLE
    batch_size: int = Field(4, ge=1, le=512, description="Configurations in a step of the optimiser.")
    learning_rate: float = Field(
        0.01, gt=0, le=1, description="Learning rate of Adam (AMSGrad) at the start."
    )
    decay_per_epoch: float = Field(0.965, gt=0, le=1, description="Factor of the learning rate per epoch.")
    ema_decay: float = Field(0.995, gt=0, lt=1, description="Decay per step of the average of the weights.")
    weight_decay: float = Field(5e-7, ge=0, le=1, description="L2 penalty of the weights.")
    epochs: int = Field(110, ge=1, le=10_000, description="Passes through the training set.")
    evaluate_every: int = Field(
        2, ge=1, le=100, description="Epochs between validations; the best model so far is kept at each."
    )

    @field_validator("foundation")
    @classmethod
    def _beside_its_settings(cls, name: str | None, info: ValidationInfo) -> str | None:
        """Take a path as relative to the file of settings; the context says where that lies."""
        if name is None or info.context is None or not name.endswith(".model"):
            return name
        return str((Path(info.context["beside"]) / Path(name).expanduser()).resolve())

    @field_validator("hidden_irreps")
    @classmethod
    def _as_many_of_each_kind(cls, irreps: str) -> str:
        if len({part.strip().partition("x")[0] for part in irreps.split("+")}) > 1:
            msg = f"hidden_irreps {irreps} must hold as many features of each kind, such as 64x0e + 64x1o"
            raise ValueError(msg)
        return irreps


class TrainDocument(BaseModel):
    """A trained model, and how it became what it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    potential: PotentialRef = Field(description="The trained model, with its file and sha256.")
    size_bytes: int = Field(ge=1, description="Size of the .model file, bytes.")
    network: Network
    start: PotentialRef | None = Field(description="The model it was fine-tuned from; None: random weights.")
    train: LabelFile
    valid: LabelFile
    energies_eV: dict[str, float] = Field(description="Energy of each element at the start, eV.")
    spec: TrainSpec
    seed: int
    history: tuple[EpochErrors, ...] = Field(description="Errors on the validation set.")
    duration_s: float = Field(ge=0, description="Time of the last start of the trainer, s.")
    versions: dict[str, str]


@dataclass
class TrainMaker(Maker):
    """Train a MACE.

    Parameters
    ----------
    name : str
        Name of the job.
    """

    name: str = "train"

    @science_job(TrainDocument, version="1")
    def make(
        self,
        train: LabelFile,
        valid: LabelFile,
        energies: dict[str, float],
        spec: TrainSpec,
        seed: int,
        *,
        start: PotentialRef | None = None,
    ) -> TrainDocument:
        """Train; a killed training goes on from its last checkpoint.

        Parameters
        ----------
        train, valid : LabelFile
            Labels to train on, and labels that choose the best epoch.
        energies : dict of str to float
            Energy of each element, eV; a model that is fine-tuned brings its own and they are aligned.
        spec : TrainSpec
            Architecture and optimiser.
        seed : int
            Seed of weights and batches.
        start : PotentialRef, optional
            The model to fine-tune; random weights if there is none.

        Raises
        ------
        UsageError
            If there are fewer configurations than in one batch, or an element has no energy.
        RunError
            If the trainer fails or diverges.
        """
        frames, watched = open_labels(train), open_labels(valid)
        directory = step_directory()
        if start:
            energies = aligned_energies(start, frames)
        energies = _checked({**train.elements, **valid.elements}, energies, start)
        _demand_a_batch(frames, spec)
        write_inputs(directory, frames, watched, spec)
        if start:
            write_start(start, energies, directory / "start.model", precision=spec.precision.value)
        began = time.monotonic()
        results = directory / "results" / f"{NAME}_run-{seed}_train.txt"
        history = History(results, batches=len(frames) // spec.batch_size)
        options = arguments(spec, energies=energies, seed=seed, fine_tune=start is not None)
        run_trainer(options, directory, history, epochs=spec.epochs)
        return adopt(
            directory / "raw" / f"{NAME}.model",
            history,
            target=directory / f"trained-{seed}.model",
            train=train,
            valid=valid,
            energies=energies,
            spec=spec,
            seed=seed,
            start=start,
            duration_s=time.monotonic() - began,
        )


def adopt(
    trained: Path,
    history: History,
    *,
    target: Path,
    train: LabelFile,
    valid: LabelFile,
    energies: dict[str, float],
    spec: TrainSpec,
    seed: int,
    start: PotentialRef | None = None,
    duration_s: float = 0.0,
) -> TrainDocument:
    """Write the model that the trainer left for use, and describe it.

    Parameters
    ----------
    trained : Path
        NAME.model of mace_run_train.
    history : History
        Follows the trainer's results file, NAME_run-SEED_train.txt.
    target : Path
        The .model file to write; it is trusted from then on.
    train, valid : LabelFile
        What it was trained on.
    energies : dict of str to float
        Energy of each element, eV, as the training began.
    spec : TrainSpec
        Architecture and optimiser.
    seed : int
        Seed of weights and batches.
    start : PotentialRef, optional
        The model that was fine-tuned.
    duration_s : float
        Time of the training, s.

    Raises
    ------
    PotentialError
        If `trained` holds no MACE model.
    RunError
        If the training diverged.
    """
    history.update()
    network = export(trained, target)
    return TrainDocument(
        potential=PotentialRef(id=target.stem, sha256=trust(target), path=str(target.resolve())),
        size_bytes=target.stat().st_size,
        network=network,
        start=start,
        train=train,
        valid=valid,
        energies_eV=energies,
        spec=spec,
        seed=seed,
        history=history.errors,
        duration_s=duration_s,
        versions=provenance(None, None, seed).versions,
    )


def arguments(
    spec: TrainSpec, *, energies: dict[str, float], seed: int, fine_tune: bool = False
) -> list[str]:
    """Return the arguments of `mace_run_train` in the directory that holds train.xyz and valid.xyz.

    Parameters
    ----------
    spec : TrainSpec
        Architecture and optimiser.
    energies : dict of str to float
        Energy of each element, eV.
    seed : int
        Seed of weights and batches.
    fine_tune : bool
        Start from start.model in the same directory.
    """
    by_number = sorted((atomic_numbers[symbol], energy) for symbol, energy in energies.items())
    options: dict[str, object] = {
        "name": NAME,
        "seed": seed,
        "work_dir": ".",
        "model_dir": "raw",
        "train_file": "train.xyz",
        "valid_file": "valid.xyz",
        "E0s": "{" + ",".join(f"{number}:{energy!r}" for number, energy in by_number) + "}",
        "loss": spec.loss.value,
        "energy_weight": spec.energy_weight,
        "forces_weight": spec.forces_weight,
        "stress_weight": spec.stress_weight,
        "compute_stress": True,
        "default_dtype": spec.precision.value,
        "batch_size": spec.batch_size,
        "valid_batch_size": max(8, spec.batch_size),
        "lr": spec.learning_rate,
        "scheduler": "ExponentialLR",
        "lr_scheduler_gamma": spec.decay_per_epoch,
        "weight_decay": spec.weight_decay,
        "ema_decay": spec.ema_decay,
        "max_num_epochs": spec.epochs,
        "eval_interval": spec.evaluate_every,
        "patience": spec.epochs + 1,
        "error_table": "PerAtomMAE",
        "plot": False,
        "num_workers": 0,
    }
    flags = ["--ema", "--amsgrad", "--save_cpu", "--restart_latest"]
    if fine_tune:
        options |= {
            "foundation_model": "start.model",
            "foundation_model_elements": True,
            "multiheads_finetuning": False,
        }
    else:
        options |= {
            "model": "ScaleShiftMACE",
            "r_max": spec.r_max_A,
            "max_ell": spec.max_ell,
            "correlation": spec.correlation,
            "hidden_irreps": spec.hidden_irreps,
            "num_interactions": spec.interactions,
        }
        flags += ["--pair_repulsion"] if spec.pair_repulsion else []
    return [text for name, value in options.items() for text in (f"--{name}", str(value))] + flags


def write_inputs(directory: Path, train: Sequence[Atoms], valid: Sequence[Atoms], spec: TrainSpec) -> None:
    """Write the two label files that the trainer reads, with the weight of each frame's family."""
    for name, frames in (("train", train), ("valid", valid)):
        weighted = []
        for atoms in frames:
            copy = atoms.copy()
            own = float(atoms.info.get("config_weight", 1.0))
            copy.info["config_weight"] = own * spec.family_weights.get(str(atoms.info["family"]), 1.0)
            weighted.append(copy)
        ase.io.write(directory / f"{name}.xyz", weighted, format="extxyz")


def _checked(
    symbols: Iterable[str], energies: dict[str, float], start: PotentialRef | None
) -> dict[str, float]:
    """Return the energies that the trainer takes: of all elements of the labels, or of the starting model."""
    if missing := sorted(set(symbols) - set(energies)):
        raise UsageError(
            f"there is no atomic energy of {', '.join(missing)}, which the labels contain",
            where="energies",
            hint="leave those configurations out, or train on configurations with these elements",
        )
    return energies if start else {symbol: energies[symbol] for symbol in symbols}


def _demand_a_batch(frames: Sequence[Atoms], spec: TrainSpec) -> None:
    """Refuse what mace-torch passes in silence: it drops the batch that is not full, here the only one."""
    if len(frames) < spec.batch_size:
        raise UsageError(
            f"{len(frames)} training configurations are fewer than one batch ({spec.batch_size})",
            where="batch_size",
            hint="give more labels, or a smaller batch_size",
        )
