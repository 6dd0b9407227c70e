"""One table of all pairs of films: what decides about them, and how each stands in words."""

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.analysis.decision.columns import Columns
from lithicoat.analysis.decision.gates import GateColumn, GateState, check_gate
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.decision.sheet import Sheet, order_of
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.pairs.deposition import Deposition, OneReactor, fit_of, one_reactor
from lithicoat.analysis.pairs.drawing import IntArray, PairField
from lithicoat.analysis.pairs.reported import ReportedPair
from lithicoat.analysis.pairs.scheme import PairScheme
from lithicoat.analysis.properties import Property
from lithicoat.analysis.thermochemistry.film_contacts import FilmContact

__all__ = ["PairTable", "RankedPair"]

NO_CONTACT = "contact of the films not worked out"
_STATE = {state.group: state for state in (GateState.PASSED, GateState.UNKNOWN, GateState.FAILED)}


class RankedPair(BaseModel):
    """One pair's place in a ranking."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    anode: str = Field(description="Id of the film on the anode.")
    cathode: str = Field(description="Id of the film on the cathode.")
    rank: int = Field(description="1 is best.")
    score: float = Field(description="Weighted mean of both films' scores, 0 to 1.")
    anode_score: float = Field(description="Score of the anode film in its own ranking.")
    cathode_score: float = Field(description="Score of the cathode film in its own ranking.")
    anode_rank: int = Field(description="Rank of the anode film in its own ranking.")
    cathode_rank: int = Field(description="Rank of the cathode film in its own ranking.")
    gates: dict[str, GateState] = Field(description="State of each gate of the pair.")
    gate_reasons: dict[str, str] = Field(
        description="Why a gate is not passed, or that it is passed narrowly."
    )
    depositions: dict[Electrode, str] = Field(
        description="How each film's deposition suits its electrode, in words."
    )
    contact: Property = Field(
        description="Most exothermic reaction, eV per atom of both films, beyond what each sets free "
        "alone; 0 if there is none."
    )
    reaction: str = Field("", description="That reaction per formula unit of the anode film.")
    shared_temperature_C: tuple[float, float] | None = Field(
        None, description="Reactor temperatures that suit both films and electrodes, °C."
    )
    one_reactor: str = Field(description="The same in words, or why there is none.")
    probability_first: float | None = Field(
        None, description="Share of the draws in which it is first; None if it cannot come to the top three."
    )
    probability_top3: float | None = Field(
        None, description="Share of the draws in which it is in the top 3; None as above."
    )
    expected_rank: float | None = Field(
        None, description="Mean rank over the draws among the pairs that were drawn; None as above."
    )
    reported: tuple[ReportedPair, ...] = Field((), description="What is reported of cells with both films.")

    @property
    def group(self) -> int:
        """0 if all is in order, 1 if something is not known, 2 if something failed."""
        return max(state.group for state in self.gates.values())


class PairTable:
    """All pairs of two sheets with what decides about them.

    Parameters
    ----------
    anode, cathode : Sheet
        Films judged for each electrode.
    depositions : mapping of str to Deposition
        How films are grown, by id.
    contacts : mapping of (str, str) to FilmContact
        What the films do where they touch, by anode and cathode film.
    scheme : PairScheme
        Weights, limits and gate.

    Raises
    ------
    DataError
        If the sheets are not of anode and cathode.
    """

    def __init__(
        self,
        anode: Sheet,
        cathode: Sheet,
        depositions: Mapping[str, Deposition],
        contacts: Mapping[tuple[str, str], FilmContact],
        scheme: PairScheme,
    ) -> None:
        for sheet, electrode in ((anode, Electrode.ANODE), (cathode, Electrode.CATHODE)):
            if sheet.electrode is not electrode:
                raise DataError(
                    f"the films for the {electrode.value} were judged for the {sheet.electrode.value}",
                    where=electrode.value,
                    hint=f"judge(records, {electrode})",
                )
        self.anode, self.cathode, self.scheme = anode, cathode, scheme
        self.depositions, self.contacts = depositions, contacts
        self.fits = {
            sheet.electrode: [
                fit_of(depositions.get(film), scheme.limit(sheet.electrode)) for film in sheet.films
            ]
            for sheet in (anode, cathode)
        }
        self.known, self.gate = self._gate()
        groups = np.full((len(anode.films), len(cathode.films)), GateState.UNKNOWN.group, dtype=np.int8)
        chances = np.full(groups.shape, np.nan)
        flat = np.fromiter(self.known, dtype=np.intp, count=len(self.known))
        groups.ravel()[flat] = self.gate.groups
        chances.ravel()[flat] = self.gate.chances
        floors = {
            electrode: np.array([fit.state.group for fit in fits], dtype=np.int8)
            for electrode, fits in self.fits.items()
        }
        self.field = PairField(
            anode=anode,
            cathode=cathode,
            shares=(scheme.weight(Electrode.ANODE), scheme.weight(Electrode.CATHODE)),
            anode_floor=floors[Electrode.ANODE],
            cathode_floor=floors[Electrode.CATHODE],
            contact_groups=groups,
            contact_chances=chances,
        )
        self._places = {
            sheet.electrode: {int(row): place for place, row in enumerate(sheet.order, start=1)}
            for sheet in (anode, cathode)
        }

    def _gate(self) -> tuple[dict[int, int], GateColumn]:
        """Hold the known contacts against the gate; return where each pair stands in it."""
        rows = {film: row for row, film in enumerate(self.anode.films)}
        columns = {film: row for row, film in enumerate(self.cathode.films)}
        known = [pair for pair in self.contacts if pair[0] in rows and pair[1] in columns]
        flat = {rows[one] * len(columns) + columns[other]: index for index, (one, other) in enumerate(known)}
        name = self.scheme.contact.properties[0]
        return flat, check_gate(
            self.scheme.contact, Columns([{name: self.contacts[pair].energy} for pair in known])
        )

    def order(self) -> IntArray:
        """Pairs, best first; equal ones by their ids."""
        return order_of(self.field.scores(), self.field.groups())

    def names(self, pair: int) -> tuple[str, str]:
        """Return the films of a pair."""
        one, other = divmod(pair, len(self.cathode.films))
        return self.anode.films[one], self.cathode.films[other]

    def ranked(
        self,
        pair: int,
        rank: int,
        chances: Mapping[str, float | None],
        reported: Mapping[tuple[str, str], Sequence[ReportedPair]],
    ) -> RankedPair:
        """Put into words how a pair stands."""
        names = self.names(pair)
        rows = divmod(pair, len(self.cathode.films))
        gates: dict[str, GateState] = {}
        reasons: dict[str, str] = {}
        words: dict[Electrode, str] = {}
        for sheet, row in ((self.anode, rows[0]), (self.cathode, rows[1])):
            name = sheet.electrode.value
            film, fit = f"{name} film", self.fits[sheet.electrode][row]
            gates[film] = _STATE[int(sheet.groups[row])]
            gates[f"deposition on the {name}"] = fit.state
            stopped = _gates_to_tell(sheet, row)
            reasons |= {film: stopped} if stopped else {}
            reasons |= {f"deposition on the {name}": fit.why} if fit.state.group else {}
            words[sheet.electrode] = fit.why
        contact, state, why = self._contact(pair)
        gates[self.scheme.contact.name] = state
        reasons |= {self.scheme.contact.name: why} if why else {}
        shared = self._shared(names)
        ends = None
        if shared.low_C is not None and shared.high_C is not None:
            ends = (shared.low_C, shared.high_C)
        return RankedPair(
            anode=names[0],
            cathode=names[1],
            rank=rank,
            score=self._score(rows),
            anode_score=float(self.anode.scores[rows[0]]),
            cathode_score=float(self.cathode.scores[rows[1]]),
            anode_rank=self._places[Electrode.ANODE][rows[0]],
            cathode_rank=self._places[Electrode.CATHODE][rows[1]],
            gates=gates,
            gate_reasons=reasons,
            depositions=words,
            contact=contact.energy,
            reaction=contact.equation,
            shared_temperature_C=ends,
            one_reactor=shared.words,
            reported=tuple(reported.get(names, ())),
            **chances,
        )

    def _score(self, rows: tuple[int, int]) -> float:
        one, other = self.field.shares
        return float(one * self.anode.scores[rows[0]] + other * self.cathode.scores[rows[1]])

    def _contact(self, pair: int) -> tuple[FilmContact, GateState, str]:
        """Return contact, state of its gate, and what a reader must know of that."""
        index = self.known.get(pair)
        if index is None:
            missing = FilmContact(energy=Property.missing("eV/atom", NO_CONTACT))
            return missing, GateState.UNKNOWN, NO_CONTACT
        state = self.gate.state(index)
        told = self.gate.narrow[index] or state is not GateState.PASSED
        return self.contacts[self.names(pair)], state, self.gate.why(index) if told else ""

    def _shared(self, names: tuple[str, str]) -> OneReactor:
        one, other = (self.depositions.get(name) or Deposition(film=name) for name in names)
        return one_reactor(one, other, self.scheme.limits)


def _gates_to_tell(sheet: Sheet, row: int) -> str:
    """Name the gates that a film does not pass in its own ranking, or only narrowly."""
    stopped = [gate for gate in sheet.gates if gate.state(row).group or gate.narrow[row]]
    return "; ".join(f"{gate.gate.name} {gate.state(row).value}: {gate.why(row)}" for gate in stopped)
