"""Computing conductivities of films and crystals as a screening does, or reading them from its records."""

from collections.abc import Sequence

from jobflow import Job

from lithicoat.analysis.database import read_records
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.mongodb import Where
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.structures.build import elements_of, kind_of
from lithicoat.structures.coating import Coating
from lithicoat.workflows.benchmarks.conductivities import ConductivityBenchmark
from lithicoat.workflows.benchmarks.published import coating_of, known_films
from lithicoat.workflows.benchmarks.running import run_what_can
from lithicoat.workflows.potentials.registry import PotentialRef, check_elements, elements
from lithicoat.workflows.progress import report
from lithicoat.workflows.protocols import Preset, Protocol, preset
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.recording import record_of
from lithicoat.workflows.screening import ScreeningMaker, has_hops
from lithicoat.workflows.transport.following import mobile_species

__all__ = ["conductivity_benchmark", "conductivity_summary", "transport_record"]

CAMPAIGN = "conductivities"


def conductivity_benchmark(
    potential: PotentialRef,
    *,
    films: Sequence[str] | None = None,
    db: Where,
    protocol: Protocol | None = None,
    seed: int = 0,
) -> ConductivityBenchmark:
    """Compute conductivities with a potential and hold them against published ones.

    Parameters
    ----------
    potential : PotentialRef
        The potential of all steps.
    films : sequence of str, optional
        Coatings of the catalog, `NAME@crystal`, or measured crystals; default: all with a measured crystal or
        a fact in the literature. Those of elements that the potential does not cover are left aside.
    db : Path or MongoDatabase
        The database: finished steps, of screenings too, are read from it; interrupted runs go on.
    protocol : Protocol, optional
        All numbers; default: the quick preset.
    seed : int
        Seed of cells and dynamics.

    Returns
    -------
    ConductivityBenchmark
        A film whose steps fail is listed with the reasons.

    Raises
    ------
    StructureError
        If there is no such film.
    PotentialError
        If the potential does not cover a film that was asked for by name.
    """
    coatings = [coating_of(name) for name in films or known_films()]
    covered = set(elements(potential))
    strange = [coating for coating in coatings if not covered.issuperset(elements_of(coating))]
    for coating in strange if films else ():
        check_elements(potential, elements_of(coating), where=coating.id)
    chosen, numbers = (
        [coating for coating in coatings if coating not in strange],
        protocol or preset(Preset.QUICK),
    )
    records = {}
    for count, coating in enumerate(chosen):
        report("conductivities", count, len(chosen), "films")
        records[coating.id] = transport_record(coating, potential, numbers, db=db, seed=seed)
    report("conductivities", len(chosen), len(chosen), "films")
    return ConductivityBenchmark.of(
        records,
        potential=potential.id,
        sha256=potential.sha256,
        versions=provenance(potential, None, None).versions,
        not_covered=[coating.id for coating in strange],
    )


def transport_record(
    coating: Coating, potential: PotentialRef, protocol: Protocol, *, db: Where, seed: int
) -> ScreeningRecord:
    """Run what a screening computes of the transport in a film, and nothing else, and put it together.

    The record is not written into the database: it lacks all that has nothing to do with transport.
    """
    maker = ScreeningMaker(protocol=protocol)
    kind = kind_of(coating.recipe)
    jobs, relaxed = maker.prepare(coating, potential, seed=seed)
    species = mobile_species(elements_of(coating), coating.role)
    runs: list[Job] = []
    ladder: Job | None = None
    if species:
        runs, ladder = maker.diffusion(kind, relaxed, potential, seed=seed, species=species)
    hopping = has_hops(coating)
    migration = maker.migration(relaxed, potential) if hopping else []
    environments = maker.environments(relaxed, runs, potential)
    steps = [*jobs, *migration, *runs, *([ladder] if ladder else []), *environments]
    outputs, failures = run_what_can(steps, db, name=coating.id)
    return record_of(
        coating,
        potential,
        protocol,
        seed=seed,
        campaign=CAMPAIGN,
        film=[outputs.get(job.uuid) for job in relaxed],
        elastic=[],
        ladder=outputs.get(ladder.uuid) if ladder else None,
        scavenging=None,
        failures=failures,
        migration=[outputs.get(job.uuid) for job in migration] if hopping else None,
        environments=outputs.get(environments[0].uuid) if environments else None,
    )


def conductivity_summary(
    db: Where,
    potential: str,
    *,
    films: Sequence[str] | None = None,
    preset_name: str | None = None,
    seed: int | None = None,
) -> ConductivityBenchmark:
    """Hold the records that are in a database against published conductivities; nothing is computed.

    Parameters
    ----------
    db : Path or MongoDatabase
        The database.
    potential : str
        Name of the potential whose records are taken.
    films : sequence of str, optional
        Only these; default: all that were screened.
    preset_name : str, optional
        Only records of a protocol of this name; default: the latest record of each film.
    seed : int, optional
        Only records of this seed.

    Raises
    ------
    DataError
        If there is no database, or no such record in it.
    """
    found = {
        record.coating: record
        for record in read_records(db)
        if record.potential == potential
        and (films is None or record.coating in films)
        and seed in {None, record.seed}
        and (preset_name is None or record.protocol.startswith(f"{preset_name}-"))
    }
    if not found:
        of = f" of {', '.join(films)}" if films else ""
        raise DataError(
            f"{db} holds no record{of} by {potential}"
            + (f" with preset {preset_name}" if preset_name else ""),
            where=str(db),
            hint="lithicoat screen makes them; without --summary the benchmark computes what is missing",
        )
    latest = list(found.values())[-1]
    same = {name: record for name, record in found.items() if record.sha256 == latest.sha256}
    return ConductivityBenchmark.of(
        same,
        potential=potential,
        sha256=latest.sha256,
        versions=next((p.provenance.versions for p in latest.properties.values()), {}),
    )
