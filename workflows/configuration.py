"""What a campaign is made of, from a file and from the command line, checked before anything is computed."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.mongodb import Where, located
from lithicoat.structures.build import elements_of
from lithicoat.structures.catalog.loading import MISSION_IDS, ROLE_IDS, load_catalog
from lithicoat.structures.coating import Coating, Role
from lithicoat.workflows.campaign import Campaign
from lithicoat.workflows.checking import checked
from lithicoat.workflows.errors import UsageError
from lithicoat.workflows.potentials.covering import covering
from lithicoat.workflows.potentials.registry import DEFAULT_POTENTIAL, PotentialRef, check_elements
from lithicoat.workflows.potentials.trust import choose_potential
from lithicoat.workflows.protocols import Preset, Protocol, preset

__all__ = ["CampaignConfig"]


class CampaignConfig(BaseModel):
    """The settings of a campaign, as they stand in a TOML file; the command line has the last word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = Field(None, description="Default: preset and date.")
    coatings: tuple[str, ...] = Field(
        MISSION_IDS, min_length=1, description="Default: the mission films, or those of the library alone."
    )
    role: Electrode | None = Field(None, description="Default films are those for this electrode.")
    library: str | None = Field(None, description="A library whose films are screened: polyols.")
    potential: str = Field(
        DEFAULT_POTENTIAL, description="Name in the registry or path of a MACE .model file."
    )
    potential_sha256: str | None = Field(
        None,
        pattern="^[0-9a-fA-F]{64}$",
        description="What the potential's weights must be; a local file with this sha256 is trusted.",
    )
    preset: Preset = Preset.STANDARD
    seed: int = Field(0, ge=0)
    db: Annotated[Where, BeforeValidator(located)] = Field(
        Path("lithicoat.db"), description="Directory of the database, or the URI of a MongoDB."
    )
    catalog: Path | None = Field(None, description="A catalog of your own (TOML).")
    protocol: dict[str, Any] = Field(
        default_factory=dict, description="Numbers that differ from the preset's."
    )

    @classmethod
    def read(cls, file: Path | None, **given: Any) -> Self:
        """Read a file, if there is one, and put what was given on the command line over it.

        Raises
        ------
        UsageError
            If the file cannot be read or is not TOML, or a setting is unknown or wrong.
        """
        settings = _toml(file) if file else {}
        if given.get("potential") is not None:
            settings.pop("potential_sha256", None)  # it belongs to the file's potential
        return checked(cls, {**settings, **{key: value for key, value in given.items() if value is not None}})

    def campaign(self, *, trust: bool = False) -> Campaign:
        """Resolve all names and check that every film has a potential that covers it.

        The default potential gives way to another one here for films that it does not cover; one that is
        named has to cover all. `trust` says that the user vouches for the potential's file.

        Raises
        ------
        StructureError, PotentialError, UsageError
            If a coating or the potential is unknown, an element is not covered, or a number is absurd.
        """
        entries = load_catalog(self.catalog)
        coatings = tuple(dict.fromkeys(entries.find(name) for name in self._names()))
        protocol = self.full_protocol()
        potential = choose_potential(self.potential, trusted=trust, sha256=self.potential_sha256)
        return Campaign(
            name=self.name or f"{protocol.name}-{datetime.now().astimezone():%Y-%m-%d}",
            coatings=coatings,
            potential=potential,
            substitutes=self._substitutes(coatings, potential),
            protocol=protocol,
            seed=self.seed,
        )

    def _substitutes(self, coatings: tuple[Coating, ...], potential: PotentialRef) -> dict[str, PotentialRef]:
        """Return the potential of each film that the first does not cover."""
        if "potential" in self.model_fields_set:
            for coating in coatings:
                check_elements(potential, elements_of(coating), where=coating.id)
        chosen = {coating.id: covering(potential, elements_of(coating)) for coating in coatings}
        return {film: other for film, other in chosen.items() if other != potential}

    def _names(self) -> tuple[str, ...]:
        """Return the coatings asked for; with a library, its films and those that are named besides."""
        if self.library is None:
            if "coatings" in self.model_fields_set or self.role is None:
                return self.coatings
            return ROLE_IDS[Role(self.role.value)]
        from lithicoat.structures.catalog.library import library_ids

        named = self.coatings if "coatings" in self.model_fields_set else ()
        return (*named, *library_ids(self.library, self.catalog))

    def full_protocol(self) -> Protocol:
        """Return the preset with the numbers that differ."""
        base = preset(self.preset).model_dump()
        for section, numbers in self.protocol.items():
            if isinstance(numbers, dict) and isinstance(base.get(section), dict):
                base[section] = {**base[section], **numbers}
            else:
                base[section] = numbers
        return checked(Protocol, base)


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", where=str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not TOML: {error}", where=str(file)) from error
