"""The command `export`: the data of documents without their page, as CSV, GOBL or the XML of a Factur-X."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facture.cli_clauses import dry_run_option
from facture.console import Commande, date_option, quiet_option, read_stdin, say, set_option, show_diagnostics, today_or
from facture.errors import (
    Diagnostic,
    Position,
    RefusError,
    RessourceError,
    UsageError,
    compute_exit_code,
    sort_diagnostics,
)

if TYPE_CHECKING:
    from facture.dossier import Dossier
    from facture.lecture import Lecteur
    from facture.lot import Options

_FORMATS = ("facturx-xml", "csv", "gobl")


@click.command(
    "export",
    cls=Commande,
    exemples=(
        "facture export factures/*.yaml --format csv -o 2026.csv  un tableau pour le comptable",
        "facture export facture.yaml --format gobl  le JSON d'un logiciel, à côté ou dans sortie/",
        "facture export facture.yaml --format facturx-xml -o -  le XML, dans un tuyau",
    ),
)
@click.argument("fichiers", nargs=-1, required=True, metavar="FICHIER…")
@click.option(
    "--format",
    "style",
    type=click.Choice(_FORMATS),
    required=True,
    help="facturx-xml : le XML seul ; csv : un tableau ; gobl : le JSON du projet GOBL.",
)
@click.option(
    "-o",
    "--output",
    "output",
    metavar="CHEMIN",
    help="Fichier ou dossier de sortie ; « - » pour stdout. Un seul fichier csv reçoit tous les documents.",
)
@click.option("--output-dir", metavar="DOSSIER", help="Dossier de sortie.")
@date_option
@set_option
@quiet_option
@dry_run_option()
def export_command(
    fichiers: tuple[str, ...],
    style: str,
    output: str | None,
    output_dir: str | None,
    today: dt.date | None,
    overrides: tuple[tuple[str, str], ...],
    quiet: bool,
    dry_run: bool,
) -> int:
    """Exporte les données, sans la page.

    Les lignes, la TVA et les totaux d'un devis, d'une facture ou d'un avoir, pour un tableur ou un autre logiciel. Un
    chemin écrit par ligne ; un document en erreur n'est pas exporté.
    """
    from facture.lot import Options

    if output is not None and output_dir is not None:
        raise click.UsageError("-o et --output-dir ne vont pas ensemble")
    files = tuple(dict.fromkeys(fichiers))
    if fichiers.count("-") > 1:
        raise click.UsageError("« - » ne se lit qu'une fois")
    if output == "-" and len(files) > 1 and style != "csv":
        raise click.UsageError("-o - : un seul document à la fois, sauf en csv")
    options = Options(
        today_or(today),
        output,
        output_dir,
        dry_run=dry_run,
        overrides=overrides,
        entree=read_stdin() if "-" in files else None,
    )
    return _Exportation(options, style, quiet).run(files)


@dataclass
class _Ecrit:
    """A file to write: whose data it holds, and where it goes; None is stdout."""

    fichiers: list[str]
    cible: Path | None
    octets: bytes


@dataclass
class _Exportation:
    """One run of `facture export`: everything is read and made before anything is written."""

    options: Options
    style: str
    quiet: bool
    constats: list[Diagnostic] = field(default_factory=list)
    lus: list[Path] = field(default_factory=list)

    def run(self, files: Sequence[str]) -> int:
        from facture.lecture import Lecteur

        lecteur = Lecteur()
        dossiers = [dossier for fichier in files if (dossier := self._read(lecteur, fichier)) is not None]
        together = self.style == "csv" and self._is_one_file()
        written = self._gather(dossiers, len(files)) if together else self._separate(dossiers, len(files))
        self._check_targets(written)
        findings = sort_diagnostics(self.constats)
        show_diagnostics(found for found in findings if found.is_error or not self.quiet)
        for item in written:
            self._write(item)
        if written and self.options.dry_run and not self.quiet:
            say("(rien n'est écrit : --dry-run)")
        return compute_exit_code(findings)

    def _is_one_file(self) -> bool:
        output = self.options.sortie
        return (
            output is not None and not output.endswith(("/", os.sep)) and not (output != "-" and os.path.isdir(output))
        )

    def _read(self, lecteur: Lecteur, fichier: str) -> Dossier | None:
        """Return a document that can be exported; else keep what is wrong with it."""
        from facture.dossier import build_dossier
        from facture.exports import check_exportable
        from facture.source import finding

        data = self.options.entree if fichier == "-" else None
        try:
            dossier = build_dossier(lecteur.read(fichier, data, self.options.overrides), self.options.today)
            self.constats += dossier.constats
            check_exportable(dossier)
        except RessourceError as error:
            message = str(error).removeprefix(f"{fichier} : ")
            self.constats.append(finding("F230", message, Position(fichier)))
            return None
        except RefusError as error:
            self.constats += error.diagnostics
            return None
        self.lus += dossier.lecture.fichiers
        if dossier.document is not None and dossier.document.date is None and not self.quiet:
            say(f"{fichier} : sans date, le brouillon prend celle du {self.options.today.isoformat()}")
        return dossier

    def _gather(self, dossiers: Sequence[Dossier], asked: int) -> list[_Ecrit]:
        """Return one table for all: whole, or not at all, since nobody would see that an invoice is missing."""
        from facture.exports import build_csv

        if len(dossiers) < asked:
            if asked > 1 and dossiers:
                say("Rien n'est écrit : le tableau serait incomplet.")
            return []
        target = None if self.options.sortie == "-" else Path(self.options.sortie or "")
        return [_Ecrit([dossier.lecture.fichier for dossier in dossiers], target, build_csv(dossiers))]

    def _separate(self, dossiers: Sequence[Dossier], asked: int) -> list[_Ecrit]:
        from facture.exports import SUFFIXES, export_document
        from facture.lot import choose_target

        made = []
        for dossier in dossiers:
            target = choose_target(dossier, self.options, SUFFIXES[self.style], several=asked > 1)
            try:
                export = export_document(dossier, self.style)
            except RefusError as error:
                self.constats += error.diagnostics
                continue
            self.constats += export.constats
            made.append(_Ecrit([dossier.lecture.fichier], target, export.octets))
        return made

    def _check_targets(self, written: Sequence[_Ecrit]) -> None:
        """Refuse, before anything is written, two documents in one file, or a file that is read.

        Raises: UsageError.
        """
        targets: dict[str, str] = {}
        for item in written:
            if item.cible is None:
                continue
            other = targets.setdefault(os.path.realpath(item.cible), item.fichiers[0])
            if other != item.fichiers[0]:
                raise UsageError(f"{other} et {item.fichiers[0]} donneraient le même fichier : {item.cible}")
        for path in self.lus:
            if os.path.realpath(path) in targets:
                raise UsageError(f"{path} sert à faire l'export : il ne peut pas être aussi sa sortie")

    def _write(self, item: _Ecrit) -> None:
        from facture.source import write_atomic

        if item.cible is None:
            if not self.options.dry_run:
                sys.stdout.buffer.write(item.octets)
                sys.stdout.buffer.flush()
            return
        if not self.options.dry_run:
            write_atomic(item.cible, item.octets)
        click.echo(str(item.cible))
