"""Run folder -> one self-contained page: what was asked, what came out, what it rests on, how to repeat it.

The page holds its figures, spikes, style and script; it asks nothing of the network, and forbids itself to.
"""

from lhb_model.report.page import report_page, write_report

__all__ = ["report_page", "write_report"]
