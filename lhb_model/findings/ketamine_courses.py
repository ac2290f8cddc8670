"""Concentration of ketamine in plasma over time: its highest value and half-life, measured on the course as blood samples are."""

from collections.abc import Iterator, Mapping

import numpy as np

from lhb_model import catalogue
from lhb_model.drug_sheets import CourseSheet
from lhb_model.findings.finding import Finding, Row, row
from lhb_model.pharmacokinetics import Dose
from lhb_model.run_folder import Run
from lhb_model.sheets import read_intervention

SAMPLES = 20_000
SAMPLED, LATE = 4.0, 2.0  # half-lives of the sheet: how long blood is taken, and from when on the decay is fitted


def _rows(name: str, sheet: CourseSheet) -> Iterator[Row]:
    over = sheet.over.value.value if sheet.over else 0.0
    absorption = sheet.absorption.value.value if sheet.absorption else 0.0
    half_life = sheet.half_life.value.value
    course = Dose(sheet.peak.value.value, half_life, over, absorption)
    times = np.linspace(0, over + SAMPLED * half_life, SAMPLES)
    plasma = course.at(times)
    late = times > over + LATE * half_life
    slope = np.polyfit(times[late], np.log(plasma[late]), 1)[0]
    yield row(name, 1, "peak", plasma.max(), "M")
    yield row(name, 1, "half_life", -np.log(2) / slope, "s")
    yield row(name, 1, "tissue_over_plasma", sheet.tissue.value.value, "1")


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Rows for each way in which ketamine is given."""
    sheet = read_intervention(catalogue.sheet_path("intervention", "ketamine"))
    return [found for name, course in sheet.courses.items() for found in _rows(name, course)]


FINDING = Finding("ketamine_courses", "Concentration of ketamine in plasma over time", (), measure, of="courses")
