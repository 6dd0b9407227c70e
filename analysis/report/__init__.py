"""The report: one HTML file that opens anywhere, without a network."""

from lithicoat.analysis.report.writing import write_report

__all__ = ["write_report"]
