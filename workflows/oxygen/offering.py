"""Computing the oxygen that a cathode offers: vacancies in its bulk and at its surface, lithium falling."""

from dataclasses import dataclass

from jobflow import Flow, Job, Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.oxygen.offers import BULK, CathodeOxygen, OxygenSite, SitesAt
from lithicoat.workflows.mechanics.relaxation import RelaxMaker
from lithicoat.workflows.oxygen.vacancies import (
    HostMaker,
    SlabMaker,
    VacancyDocument,
    VacancyMaker,
    cathode_recipe,
    lithiated_cell,
)
from lithicoat.workflows.potentials.registry import PotentialRef, check_elements
from lithicoat.workflows.protocols import RelaxSpec
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.steps import science_job

__all__ = ["OfferMaker", "OfferSpec", "gather_oxygen"]


class OfferSpec(BaseModel):
    """Cells and limits."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    cathode: str = Field("NMC811", description="Id in the catalog.")
    lithium: tuple[float, ...] = Field((1.0, 0.5, 0.25), min_length=1, description="x in LixMO2.")
    face: tuple[int, int, int] = Field((1, 0, 4), description="Hexagonal indices of the slabs.")
    max_atoms: int = Field(80, ge=12, le=2000, description="Atoms of a cell, counted with all lithium.")
    bulk_sites: int = Field(3, ge=1, description="Oxygens of the bulk that are relaxed, the cheapest first.")
    surface_sites: int = Field(6, ge=1, description="The same of the slab, down to 3 Å.")
    relax: RelaxSpec = RelaxSpec(fmax_eV_A=0.05, smax_GPa=0.1, max_steps=500)

    @property
    def plane(self) -> str:
        """The face as text: `(104)`."""
        return "(" + "".join(map(str, self.face)) + ")"

    @property
    def label(self) -> str:
        """What is written into the document."""
        return (
            f"cells of up to {self.max_atoms} atoms, {self.plane} slabs with the relaxed bulk's lattice; "
            f"of all kinds of oxygen the {self.bulk_sites} (bulk) and {self.surface_sites} (slab, down to "
            f"3 Å) cheapest before relaxation, ions relaxed to {self.relax.fmax_eV_A:g} eV/Å"
        )


@dataclass
class OfferMaker(Maker):
    """The flow of one cathode's oxygen.

    Parameters
    ----------
    spec : OfferSpec
        Cells and limits.
    name : str
        Name of the flow.
    """

    spec: OfferSpec = OfferSpec()  # noqa: RUF009 - frozen
    name: str = "cathode oxygen"

    def make(self, potential: PotentialRef) -> Flow:
        """Wire the relaxations; the last job gathers them.

        Raises
        ------
        PotentialError
            If the potential does not cover the cathode.
        """
        spec = self.spec
        elements = {"Li", "O", *cathode_recipe(spec.cathode, 1.0).metals}
        check_elements(potential, elements, where=spec.cathode)
        jobs: list[Job] = []
        found = []
        for lithium in spec.lithium:
            steps, bulk, surface = self._content(lithium, potential)
            jobs += steps
            found.append([[job.output for job in bulk], [job.output for job in surface]])
        gathered = gather_oxygen(spec, potential, found)
        gathered.name = self.name
        return Flow([*jobs, gathered], output=gathered.output, name=self.name)

    def _content(self, lithium: float, potential: PotentialRef) -> tuple[list[Job], list[Job], list[Job]]:
        spec, tag = self.spec, f"x={lithium:g}"
        limits = spec.relax
        built = lithiated_cell(spec.cathode, lithium, max_atoms=spec.max_atoms)
        relaxed = RelaxMaker(spec=limits, name=f"bulk {tag}").make(built, potential)
        slab = SlabMaker(
            cathode=spec.cathode, face=spec.face, max_atoms=spec.max_atoms, name=f"slab {tag}"
        ).make(built, relaxed.output, lithium)
        jobs, emptied = [relaxed, slab], []
        for place, model, number in (
            (BULK, relaxed.output.model, spec.bulk_sites),
            ("surface", slab.output.model, spec.surface_sites),
        ):
            host = HostMaker(
                fmax_eV_A=limits.fmax_eV_A, max_steps=limits.max_steps, name=f"{place} sites {tag}"
            ).make(model, potential)
            vacant = [
                VacancyMaker(
                    fmax_eV_A=limits.fmax_eV_A,
                    max_steps=limits.max_steps,
                    name=f"{place} vacancy {rank + 1} {tag}",
                ).make(host.output, rank, potential)
                for rank in range(number)
            ]
            jobs += [host, *vacant]
            emptied.append(vacant)
        return jobs, emptied[0], emptied[1]


@science_job(CathodeOxygen, version="1")
def gather_oxygen(
    spec: OfferSpec, potential: PotentialRef, found: list[list[list[VacancyDocument]]]
) -> CathodeOxygen:
    """Put the vacancies together.

    Parameters
    ----------
    spec : OfferSpec
        What was asked.
    potential : PotentialRef
        Potential of all cells.
    found : list
        For each lithium content the vacancies of the bulk and those of the slab.
    """
    contents = [
        SitesAt(
            lithium=lithium,
            sites=tuple(
                _site(place, document)
                for place, documents in ((BULK, bulk), (spec.plane, surface))
                for document in documents
            ),
        )
        for lithium, (bulk, surface) in zip(spec.lithium, found, strict=True)
    ]
    return CathodeOxygen(
        cathode=spec.cathode,
        metals=dict(cathode_recipe(spec.cathode, 1.0).metals),
        face=spec.plane,
        potential=potential.id,
        sha256=potential.sha256,
        protocol=spec.label,
        contents=tuple(contents),
        versions=provenance(potential, None, None).versions,
    )


def _site(place: str, document: VacancyDocument) -> OxygenSite:
    return OxygenSite(
        place=place,
        label=document.label,
        multiplicity=document.multiplicity,
        depth_A=document.depth_A,
        difference_eV=document.difference_eV,
        unrelaxed_eV=document.unrelaxed_eV,
    )
