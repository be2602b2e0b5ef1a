"""The claims of the notes: the numbers support them, and docs/claims.md is what the run writes."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from tests.demos.running import DEMOS, NUMBER

spec = importlib.util.spec_from_file_location("claims", DEMOS / "claims.py")
claims = importlib.util.module_from_spec(spec)
sys.modules["claims"] = claims
spec.loader.exec_module(claims)

PAGE = (Path(__file__).parents[2] / "docs" / "claims.md").read_text("utf-8")
ONLY_ABOVE = "the same, as the whole way sideways"  # below 2/25 the swings of descent die out


@pytest.fixture(scope="module")
def rows():
    return list(claims.rows())


def test_there_is_a_row_for_each_claim_with_its_line():
    assert len(claims.CLAIMS) >= 40
    for claim in claims.CLAIMS:
        assert re.match(r"00[0234] l\. \d+", claim.where)
        assert claim.setting[1] != 0  # it can be varied


@pytest.mark.parametrize("claim", claims.CLAIMS, ids=lambda c: f"{c.where} {c.says}")
def test_the_number_supports_the_claim_and_so_do_its_neighbours(claim):
    assert claims.FACTORS == (0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2)
    assert claims.tried(claim) == [
        factor >= 1 or claim.says != ONLY_ABOVE for factor in claims.FACTORS
    ]


def test_a_claim_can_fail():
    """The tunnel's numbers before it was mended: at 0.07 momentum's way sideways is the longer."""
    [claim] = [c for c in claims.CLAIMS if c.says == ONLY_ABOVE]
    assert claim.measure(0.07) == pytest.approx((7.0, 21.3), abs=0.05)
    assert not claim.holds(*claim.measure(0.07))
    assert claim.measure(0.079) == pytest.approx((61.7, 23.7), abs=0.05)


def test_the_page_is_what_the_run_writes(rows):
    printed = [line for line in PAGE.splitlines() if re.match(r"\| 00[0234] l", line)]
    assert len(printed) == len(rows)
    for line, row in zip(printed, rows, strict=True):
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        ours = [cell.strip() for cell in row]
        assert [re.sub(NUMBER, "#", x) for x in cells] == [re.sub(NUMBER, "#", x) for x in ours]
        theirs, found = (re.findall(NUMBER, cell[2].replace("−", "-")) for cell in (cells, ours))
        assert list(map(float, found)) == pytest.approx(
            list(map(float, theirs)), rel=0.02, abs=1e-8
        ), row
    assert f"{len(rows)} claims" in PAGE
