"""One script, one table: what a document costs, beside what else makes a PDF from the same page.

    .venv/bin/python benchmarks/run.py [--rapide] [--json FILE]

Why ratios: machines differ and drift, so every figure that matters is measured in the same run as what it is
compared with, in turn (A B A B …), and the median of the ratios is what counts. Nothing here is a test: a slow
day must not turn a build red.

Compared: a bare WeasyPrint script on the same HTML and CSS; headless Chromium's print-to-pdf on the same page
(skipped when it is not installed); the `typst` package on a page of the same content (skipped when it is not
installed; set PYTHON_TYPST to an interpreter that has it).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FACTURE = Path(sys.executable).with_name("facture")
BARE = "import sys, weasyprint; weasyprint.HTML(sys.argv[1]).write_pdf(sys.argv[2])"
BARE_LOOP = """
import sys, time, weasyprint
html = open(sys.argv[1], encoding="utf-8").read()
weasyprint.HTML(string=html).write_pdf()
times = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter(); weasyprint.HTML(string=html).write_pdf(); times.append(time.perf_counter() - start)
print(sorted(times)[len(times) // 2])
"""
# WeasyPrint's own ways of being fast: one FontConfiguration and one parsed style sheet for all documents.
WARM_LOOP = """
import sys, time, datetime
from facture.composition import compose_epreuve
from facture.dossier import build_dossier
from facture.lecture import Lecteur
from facture.render import press
lecteur = Lecteur()
def once():
    return press(compose_epreuve(build_dossier(lecteur.read(sys.argv[1]), datetime.date(2026, 11, 22))))
once()
times = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter(); once(); times.append(time.perf_counter() - start)
print(sorted(times)[len(times) // 2])
"""

# Load, resolve and lint one library, the start of Python apart.
LINT = """
import datetime, pathlib, sys, time
from facture.bibliotheques import Fonds
from facture.projet import find_projet
from facture.relecture import lint
start = time.perf_counter()
lint(Fonds(find_projet(pathlib.Path(sys.argv[1]))), "projet", datetime.date(2026, 11, 22))
print(time.perf_counter() - start)
"""

JUGE = """
import pathlib, sys, time
start = time.perf_counter()
from facture.validation import load_juge
xml = pathlib.Path(sys.argv[1]).read_bytes()
assert load_juge().judge(xml) == ()
first = time.perf_counter() - start
times = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter(); load_juge().judge(xml); times.append(time.perf_counter() - start)
print(sorted(times)[len(times) // 2] if times else first)
"""


@dataclass
class Table:
    """Rows of (what, measure, target, verdict)."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, what: str, measure: str, target: str = "", reached: bool | None = None) -> None:
        verdict = "" if reached is None else "ok" if reached else "MISSED"
        self.rows.append((what, measure, target, verdict))
        print(f"{what:<58} {measure:>26}  {target:<22} {verdict}", flush=True)


def run(command: list[str], **options: object) -> float:
    """Run a command and return its wall time in seconds."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    elapsed = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return elapsed


def output(command: list[str]) -> float:
    """Run a command that prints one figure."""
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def in_turn(count: int, *commands: Callable[[], float]) -> list[list[float]]:
    """Run commands A B A B …, after one uncounted turn, so that a drift of the machine touches all alike."""
    for command in commands:
        command()
    turns = [[command() for command in commands] for _ in range(count)]
    return [list(column) for column in zip(*turns, strict=True)]


def ratio(a: list[float], b: list[float]) -> float:
    """Median of the ratios turn by turn."""
    return statistics.median(x / y for x, y in zip(a, b, strict=True))


def peak_memory(command: list[str]) -> int:
    """Return the peak resident memory of a command and its children, in MiB."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, "
        "stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    return int(output([sys.executable, "-c", code, *command]))


def long_invoice(folder: Path, lines: int) -> Path:
    """Write an invoice of many lines."""
    source = (ROOT / "examples" / "facture.yaml").read_text(encoding="utf-8")
    head = source.split("\nlignes:")[0]
    body = "\n".join(
        f"  - {{designation: Développement lot {i}, quantite: 1.5, unite: jour, prix_unitaire: 480, tva: 20}}"
        for i in range(lines)
    )
    path = folder / f"lignes-{lines}.yaml"
    path.write_text(
        f"{head}\nlignes:\n{body}\npaiement: {{echeance: 30 jours, moyens: [virement]}}\n", encoding="utf-8"
    )
    return path


def many(folder: Path, count: int) -> list[str]:
    """Write many one-page devis with their own numbers."""
    source = (ROOT / "examples" / "devis.yaml").read_text(encoding="utf-8")
    paths = []
    for number in range(count):
        path = folder / f"devis-{number:04}.yaml"
        path.write_text(source.replace("D2026-021", f"D2026-{number + 1000}"), encoding="utf-8")
        paths.append(str(path))
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rapide", action="store_true", help="fewer turns and documents")
    parser.add_argument("--json", type=Path, help="also write the rows there")
    arguments = parser.parse_args()
    turns, batch = (3, 40) if arguments.rapide else (7, 200)
    table = Table()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = folder / "projet"
        shutil.copytree(ROOT / "examples", project)
        devis = str(project / "devis.yaml")
        pdf, html = str(folder / "x.pdf"), str(folder / "x.html")
        run([str(FACTURE), "render", devis, "--html", "-o", html, "-q"])

        def cold() -> float:
            Path(pdf).unlink(missing_ok=True)
            return run([str(FACTURE), "render", devis, "-o", pdf, "-q"])

        def bare() -> float:
            return run([sys.executable, "-c", BARE, html, str(folder / "bare.pdf")])

        helped, checked = in_turn(
            turns, lambda: run([str(FACTURE), "--help"]), lambda: run([str(FACTURE), "check", devis, "-q"])
        )
        table.add("facture --help", f"{statistics.median(helped):.3f} s", "< 0.2 s", statistics.median(helped) < 0.2)
        table.add("facture check, one file", f"{statistics.median(checked):.3f} s")
        ours, theirs = in_turn(turns, cold, bare)
        factor = ratio(ours, theirs)
        table.add("cold render, one-page devis", f"{statistics.median(ours):.2f} s")
        table.add("  bare WeasyPrint script, same HTML", f"{statistics.median(theirs):.2f} s")
        table.add("  ratio", f"{factor:.2f}", "<= 1.3", factor <= 1.3)
        unchanged = statistics.median(in_turn(turns, lambda: run([str(FACTURE), "render", devis, "-o", pdf, "-q"]))[0])
        table.add("render of an unchanged document", f"{unchanged:.2f} s")

        warm, loop = in_turn(
            3,
            lambda: output([sys.executable, "-c", WARM_LOOP, devis, "15"]),
            lambda: output([sys.executable, "-c", BARE_LOOP, html, "15"]),
        )
        factor = ratio(warm, loop)
        table.add("warm, per document, YAML to PDF bytes", f"{statistics.median(warm) * 1000:.0f} ms")
        table.add("  bare write_pdf in a loop, same HTML", f"{statistics.median(loop) * 1000:.0f} ms")
        table.add("  ratio", f"{factor:.2f}", "< 1", factor < 1)

        files = many(project, batch)
        out = str(folder / "lot")

        def in_batch() -> float:
            shutil.rmtree(out, ignore_errors=True)
            return run([str(FACTURE), "render", *files, "--output-dir", out, "--jobs", "2", "-q"]) / batch

        per_document = statistics.median(in_turn(2, in_batch)[0])
        table.add(f"{batch} documents, --jobs 2, per document", f"{per_document * 1000:.0f} ms")
        check_all = statistics.median(in_turn(2, lambda: run([str(FACTURE), "check", *files, "-q"]))[0])
        scaled = check_all * 200 / batch
        table.add(f"check of {batch} files", f"{check_all:.2f} s", f"< 2 s for 200 ({scaled:.2f})", scaled < 2)
        few = peak_memory([str(FACTURE), "render", *files[: batch // 4], "--output-dir", out + "m"])
        lots = peak_memory([str(FACTURE), "render", *files, "--output-dir", out + "n"])
        table.add(
            f"peak memory, {batch // 4} then {batch} documents", f"{few} then {lots} MiB", "flat", lots < few * 1.15
        )

        sizes = {}
        for lines in (10, 100, 1000):
            path = str(long_invoice(project, lines))
            target = str(folder / f"{lines}.pdf")

            def press(path: str = path, target: str = target) -> float:
                Path(target).unlink(missing_ok=True)
                return run([str(FACTURE), "render", path, "-o", target, "-q"])

            sizes[lines] = statistics.median(in_turn(1 if lines == 1000 else 3, press)[0])
            table.add(f"cold render, {lines} lines", f"{sizes[lines]:.2f} s")
        start = statistics.median(ours)
        growth = (sizes[1000] - start) / max(sizes[100] - start, 0.01)
        table.add("  1,000 lines over 100 lines, start-up apart", f"{growth:.1f} x", "<= 11 x (linear)", growth <= 11)
        big = peak_memory([str(FACTURE), "render", str(project / "lignes-1000.yaml"), "-o", str(folder / "big.pdf")])
        table.add("peak memory, 1,000 lines", f"{big} MiB")

        measure_clauses(table, project, folder, turns)
        measure_late(table, project, folder, turns)
        measure_facturx(table, project)
        measure_judges(table, turns)
        compare_chromium(table, html, folder, per_document, turns)
        compare_typst(table, folder, turns, cold)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"\nLargest process of the run: {peak} MiB")
    if arguments.json:
        arguments.json.write_text(json.dumps(table.rows, indent=1, ensure_ascii=False), encoding="utf-8")


DOUZE = (
    "travaux-hors-perimetre", "conditions-de-reussite", "contenus-a-fournir", "prix-et-contenu", "cadeaux-offerts",
    "deplacements", "renegociation-des-dates", "retard-du-client", "paiement-anticipe", "confidentialite",
    "force-majeure", "fin-ordonnee",
)  # fmt: skip


def measure_clauses(table: Table, project: Path, folder: Path, turns: int) -> None:
    """A library of 2,000 clauses judged whole, and a devis that uses twelve beside one that holds the same words."""
    library = folder / "grande"
    shutil.copytree(ROOT / "clauses", library / "clauses")
    (library / "facture.toml").write_text("", encoding="utf-8")
    model = (ROOT / "clauses" / "contenus-a-fournir.yaml").read_text(encoding="utf-8")
    for number in range(2000 - len(list(library.glob("clauses/*.yaml"))) + 1):
        copy = model.replace("id: contenus-a-fournir", f"id: copie-{number:04}", 1)
        (library / "clauses" / f"copie-{number:04}.yaml").write_text(copy, encoding="utf-8")
    times = in_turn(3, lambda: output([sys.executable, "-c", LINT, str(library)]))[0]
    spent = statistics.median(times)
    table.add("clause lint, 2,000 clauses", f"{spent:.2f} s", "< 2 s", spent < 2)

    source = (project / "devis.yaml").read_text(encoding="utf-8")
    named = project / "douze-clauses.yaml"
    named.write_text(source + "clauses:\n" + "".join(f"  - {name}\n" for name in DOUZE), encoding="utf-8")
    shown = subprocess.run(
        [str(FACTURE), "render", str(named), "--html", "-o", "-", "-q"], capture_output=True, text=True, check=True
    )
    texts = re.findall(r"<p[^>]*>(.*?)</p>", shown.stdout.partition('class="articles')[2].partition("</section>")[0])
    plain = [re.sub(r"<[^>]+>|\s+", " ", text).strip() for text in texts]
    inline = project / "douze-textes.yaml"
    quoted = "".join(f"  - {json.dumps(text, ensure_ascii=False)}\n" for text in plain if text)
    inline.write_text(f"{source}notes:\n{quoted}", encoding="utf-8")

    def cold(path: Path) -> Callable[[], float]:
        target = folder / f"{path.stem}.pdf"

        def once() -> float:
            target.unlink(missing_ok=True)
            return run([str(FACTURE), "render", str(path), "-o", str(target), "-q"])

        return once

    ours, theirs = in_turn(turns, cold(named), cold(inline))
    factor = ratio(ours, theirs)
    table.add("cold render, twelve clauses", f"{statistics.median(ours):.2f} s")
    table.add("  the same words as notes", f"{statistics.median(theirs):.2f} s")
    table.add("  ratio", f"{factor:.2f}", "<= 1.3", factor <= 1.3)
    warm, loop = in_turn(
        3,
        lambda: output([sys.executable, "-c", WARM_LOOP, str(named), "15"]),
        lambda: output([sys.executable, "-c", WARM_LOOP, str(inline), "15"]),
    )
    factor = ratio(warm, loop)
    table.add("  warm, ratio", f"{factor:.2f}", "<= 1.3", factor <= 1.3)


def measure_late(table: Table, project: Path, folder: Path, turns: int) -> None:
    """Late interest beside a check of the same invoice, with 5,000 payments too; a notice beside its invoice."""
    late = project / "facture-en-retard.yaml"
    owed, checked = in_turn(
        turns,
        lambda: run([str(FACTURE), "penalties", str(late), "--date", "2026-11-22", "--format", "json", "-q"]),
        lambda: run([str(FACTURE), "check", str(late), "-q"]),
    )
    table.add("penalties, one invoice", f"{statistics.median(owed):.3f} s")
    table.add("  ratio to its check", f"{ratio(owed, checked):.2f}", "<= 1.5", ratio(owed, checked) <= 1.5)

    source = (project / "facture-impayee.yaml").read_text(encoding="utf-8")
    paid = project / "mille-paiements.yaml"
    rows = "".join(f"  - {{date: 2026-{5 + i // 1000:02}-{2 + i % 28:02}, montant: 1}}\n" for i in range(5000))
    paid.write_text(f"{source}reglements:\n{rows}", encoding="utf-8")
    many_paid, read = in_turn(
        3,
        lambda: run([str(FACTURE), "penalties", str(paid), "--date", "2026-11-22", "--format", "csv", "-q"]),
        lambda: run([str(FACTURE), "check", str(paid), "-q"]),
    )
    table.add("penalties, 5,000 payments", f"{statistics.median(many_paid):.2f} s")
    table.add("  ratio to its check", f"{ratio(many_paid, read):.2f}", "<= 1.5", ratio(many_paid, read) <= 1.5)

    warm, loop = in_turn(
        3,
        lambda: output([sys.executable, "-c", WARM_LOOP, str(project / "relance-2-relance.yaml"), "15"]),
        lambda: output([sys.executable, "-c", WARM_LOOP, str(late), "15"]),
    )
    table.add("warm, a notice", f"{statistics.median(warm) * 1000:.0f} ms")
    table.add("  ratio to its invoice", f"{ratio(warm, loop):.2f}", "<= 1.5", ratio(warm, loop) <= 1.5)


FACTURX_LOOP = """
import sys, time, datetime
from dataclasses import replace
from facture.composition import compose_epreuve
from facture.dossier import build_dossier
from facture.facturx import build_facturx
from facture.lecture import Lecteur
from facture.render import press
lecteur = Lecteur()
def once(with_xml):
    start = time.perf_counter()
    dossier = build_dossier(lecteur.read(sys.argv[1]), datetime.date(2026, 11, 22))
    epreuve = compose_epreuve(dossier)
    press(replace(epreuve, facturx=build_facturx(dossier).xml) if with_xml else epreuve)
    return time.perf_counter() - start
once(True), once(False)
# In turn, in one process: what is added is a fiftieth of a render, less than two processes differ by.
ratios = sorted(once(True) / once(False) for _ in range(int(sys.argv[2])))
print(ratios[len(ratios) // 2])
"""


def measure_facturx(table: Table, project: Path) -> None:
    """What the e-invoice adds to the render of its page, warm: the XML, its attachment, the metadata."""
    for name in ("facture", "facture-soixante-lignes"):
        added = output([sys.executable, "-c", FACTURX_LOOP, str(project / f"{name}.yaml"), "31"])
        table.add(f"Factur-X, {name}, ratio to the page alone", f"{added:.3f}", "<= 1.1", added <= 1.1)


def measure_judges(table: Table, turns: int) -> None:
    """The official rules of e-invoices: the first file of a process, which compiles them, then each of the others."""
    if subprocess.run([sys.executable, "-c", "import saxonche"], capture_output=True, check=False).returncode:
        table.add("official rules", "skipped: extra absent")
        return
    xml = str(ROOT / "tests" / "validation" / "facture.xml")
    first, warm = in_turn(
        turns,
        lambda: output([sys.executable, "-c", JUGE, xml, "0"]),
        lambda: output([sys.executable, "-c", JUGE, xml, "20"]),
    )
    spent = statistics.median(warm) * 1000
    table.add("official rules, first file of a process", f"{statistics.median(first):.2f} s")
    table.add("  each of the others", f"{spent:.0f} ms", "<= 60 ms", spent <= 60)


def compare_chromium(table: Table, html: str, folder: Path, per_document: float, turns: int) -> None:
    """Headless Chromium printing the same page, as a script that renders many would call it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        table.add("headless Chromium print-to-pdf", "skipped: not installed")
        return
    command = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={folder / 'chromium'}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={folder / 'chromium.pdf'}",
        f"file://{html}",
    ]
    times = in_turn(turns, lambda: run(command))[0]
    factor = statistics.median(times) / per_document
    table.add("headless Chromium print-to-pdf, per document", f"{statistics.median(times):.2f} s")
    table.add("  Chromium over facture in a batch", f"{factor:.1f} x", ">= 4 x", factor >= 4)


def compare_typst(table: Table, folder: Path, turns: int, cold: Callable[[], float]) -> None:
    """Typst setting a table of the same size: another engine, another page, an order of magnitude only."""
    python = os.environ.get("PYTHON_TYPST", sys.executable)
    if subprocess.run([python, "-c", "import typst"], capture_output=True, check=False).returncode:
        table.add("Typst", "skipped: package absent")
        return
    page = folder / "devis.typ"
    rows = "\n".join(f"[Prestation {i}], [4], [jour], [450,00], [20 %], [1 800,00]," for i in range(8))
    page.write_text(f"= Devis\n#table(columns: 6,\n{rows}\n)\n", encoding="utf-8")
    code = "import sys, typst; typst.compile(sys.argv[1], output=sys.argv[2])"
    times, ours = in_turn(turns, lambda: run([python, "-c", code, str(page), str(folder / "typst.pdf")]), cold)
    table.add("Typst, cold, a table of the same size", f"{statistics.median(times):.2f} s")
    table.add("  facture over Typst, cold", f"{ratio(ours, times):.1f} x")


if __name__ == "__main__":
    main()
