"""Vacancies, interstitials and Frenkel pairs of one crystal with one potential: cells, bands, networks."""

from collections.abc import Callable, Sequence
from math import inf

import numpy as np
from ase import Atoms
from ase.geometry import find_mic, minkowski_reduce

from lithicoat.analysis.transport.networks import HopNetwork, NetworkHop
from lithicoat.analysis.transport.percolation import percolating_barriers, percolating_dimensions
from lithicoat.structures.crystals.cells import supercell_of_width
from lithicoat.structures.crystals.hops import HopEnds, HopKind, vacancy_ends, vacancy_hops
from lithicoat.structures.crystals.interstitials import (
    direct_hops,
    frenkel_cell,
    interstitial_cell,
    interstitial_ends,
    interstitial_sites,
    knock_on_hops,
)
from lithicoat.structures.crystals.sites import Sites, site_in
from lithicoat.structures.errors import StructureError
from lithicoat.workflows.dynamics.checkpoint import write_atomically
from lithicoat.workflows.dynamics.deadline import part_kept
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.mechanics.relaxation import RelaxOutcome, relax
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef
from lithicoat.workflows.protocols import CarrierSpec
from lithicoat.workflows.steps import step_directory, step_key
from lithicoat.workflows.transport.bands import minimum_energy_path
from lithicoat.workflows.transport.migration_records import (
    CarrierDocument,
    FrenkelDocument,
    HopDocument,
    SiteDocument,
)

__all__ = ["Interstitials", "Study", "Vacancies", "frenkel_pair"]

REACH = 1.3
"""Hops up to this multiple of the length at which those before it make an endless network are computed."""
STAYED_A = 0.9
"""An ion that relaxes farther than this from its place has gone to another one."""
RATTLE_A = 0.02
"""Random displacements, Å, that let a cell with an interstitial ion leave a saddle it was placed on."""


class Study:
    """The cells of one crystal and what is computed of them."""

    def __init__(self, name: str, potential: PotentialRef, spec: CarrierSpec, cell: Atoms) -> None:
        self.name, self.potential, self.spec = name, potential, spec
        self.supercell = supercell_of_width(cell, spec.width_A, max_atoms=spec.max_atoms)

    @property
    def width_A(self) -> float:
        """Distance between a defect and its nearest image, Å."""
        return float(np.linalg.norm(minkowski_reduce(self.supercell.cell.array)[0], axis=1).min())

    def relaxed(self, cell: Atoms, *, what: str) -> RelaxOutcome:
        """Return a cell with its ions relaxed."""
        limits = self.spec.band
        return relax(
            cell,
            calculator(self.potential),
            fmax_eV_A=limits.end_fmax_eV_A,
            max_steps=limits.max_steps,
            label=f"{self.name} {what}",
        )

    def hop(self, kind: HopKind, ends: HopEnds) -> HopDocument:
        """Compute a band, or read it if the step was interrupted after it."""
        cells = [
            [atoms.get_chemical_symbols(), atoms.positions.tolist(), atoms.cell.tolist()]
            for atoms in (ends.start, ends.end)
        ]
        key = step_key("hop", "1", {"cells": cells, "band": self.spec.band, "potential": self.potential})
        file = step_directory() / f"hop-{key[:16]}.json"
        if file.is_file():
            return HopDocument.model_validate_json(file.read_text("utf-8"))
        band = minimum_energy_path(
            ends.start,
            ends.end,
            calculator(self.potential),
            self.spec.band,
            mobile=ends.mobile,
            label=f"{self.name} {kind.label}",
        )
        total = band.energies_eV
        document = HopDocument(
            label=kind.label,
            mechanism=kind.mechanism,
            length_A=kind.length_A,
            multiplicity=len(kind.steps),
            forward_eV=band.forward_eV,
            backward_eV=band.backward_eV,
            total_eV=(float(total[0]), float(total.max()), float(total[-1])),
            path_A=tuple(band.path_A.tolist()),
            path_eV=tuple((total - total[0]).tolist()),
            climbed=band.climbed,
            fmax_eV_A=band.fmax_eV_A,
            steps=band.steps,
        )
        write_atomically(file, document.model_dump_json().encode())
        part_kept()
        return document

    def network(
        self,
        carrier: str,
        sites: Sites,
        *,
        energies: dict[str, float],
        groups: Sequence[Sequence[HopKind]],
        ends: Callable[[HopKind], HopEnds],
        failures: dict[str, str] | None = None,
    ) -> CarrierDocument:
        """Compute the hops of a carrier and join them.

        Parameters
        ----------
        carrier : str
            vacancy or interstitial.
        sites : Sites
            Where it is.
        energies : dict of str to float
            Energy of the cell with the carrier at each class of sites, eV.
        groups : sequence of sequence of HopKind
            Distinct hops, shortest first, one group for each mechanism.
        ends : callable
            The cells before and after a hop.
        failures : dict of str to str, optional
            What failed before.

        Raises
        ------
        RunError
            If no hop has a barrier.
        """
        done: list[tuple[HopKind, HopDocument]] = []
        failures = dict(failures or {})
        for kinds in groups:
            done += self._computed(kinds, sites, ends, failures)
        if not done:
            reasons = "; ".join(failures.values()) or f"none is shorter than {self.spec.longest_hop_A:g} Å"
            raise RunError(f"{self.name}: no hop of the {carrier} has a barrier: {reasons}", where=self.name)
        network = _network(sites, energies, done)
        lowest, labels = min(network.energies_eV), {kind.label for kinds in groups for kind in kinds}
        return CarrierDocument(
            carrier=carrier,
            atoms=len(ends(done[0][0]).start),
            width_A=self.width_A,
            sites=tuple(
                SiteDocument(
                    name=name,
                    multiplicity=number,
                    energy_eV=network.energies_eV[sites.names.index(name)] - lowest,
                )
                for name, number in sites.multiplicities.items()
            ),
            hops=tuple(document for _, document in done),
            failures=failures,
            left_out=len(labels - {kind.label for kind, _ in done} - set(failures)),
            network=network,
            barriers=percolating_barriers(network),
        )

    def _computed(
        self,
        kinds: Sequence[HopKind],
        sites: Sites,
        ends: Callable[[HopKind], HopEnds],
        failures: dict[str, str],
    ) -> list[tuple[HopKind, HopDocument]]:
        """Compute hops, shortest first, until they make as endless a network as all of them would.

        Those that are little longer than the last that was needed are computed too: one of them may be the
        easier way.
        """
        wanted = percolating_dimensions(len(sites.names), _steps(kinds))
        done: list[tuple[HopKind, HopDocument]] = []
        longest = inf
        for kind in kinds[: self.spec.most_hops]:
            if kind.length_A > longest:
                break
            try:
                done.append((kind, self.hop(kind, ends(kind))))
            except (RunError, StructureError) as error:
                failures[kind.label] = error.message
                continue
            reached = percolating_dimensions(len(sites.names), _steps([one for one, _ in done]))
            if reached == wanted:
                longest = min(longest, REACH * kind.length_A)
        return done


