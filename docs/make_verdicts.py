"""Write the table of verdicts that the documentation shows, from the folder of a validation of all targets.

lhb validate --seeds 2
python docs/make_verdicts.py runs/validate-...
"""

import json
import sys
from pathlib import Path

VERDICTS = Path(__file__).parent / "tables" / "verdicts.md"


def verdicts(validation: Path) -> str:
    """The counts and the table of a validation's report, and what made them."""
    report = (validation / "report.md").read_text(encoding="utf-8")
    _, counts, table, legend, *_ = report.split("\n\n")
    manifest = json.loads((validation / "manifest.json").read_text(encoding="utf-8"))
    made = f"Made by `python docs/make_verdicts.py` from `lhb validate` of {manifest['begun'][:10]}."
    return "\n\n".join([counts, table, legend, made]) + "\n"


if __name__ == "__main__":
    VERDICTS.write_text(verdicts(Path(sys.argv[1])), encoding="utf-8")
    print(VERDICTS)
