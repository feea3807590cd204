"""Sections of a results page, each remade by its own command without touching the others."""

import os
import platform
import re
from pathlib import Path


def machine_line():
    """Processor, cores, memory, system, load: what a reader needs to place the numbers."""
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
        memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
        load = os.getloadavg()[0]
    except (OSError, ValueError):
        return model
    return (f"{model}, {os.cpu_count()} cores, {memory_gb:.0f} GB, {platform.system()} "
            f"{platform.release()}, load before the first run {load:.1f}")


def replace_section(page, heading, lines):
    """Puts `lines` under `## heading` of the page, in place of what is there or at its end."""
    page = Path(page)
    text = page.read_text() if page.is_file() else "# " + page.stem.capitalize() + "\n"
    body = f"## {heading}\n\n" + "\n".join(lines).strip() + "\n"
    pattern = re.compile(rf"^## {re.escape(heading)}\n.*?(?=^## |\Z)", re.M | re.S)
    if pattern.search(text):
        text = pattern.sub(lambda _: body + "\n", text, count=1)
    else:
        text = text.rstrip("\n") + "\n\n" + body
    page.write_text(text.rstrip("\n") + "\n")
