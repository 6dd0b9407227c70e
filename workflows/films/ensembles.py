"""The replicas of a film: annealed, held against each other, made again if they fail or are off."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase.data import atomic_numbers, covalent_radii
from jobflow import Maker, OnMissing
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.films.rdf import MeanRdf
from lithicoat.analysis.films.records import FilmStructure, LeftOut
from lithicoat.analysis.films.shells import Cell, ensemble_shells
from lithicoat.analysis.films.structure import film_structure, odd_replicas
from lithicoat.structures.coating import Coating
from lithicoat.structures.errors import StructureError
from lithicoat.structures.films.networks import has_network, network_statistics
from lithicoat.structures.model import Model
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.films.annealing import AnnealDocument, AnnealMaker
from lithicoat.workflows.films.building import Place, build_replica
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.steps import science_job, step_directory

__all__ = [
    "EnsembleDocument",
    "RdfCurve",
    "RebuildMaker",
    "ReplicaMaker",
    "Verdict",
    "describe_film",
    "gather_film",
    "judge_film",
]

NETWORK = ("ion_coordination", "bridges_per_unit", "hydroxyls_per_unit", "largest_cluster_share")
"""What is averaged of the network of ions and molecules."""
RING_BOND = 1.3
"""A covalent bond of a ring is shorter than this multiple of the sum of covalent radii; the second
neighbour in a chain, at 1.6 of it, is not."""
EVERY = 3
"""Bins of a radial distribution function per number that is kept: 0.06 Å, with peaks 0.1 Å wide."""


class Verdict(BaseModel):
    """Which replicas of a film are to be made again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reasons: tuple[str | None, ...] = Field(
        description="Of each replica, why it is off the others; None if it is not, or was not made."
    )


class RdfCurve(BaseModel):
    """Radial distribution function of a pair of elements over the replicas of a film."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    center: str = Field(description="One element.")
    neighbor: str = Field(description="The other element.")
    radii_A: tuple[float, ...] = Field(description="Distances, Å.")
    g: tuple[float, ...] = Field(description="Mean over the replicas.")
    standard_error: tuple[float, ...] | None = Field(
        description="Its standard error; None of a single replica."
    )


class EnsembleDocument(BaseModel):
    """A film as its annealed replicas show it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    structure: FilmStructure | None = Field(description="None if no replica could be annealed.")
    rdfs: tuple[RdfCurve, ...] = Field((), description="One per pair of elements.")


@dataclass
class _Replicas(Maker):
    """What it takes to make a replica.

    Parameters
    ----------
    anneal : AnnealMaker
        Makes a film out of a packed cell.
    max_atoms : int
        Size of the models. (Not the whole BuildSpec: more replicas leave these steps as they were.)
    rebuilds : int
        How often a replica is made again.
    """

    anneal: AnnealMaker
    max_atoms: int
    rebuilds: int

    def annealed(self, model: Model, potential: PotentialRef, directory: Path) -> AnnealDocument | RunError:
        """Anneal a cell; a failure is returned."""
        directory.mkdir(parents=True, exist_ok=True)
        try:
            return self.anneal.anneal(model, potential, directory=directory)
        except RunError as error:
            return error

    def again(self, coating: Coating, place: Place, potential: PotentialRef) -> AnnealDocument | RunError:
        """Pack and anneal a stand-in in a directory of its own; a failure is returned."""
        try:
            model = build_replica(coating, place, max_atoms=self.max_atoms)
        except StructureError as error:
            return RunError(error.message, where=error.where, hint=error.hint)
        return self.annealed(model, potential, step_directory() / f"attempt-{place.attempt + 1}")


@dataclass
class ReplicaMaker(_Replicas):
    """Anneal a replica; if that fails, make it again with another seed."""

    name: str = "anneal"

    @science_job(AnnealDocument, version="1")
    def make(self, coating: Coating, model: Model, potential: PotentialRef) -> AnnealDocument:
        """Anneal a packed replica.

        Parameters
        ----------
        coating : Coating
            What it is a replica of.
        model : Model
            The packed cell; its seed says which replica it is.
        potential : PotentialRef
            What moves the atoms.

        Returns
        -------
        AnnealDocument
            With those that failed before it.

        Raises
        ------
        RunError
            If every attempt failed: that of the first one, with what became of the others.
        """
        place, failures = Place.of(model), list[RunError]()
        film = self.annealed(model, potential, step_directory())
        left_out: list[LeftOut] = []
        while isinstance(film, RunError):
            failures.append(film)
            left_out.append(LeftOut(replica=place.replica + 1, seed=place.model_seed, reason=film.message))
            if place.attempt >= self.rebuilds:
                raise _all_failed(failures)
            place = place._replace(attempt=place.attempt + 1)
            film = self.again(coating, place, potential)
        return film.model_copy(update={"left_out": tuple(left_out)})


