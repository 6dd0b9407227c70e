"""What can go wrong in the parsers of other libraries."""

from ase.io.formats import UnknownFileTypeError

__all__ = ["PARSER_ERRORS"]

PARSER_ERRORS = (
    UnknownFileTypeError,
    OSError,
    ValueError,
    LookupError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    RuntimeError,
    StopIteration,
    SyntaxError,
    TypeError,
)
"""What the parsers of ASE and pymatgen raise on files that are not what they take them for."""
