"""From SVG to PDF and PNG by a program that the machine may have: rsvg-convert, or a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import ConverterMissingError
from .sheet import size_of

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
SCALE = 2  # pixels of a PNG for each CSS pixel
SECONDS = 120
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
ADVICE = (
    "install rsvg-convert (apt install librsvg2-bin, brew install librsvg) or a browser such as "
    "Chromium, or write an .svg, which browsers and slides show as it is"
)


def drawn_as(suffix: str, drawings: Sequence[str]) -> bytes:
    """Drawings as the content of a file: one each of ``"svg"`` or ``"png"``, any of ``"pdf"``.

    Args:
        suffix: "svg", "png" or "pdf".
        drawings: ``<svg>`` elements; each is a page of a PDF.

    Raises:
        ConverterMissingError: a program is needed, and none is there that does it.
    """
    if suffix == "svg":
        return (HEADER + drawings[0]).encode()
    failed = ""
    for command in ("rsvg-convert", *BROWSERS):
        if (program := shutil.which(command)) is None:
            continue
        make = _by_rsvg if command == "rsvg-convert" else _by_browser
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            out = Path(folder) / f"out.{suffix}"
            try:
                make(program, drawings, out)
                content = out.read_bytes()
            except (OSError, subprocess.SubprocessError) as error:
                failed = f"{command} failed: {_why(error)}"
                continue
        if content:
            return content
    raise ConverterMissingError(f"{failed or f'no program here makes a .{suffix}'}; {ADVICE}")


def _why(error: Exception) -> str:
    told = getattr(error, "stderr", None) or str(error)
    told = told.decode(errors="replace") if isinstance(told, bytes) else told
    lines = told.strip().splitlines()
    return lines[-1][:200] if lines else type(error).__name__


def _by_rsvg(program: str, drawings: Sequence[str], out: Path) -> None:
    files = [out.with_name(f"{k}.svg") for k in range(len(drawings))]
    for file, drawing in zip(files, drawings, strict=True):
        file.write_text(HEADER + drawing, encoding="utf-8")
    form = ["-f", out.suffix[1:], "-o", str(out)]
    if out.suffix == ".png":
        form += ["--zoom", str(SCALE)]
    _run([program, *form, *map(str, files)])


def _by_browser(program: str, drawings: Sequence[str], out: Path) -> None:
    width, height = (max(side) for side in zip(*map(size_of, drawings), strict=True))
    page = out.with_name("page.html")
    style = (
        f"@page {{ size: {width:.2f}pt {height:.2f}pt; margin: 0 }} "
        "body { margin: 0 } svg { display: block } section + section { break-before: page }"
    )
    sections = "".join(f"<section>{drawing}</section>" for drawing in drawings)
    page.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><style>{style}</style>{sections}', encoding="utf-8"
    )
    command = [program, "--headless", "--disable-gpu", f"--user-data-dir={out.parent / 'profile'}"]
    if getattr(os, "geteuid", lambda: 1)() == 0:
        command.append("--no-sandbox")  # a browser has none for root
    if out.suffix == ".pdf":
        command += [f"--print-to-pdf={out}", "--no-pdf-header-footer", "--print-to-pdf-no-header"]
    else:
        pixels = f"{-(-width * 4 // 3):.0f},{-(-height * 4 // 3):.0f}"
        command += [f"--screenshot={out}", f"--window-size={pixels}", "--hide-scrollbars"]
        command += [f"--force-device-scale-factor={SCALE}"]
        command += ["--default-background-color=00000000"]
    _run([*command, page.as_uri()])


def _run(command: Sequence[str]) -> None:
    subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=SECONDS
    )