class Vacancies:
    """Vacancies of lithium."""

    def __init__(self, study: Study, lattice: Sites) -> None:
        self.study, self.lattice = study, lattice
        self._energies: dict[str, float] = {}

    @property
    def energies(self) -> dict[str, float]:
        """Energy of the cell with a vacancy at each class of sites, eV."""
        if not self._energies:
            for name in dict.fromkeys(self.lattice.names):
                cell = self.study.supercell.copy()
                del cell[site_in(cell, self.lattice.place(self.lattice.names.index(name)))]
                outcome = self.study.relaxed(cell, what=f"vacancy at {name}")
                self._energies[name] = outcome.energy_eV
        return self._energies

    def document(self) -> CarrierDocument:
        """Compute the hops of a vacancy."""
        study = self.study
        kinds = vacancy_hops(self.lattice, longest_A=study.spec.longest_hop_A)
        return study.network(
            "vacancy",
            self.lattice,
            energies=self.energies,
            groups=[kinds],
            ends=lambda kind: vacancy_ends(self.lattice, kind, study.supercell),
        )


class Interstitials:
    """Lithium in the interstices."""

    def __init__(self, study: Study, lattice: Sites) -> None:
        self.study, self.lattice = study, lattice
        self._known: tuple[Sites, dict[str, float], dict[str, str]] | None = None

    def known(self) -> tuple[Sites, dict[str, float], dict[str, str]]:
        """Return the interstices, the energy of the cell with an ion in each class, eV, and those that fail.

        A class from which the ion relaxes to another place has failed, but its energy stands.
        """
        if self._known is None:
            sites = interstitial_sites(self.lattice)
            energies: dict[str, float] = {}
            failures: dict[str, str] = {}
            for name in dict.fromkeys(sites.names):
                cell = _rattled(interstitial_cell(sites, sites.names.index(name), self.study.supercell))
                try:
                    outcome = self.study.relaxed(cell, what=f"interstitial at {name}")
                except RunError as error:
                    failures[f"site {name}"] = error.message
                    continue
                energies[name] = outcome.energy_eV
                moved = _farthest_A(cell, outcome.atoms, self.lattice.element)
                if moved > STAYED_A:
                    failures[f"site {name}"] = f"an ion relaxes {moved:.1f} Å away from its place"
            self._known = sites, energies, failures
        return self._known

    def document(self) -> CarrierDocument:
        """Compute the direct and the knock-on hops of an interstitial ion."""
        study = self.study
        every, energies, failures = self.known()
        kept = [k for k, name in enumerate(every.names) if f"site {name}" not in failures]
        if not kept:
            told = "; ".join(f"{site}: {why}" for site, why in failures.items())
            raise RunError(f"{study.name}: no interstitial site holds an ion: {told}", where=study.name)
        sites = Sites(every.cell, every.positions_A[kept], tuple(every.names[k] for k in kept), every.element)
        longest = study.spec.longest_hop_A

        def ends(kind: HopKind) -> HopEnds:
            found = interstitial_ends(sites, self.lattice, kind, study.supercell)
            return HopEnds(_rattled(found.start), _rattled(found.end), found.mobile)

        return study.network(
            "interstitial",
            sites,
            energies={name: energies[name] for name in dict.fromkeys(sites.names)},
            groups=[
                knock_on_hops(sites, self.lattice, longest_A=longest),
                direct_hops(sites, longest_A=longest),
            ],
            ends=ends,
            failures=failures,
        )


