"""What importing and merging did."""

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Added"]


class Added(BaseModel):
    """What came into a database, and what did not, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(description="The archive or database that it came from.")
    records: int = Field(0, description="Records of films that were not there.")
    replaced: tuple[str, ...] = Field((), description="Records that a later one has replaced.")
    older: tuple[str, ...] = Field((), description="Records left out: the one that is there is later.")
    same: int = Field(0, description="Records that were there already.")
    steps: int = Field(0, description="Computations that were not there.")
    known_steps: int = Field(0, description="Computations that were there already.")
    foreign_steps: int = Field(0, description="Computations of kinds that do not stand behind records.")
    files: int = Field(0, description="Computations whose trajectories and other files were copied.")
    tables: int = Field(0, description="Reference phases and cathodes of potentials that were not there.")
    campaigns: tuple[str, ...] = Field((), description="Campaigns that were not there, by their names here.")
    united: tuple[str, ...] = Field(
        (), description="Campaigns that were there with the same numbers, brought up to date."
    )
    renamed: dict[str, str] = Field(
        default_factory=dict, description="Name there → name here, where the name was taken."
    )

    @property
    def nothing(self) -> bool:
        """Whether all was there before."""
        return not (self.records or self.replaced or self.steps or self.campaigns or self.united)