@dataclass
class RebuildMaker(_Replicas):
    """Make a replica that is off the others again."""

    name: str = "keep or rebuild"

    @science_job(AnnealDocument, version="1")
    def make(
        self,
        coating: Coating,
        film: AnnealDocument,
        reason: str | None,
        potential: PotentialRef,
    ) -> AnnealDocument:
        """Return a film as it is, or another in its place.

        Parameters
        ----------
        coating : Coating
            What it is a replica of.
        film : AnnealDocument
            The annealed replica.
        reason : str or None
            Why it is to be made again; None if it is not.
        potential : PotentialRef
            What moves the atoms.

        Returns
        -------
        AnnealDocument
            The film itself if it is in order, if it has been made again as often as the protocol allows, or
            if the new one fails; a flag says so.
        """
        place = Place.of(film.model)
        if reason is None or place.attempt >= self.rebuilds:
            return film
        other = self.again(coating, place._replace(attempt=place.attempt + 1), potential)
        if isinstance(other, RunError):
            note = f"not replaced, since its stand-in failed: {other}"
            return film.model_copy(update={"flags": (*film.flags, note)})
        gone = LeftOut(
            replica=place.replica + 1,
            seed=place.model_seed,
            reason=reason,
            density_g_cm3=film.density_g_cm3,
        )
        return other.model_copy(update={"left_out": (*film.left_out, gone)})


def _all_failed(failures: Sequence[RunError]) -> RunError:
    """Return the failure of a replica, and what became of its stand-ins."""
    first, *others = failures
    sentences = [first.message, *(f"made again with another seed: {error.message}" for error in others)]
    return RunError("; ".join(sentences), where=first.where, hint=first.hint)


@science_job(Verdict, version="1", on_missing=OnMissing.NONE)
def judge_film(films: Sequence[AnnealDocument | None]) -> Verdict:
    """Find the replicas of a film that are off the others.

    Parameters
    ----------
    films : sequence of AnnealDocument or None
        The annealed replicas; None stands for one that could not be made.
    """
    there = [place for place, film in enumerate(films) if film is not None]
    reasons: list[str | None] = [None] * len(films)
    if len(there) >= 3:
        finished = [film for film in films if film is not None]
        shells, _ = ensemble_shells([_cell(film.model) for film in finished])
        for odd in odd_replicas(shells, [film.density_g_cm3 for film in finished]):
            reasons[there[odd.replica - 1]] = odd.reason()
    return Verdict(reasons=tuple(reasons))


@science_job(EnsembleDocument, version="1", on_missing=OnMissing.NONE)
def gather_film(films: Sequence[AnnealDocument | None]) -> EnsembleDocument:
    """Describe a film by its replicas.

    Parameters
    ----------
    films : sequence of AnnealDocument or None
        The annealed replicas; None stands for one that could not be made.
    """
    return describe_film([film for film in films if film is not None], wanted=len(films))


def describe_film(films: Sequence[AnnealDocument], *, wanted: int) -> EnsembleDocument:
    """Describe a film by its annealed replicas, of which `wanted` were asked for."""
    if not films:
        return EnsembleDocument(structure=None)
    models = [film.model for film in films]
    structure, rdfs = film_structure(
        [_cell(model) for model in models],
        densities_g_cm3=[film.density_g_cm3 for film in films],
        seeds=[model.seed or 0 for model in models],
        wanted=wanted,
        covalent=_covalent(models[0]),
        network=[_network(model) for model in models] if all(map(has_network, models)) else (),
        left_out=[gone for film in films for gone in film.left_out],
    )
    notes = tuple(
        f"replica {Place.of(film.model).replica + 1}: {flag}" for film in films for flag in film.flags
    )
    structure = structure.model_copy(update={"flags": structure.flags + notes})
    curves = tuple(_curve(rdf) for rdf in rdfs if rdf.center <= rdf.neighbor)
    return EnsembleDocument(structure=structure, rdfs=curves)


def _cell(model: Model) -> Cell:
    return Cell(symbols=model.symbols, positions_A=np.array(model.positions_A), cell_A=np.array(model.cell_A))


def _network(model: Model) -> dict[str, float]:
    found = network_statistics(model)
    return {name: float(getattr(found, name)) for name in NETWORK}


def _covalent(model: Model) -> tuple[dict[tuple[str, str], float], int] | None:
    """Return the longest covalent bonds of elements that can be in a ring, and the number of molecules."""
    if not model.bonds:
        return None
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    pairs = np.array(model.bonds)
    size = len(model.symbols)
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    _, owners = connected_components(graph, directed=False)
    molecules = len({owner for owner, symbol in zip(owners, model.symbols, strict=True) if symbol == "C"})
    bonded = {tuple(sorted((model.symbols[i], model.symbols[j]))) for i, j in model.bonds}
    longest = {
        (one, other): RING_BOND
        * float(sum(covalent_radii[atomic_numbers[symbol]] for symbol in (one, other)))
        for one, other in sorted(bonded)
        if "H" not in (one, other)
    }
    return (longest, molecules) if molecules else None


def _curve(rdf: MeanRdf) -> RdfCurve:
    error = rdf.standard_error
    return RdfCurve(
        center=rdf.center,
        neighbor=rdf.neighbor,
        radii_A=tuple(np.round(rdf.radii_A[::EVERY], 4).tolist()),
        g=tuple(np.round(rdf.g[::EVERY], 4).tolist()),
        standard_error=None if error is None else tuple(np.round(error[::EVERY], 4).tolist()),
    )
