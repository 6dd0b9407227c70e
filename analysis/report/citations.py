"""References of the methods text: read from a BibTeX file, written as text, kept as BibTeX to copy."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from lithicoat.analysis.errors import DataError

__all__ = ["Citation", "References", "read_bibtex", "shipped_citations"]

_ENTRY = re.compile(r"@(?P<kind>\w+)\{(?P<key>[^,\s]+),\n(?P<body>.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"^  (?P<name>\w+) = \{(?P<value>.*)\},?$", re.MULTILINE)
_ACCENTS = {"'a": "á", "'e": "é", "'i": "í", "'o": "ó", "'u": "ú", '"o': "ö", '"u': "ü", '"a': "ä"}
MOST_AUTHORS = 4


@dataclass(frozen=True)
class Citation:
    """One reference.

    Parameters
    ----------
    key : str
        Name in the BibTeX file.
    fields : dict of str to str
        What BibTeX says of it, as plain text.
    bibtex : str
        The entry to copy.
    """

    key: str
    fields: dict[str, str]
    bibtex: str

    @property
    def text(self) -> str:
        """The reference as a journal prints it, without its address."""
        where = self.fields.get("journal") or self.fields.get("booktitle") or ""
        volume = " ".join(filter(None, (where, self.fields.get("volume", ""))))
        place = ", ".join(filter(None, (volume, self.fields.get("pages", "").replace("--", "–"))))
        year = f"({self.fields['year']})"
        return ", ".join(filter(None, (self._authors, self.fields["title"], f"{place} {year}".strip())))

    @property
    def address(self) -> str:
        """Where it is found: a DOI or an arXiv number; empty if neither is known."""
        if "doi" in self.fields:
            return f"https://doi.org/{self.fields['doi']}"
        return f"https://arxiv.org/abs/{self.fields['eprint']}" if "eprint" in self.fields else ""

    @property
    def address_text(self) -> str:
        """The same in few letters."""
        if "doi" in self.fields:
            return f"doi:{self.fields['doi']}"
        return f"arXiv:{self.fields['eprint']}" if "eprint" in self.fields else ""

    @property
    def _authors(self) -> str:
        names = [_initials(name) for name in self.fields["author"].split(" and ")]
        if names[-1] == "others" or len(names) > MOST_AUTHORS:
            return f"{names[0]} et al."
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


class References:
    """References in the order in which a text cites them."""

    def __init__(self) -> None:
        self._known = shipped_citations()
        self._cited: dict[str, int] = {}

    def cite(self, *keys: str) -> list[int]:
        """Return the numbers of references; new ones get the next numbers.

        Raises
        ------
        DataError
            If a key is not in the file.
        """
        for key in keys:
            if key not in self._known:
                raise DataError(f"there is no reference {key}", where="citations.bib")
            self._cited.setdefault(key, len(self._cited) + 1)
        return [self._cited[key] for key in keys]

    @property
    def cited(self) -> list[Citation]:
        """What was cited, in its order."""
        return [self._known[key] for key in self._cited]

    @property
    def bibtex(self) -> str:
        """The entries to copy."""
        return "\n\n".join(citation.bibtex for citation in self.cited) + "\n"


@cache
def shipped_citations() -> dict[str, Citation]:
    """Return the references that ship with lithicoat, by key."""
    text = resources.files("lithicoat.analysis").joinpath("data/citations.bib").read_text("utf-8")
    return {citation.key: citation for citation in read_bibtex(text)}


def read_bibtex(text: str) -> Iterable[Citation]:
    """Read BibTeX of one field a line."""
    for entry in _ENTRY.finditer(text):
        fields = {field["name"]: _plain(field["value"]) for field in _FIELD.finditer(entry["body"])}
        yield Citation(entry["key"], fields, entry.group(0))


def _plain(value: str) -> str:
    """Write LaTeX's accents and braces as plain text."""
    value = re.sub(r"\{\\(['\"])(\w)\}", lambda found: _ACCENTS[found[1] + found[2]], value)
    return value.replace("{", "").replace("}", "").replace("---", "—")


def _initials(name: str) -> str:
    """Write `Monroe, Charles W.` as `C. W. Monroe`."""
    last, comma, first = name.partition(", ")
    if not comma:
        return name
    return " ".join([*(f"{part[0]}." for part in first.split()), last])