def frenkel_pair(vacancies: Vacancies, interstitials: Interstitials) -> FrenkelDocument:
    """Compute the energy to move an ion from the site it leaves most easily to the best interstice far away.

    Raises
    ------
    RunError
        If it relaxes back, or there is no interstitial ion at all.
    """
    study, lattice = vacancies.study, vacancies.lattice
    sites, energies, failures = interstitials.known()
    if not energies:
        raise RunError(
            f"{study.name}: no interstitial ion: " + "; ".join(failures.values()), where=study.name
        )
    left = min(vacancies.energies, key=lambda name: vacancies.energies[name])
    taken = min(energies, key=lambda name: energies[name])
    perfect = study.relaxed(study.supercell, what="without defects").energy_eV
    empty = lattice.names.index(left)
    place = lattice.place(empty)
    start = frenkel_cell(sites, lattice, sites.names.index(taken), empty, study.supercell)
    pair = study.relaxed(_rattled(start), what="Frenkel pair")
    around = find_mic(pair.atoms.positions - place, pair.atoms.cell, pbc=True)[1]
    ions = pair.atoms.symbols == lattice.element
    apart_eV = vacancies.energies[left] + energies[taken] - 2 * perfect
    if around[ions].min() < STAYED_A:
        raise RunError(
            f"{study.name}: the Frenkel pair relaxes back in a cell of {len(start)} atoms; vacancy and "
            f"interstitial in cells of their own cost {apart_eV:.2f} eV",
            where=study.name,
            hint="a wider cell",
        )
    return FrenkelDocument(
        energy_eV=pair.energy_eV - perfect,
        apart_eV=apart_eV,
        distance_A=float(around[-1]),
        vacancy=left,
        interstitial=taken,
        atoms=len(start),
    )


def _steps(kinds: Sequence[HopKind]) -> list[tuple[int, int, tuple[int, int, int]]]:
    return [(step.start, step.end, step.offset) for kind in kinds for step in kind.steps]


def _network(
    sites: Sites, energies: dict[str, float], done: Sequence[tuple[HopKind, HopDocument]]
) -> HopNetwork:
    """Join sites and hops; a site is as low as the lowest cell that was found with the carrier there."""
    lowest = dict(energies)
    for kind, hop in done:
        for site, energy in ((kind.steps[0].start, hop.total_eV[0]), (kind.steps[0].end, hop.total_eV[2])):
            lowest[sites.names[site]] = min(lowest[sites.names[site]], energy)
    return HopNetwork(
        cell_A=tuple(map(tuple, sites.cell.cell.array.tolist())),
        sites_A=tuple(map(tuple, sites.positions_A.tolist())),
        energies_eV=tuple(lowest[name] for name in sites.names),
        hops=tuple(
            NetworkHop(
                start=step.start,
                end=step.end,
                offset=step.offset,
                saddle_eV=hop.total_eV[1],
                label=kind.label,
            )
            for kind, hop in done
            for step in kind.steps
        ),
    )


def _rattled(cell: Atoms) -> Atoms:
    moved: Atoms = cell.copy()
    moved.positions += np.random.default_rng(0).normal(0, RATTLE_A, moved.positions.shape)
    return moved


def _farthest_A(before: Atoms, after: Atoms, element: str) -> float:
    """Return how far the ion moved that moved farthest, Å."""
    ions = before.symbols == element
    moves = after.positions[ions] - before.positions[ions]
    return float(np.linalg.norm(moves - moves.mean(axis=0), axis=1).max())
