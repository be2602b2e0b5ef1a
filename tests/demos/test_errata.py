"""docs/errata.md is what demos/errata.py prints."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_errata_is_what_the_demo_prints():
    done = subprocess.run(
        [sys.executable, "-X", "utf8", ROOT / "demos" / "errata.py"], capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    page = (ROOT / "docs" / "errata.md").read_text("utf-8")
    assert page == done.stdout.decode("utf-8").replace("\r\n", "\n"), "run `make errata`"
    assert len(re.findall(r"^\| S\d-\d{3} \|", page, re.MULTILINE)) >= 82
