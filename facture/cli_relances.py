"""The commands of late payment: `penalties` computes, `remind` writes the notice, `rates` shows the table of rates."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facture.cli_clauses import dry_run_option, format_option, print_rows
from facture.console import Commande, DateIso, date_option, quiet_option, read_stdin, say, show_diagnostics, today_or
from facture.errors import Diagnostic, RefusError, RessourceError, UsageError, compute_exit_code, sort_diagnostics

if TYPE_CHECKING:
    from facture.decomptes import Impaye
    from facture.lecture import Lecteur, Lecture
    from facture.suivi import Redige

_SUSPENSION = 3

# --- penalties -------------------------------------------------------------------------------------------------------


@click.command(
    "penalties",
    cls=Commande,
    exemples=(
        "facture penalties F2026-019  ce que cette facture doit aujourd'hui",
        "facture penalties factures/mai.yaml --date 2026-07-10 --format json  pour un script",
        "facture penalties relances/dupont.yaml --format csv > decompte.csv  le décompte d'une relance",
    ),
)
@click.argument("fichier", metavar="FICHIER|NUMERO")
@format_option("text", "json", "csv")
@date_option
@quiet_option
def penalties_command(fichier: str, style: str, today: dt.date | None, quiet: bool) -> int:
    """Calcule les pénalités d'une facture impayée.

    Jour par jour, au taux de chaque semestre, avec les paiements reçus, les avoirs et l'indemnité de recouvrement.
    """
    from facture.decomptes import gather_to_json, impaye_to_json

    impayes, constats, gathered = _follow(fichier, today_or(today))
    show_diagnostics(found for found in constats if found.is_error or not quiet)
    if not impayes or any(found.is_error for found in constats):
        return compute_exit_code(constats)
    if not quiet:
        for impaye in impayes:
            _say_notes(impaye)
    if style == "json":
        shown = gather_to_json(impayes) if gathered else impaye_to_json(impayes[0])
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    elif style == "csv":
        click.echo(_to_csv(impayes), nl=False)
    else:
        _print_decomptes(impayes)
    return 0


def _follow(fichier: str, today: dt.date) -> tuple[list[Impaye], list[Diagnostic], bool]:
    """Return what is owed on the invoice, or on each invoice of the notice, that a person names."""
    from facture.dossier import build_dossier, follow_facture
    from facture.lecture import Lecteur
    from facture.suivi import read_facture
    from facture.taux import load_bareme

    data = read_stdin() if fichier == "-" else None
    lecture = read_facture(Lecteur(), fichier, data)
    dossier = build_dossier(lecture, today)
    if lecture.type == "relance":
        return list(dossier.impayes), list(dossier.constats), True
    if lecture.type not in ("facture", "") and not dossier.has_errors:
        raise UsageError(f"{fichier} : un document « {lecture.type} » n'a pas d'échéance ; nommez une facture")
    if dossier.has_errors or dossier.document is None:
        return [], list(dossier.constats), False
    impaye, found = follow_facture(dossier, today, load_bareme(lecture.projet))
    # The account says the floor of each half-year it met; the document only that of its own date.
    said = {item.code for item in found}
    kept = [item for item in dossier.constats if item.code != "L454" or "L454" not in said]
    return [impaye] if impaye is not None else [], sort_diagnostics([*kept, *found]), False


def _say_notes(impaye: Impaye) -> None:
    """Say what the figures do not: why there is nothing, and what the law leaves to choose."""
    from facture.decomptes import describe_statutory_floor
    from facture.typo import format_date, format_money

    decompte = impaye.decompte
    named = impaye.numero or impaye.fichier
    late = decompte.arrete_au > decompte.creance.echeance
    if late and impaye.qualite == "particulier" and impaye.facture.mise_en_demeure is None:
        say(f"{named} : un particulier ne doit d'intérêts qu'à partir d'une mise en demeure (C. civ. art. 1231-6).")
    elif not late:
        say(f"{named} : à payer le {format_date(decompte.creance.echeance, 'fr')}, pas en retard ce jour-là.")
    if note := describe_statutory_floor(decompte):
        say(f"{named} : {note}.")
    if impaye.indemnite_eur:
        flat = format_money(impaye.indemnite_eur, "EUR", "fr")
        say(f"{named} : l'indemnité de recouvrement, {flat}, due en euros, s'ajoute au total.")


_COLONNES = ("facture", "poste", "du", "au", "jours", "taux", "base", "montant")


def _to_csv(impayes: Sequence[Impaye]) -> str:
    """Return the account as CSV: the last column adds up to what is still owed."""
    from facture.decomptes import list_postes

    out = io.StringIO()
    writer = csv.DictWriter(out, _COLONNES, lineterminator="\r\n")
    writer.writeheader()
    for impaye in impayes:
        writer.writerows({name: _tame(row.get(name, "")) for name in _COLONNES} for row in list_postes(impaye))
    return out.getvalue()


def _tame(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: a number of invoice may come from anybody."""
    is_number = value.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{value}" if value and value[0] in "=+-@\t\r" and not is_number else value


def _print_decomptes(impayes: Sequence[Impaye]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from facture import typo
    from facture.amounts import ZERO
    from facture.penalites import to_json

    console = Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 110)
    for impaye in impayes:
        decompte, devise = impaye.decompte, impaye.facture.devise
        decimals = decompte.creance.decimales

        def money(value: Any, devise: str = devise) -> str:
            return typo.format_money(value, devise, "fr")

        def amount(value: Any, decimals: int = decimals) -> str:
            return typo.format_amount(value, decimals, "fr")

        due = typo.format_short_date(decompte.creance.echeance, "fr")
        titre = f"Facture {impaye.numero or impaye.fichier}, échue le {due}, {decompte.creance.regle}"
        if decompte.tranches:
            table = Table(title=escape(titre), title_justify="left", box=box.SIMPLE_HEAD)
            for heading in ("Du", "Au"):
                table.add_column(heading)
            for heading in ("Jours", "Taux", "Somme due", "Intérêts"):
                table.add_column(heading, justify="right")
            for tranche, row in zip(decompte.tranches, to_json(decompte)["tranches"], strict=True):
                table.add_row(
                    typo.format_short_date(tranche.du, "fr"),
                    typo.format_short_date(tranche.au, "fr"),
                    str(tranche.jours),
                    f"{row['taux'].replace('.', ',')} %",
                    amount(tranche.base),
                    amount(tranche.interets),
                )
            console.print(table)
        else:
            console.print(escape(titre))
        rows = [("Facture", decompte.creance.principal)]
        rows += [
            (f"Avoir {avoir.numero}", -avoir.montant) for avoir in impaye.avoirs if avoir.date <= decompte.arrete_au
        ]
        rows += [
            (f"Paiement du {typo.format_short_date(item.mouvement.date, 'fr')}", -item.mouvement.montant)
            for item in decompte.imputations
        ]
        rows += [("Intérêts", decompte.interets), ("Indemnité de recouvrement", decompte.indemnite)]
        sums = Table(box=None, show_header=False, padding=(0, 2))
        sums.add_column(justify="left")
        sums.add_column(justify="right")
        for label, value in rows:
            if value != ZERO or label == "Facture":
                sums.add_row(escape(label), amount(value))
        sums.add_row("[bold]Reste dû[/bold]", f"[bold]{money(decompte.total)}[/bold]")
        console.print(sums)
        if decompte.par_jour:
            day = typo.format_date(decompte.arrete_au, "fr")
            console.print(f"Après le {day}, chaque jour ajoute {money(decompte.par_jour)}.")
    if len(impayes) > 1:
        total = sum((impaye.decompte.total for impaye in impayes), ZERO)
        console.print(f"[bold]En tout : {typo.format_money(total, impayes[0].facture.devise, 'fr')}[/bold]")


# --- remind ----------------------------------------------------------------------------------------------------------


@click.command(
    "remind",
    cls=Commande,
    exemples=(
        "facture remind F2026-019  la relance suivante, au bon niveau",
        "facture remind F2026-019 F2026-021 --level 4  une mise en demeure pour deux factures",
        "facture remind --client dupont  toutes les factures ouvertes d'un client",
    ),
)
@click.argument("fichiers", nargs=-1, metavar="[FICHIER|NUMERO…]")
@click.option("--client", metavar="NOM", help="Toutes les factures en retard de ce client.")
@click.option(
    "--level",
    "niveau",
    type=click.IntRange(1, 4),
    help="1 rappel, 2 relance, 3 suspension annoncée, 4 mise en demeure ; sans lui, d'après les relances déjà parties.",
)
@click.option("--suspension-le", "suspension_le", type=DateIso(), help="Niveau 3 : premier jour sans les prestations.")
@click.option(
    "--prestation", "prestations", multiple=True, metavar="TEXTE", help="Niveau 3 : ce qui s'arrête ; répétable."
)
@click.option("-o", "--output", "target", metavar="CHEMIN", help="Relance à écrire (YAML).")
@date_option
@quiet_option
@dry_run_option()
def remind_command(
    fichiers: tuple[str, ...],
    client: str | None,
    niveau: int | None,
    suspension_le: dt.date | None,
    prestations: tuple[str, ...],
    target: str | None,
    today: dt.date | None,
    quiet: bool,
    dry_run: bool,
) -> int:
    """Écrit une relance et son PDF.

    Courtoise d'abord, plus ferme ensuite, jusqu'à la mise en demeure. Rien n'est envoyé.
    """
    from facture.lecture import Lecteur

    if bool(fichiers) == (client is not None):
        raise click.UsageError("nommez des factures, ou un client avec --client")
    if (suspension_le or prestations) and niveau not in (None, 3):
        raise click.UsageError("--suspension-le et --prestation ne vont qu'avec --level 3")
    if fichiers.count("-"):
        raise click.UsageError("une relance nomme le fichier de sa facture : « - » ne peut pas l'être")
    if target is not None and not target.endswith((".yaml", ".yml")):
        raise click.UsageError(f"-o {target} : nommez la relance à écrire, un fichier .yaml ; son PDF en suit le nom")
    lecteur, date = Lecteur(), today_or(today)
    factures = _gather(lecteur, fichiers, client, date)
    return _Relance(lecteur, factures, date, quiet=quiet, dry_run=dry_run).write(
        niveau, target, (suspension_le, prestations)
    )


def _gather(lecteur: Lecteur, fichiers: Sequence[str], client: str | None, date: dt.date) -> list[Lecture]:
    """Return the invoices of a notice, read, with their credit notes.

    Raises: RessourceError when a client owes nothing that is late; RefusError when an invoice cannot be read.
    """
    from facture.dossier import build_dossier
    from facture.suivi import list_open, read_facture
    from facture.typo import format_date

    if client is not None:
        root = lecteur.find_projet(Path.cwd()).racine
        opened, constats = list_open(lecteur, os.path.relpath(root), date, client)
        if any(found.is_error for found in constats):
            # Left out, an invoice would look paid.
            raise RefusError(constats)
        if not opened:
            raise RessourceError(f"aucune facture ouverte au nom de « {client} » le {format_date(date, 'fr')}")
        late = [item.lecture for item in opened if item.echeance is not None and item.echeance < date]
        if not late:
            following = next((item.echeance for item in opened if item.echeance is not None), None)
            tail = f" ; prochaine échéance le {format_date(following, 'fr')}" if following is not None else ""
            say(f"Rien en retard au nom de « {client} » le {format_date(date, 'fr')}{tail}.")
        return late
    factures = []
    for text in fichiers:
        lecture = read_facture(lecteur, text)
        dossier = build_dossier(lecture, date)
        if dossier.has_errors:
            raise RefusError(dossier.constats)
        if lecture.type != "facture":
            raise UsageError(f"{text} : un document « {lecture.type} » ne se relance pas ; nommez une facture")
        factures.append(lecture)
    return factures


class _Relance:
    """One run of `facture remind`."""

    def __init__(
        self, lecteur: Lecteur, factures: Sequence[Lecture], date: dt.date, *, quiet: bool, dry_run: bool
    ) -> None:
        self.lecteur = lecteur
        self.factures = factures
        self.date = date
        self.quiet = quiet
        self.dry_run = dry_run

    def write(self, niveau: int | None, target: str | None, suspension: tuple[dt.date | None, Sequence[str]]) -> int:
        """Write one notice at the level given, or one for each level whose turn it is: no invoice skips a letter."""
        groups = {niveau: list(self.factures)} if niveau is not None else self._choose()
        if not self.factures or not groups:
            return 0
        if suspension != (None, ()) and _SUSPENSION not in groups:
            turn = " et du ".join(map(str, groups))
            raise UsageError(f"--suspension-le et --prestation vont avec le niveau 3, et c'est le tour du {turn}")
        if target is not None and len(groups) > 1:
            raise UsageError("ces factures n'en sont pas au même niveau : une relance par niveau, sans -o ; ou --level")
        drafted = [
            self._draft(factures, chosen, target, suspension if chosen == _SUSPENSION else (None, ()))
            for chosen, factures in sorted(groups.items())
        ]
        return max((self._write_one(redige, path, missing) for redige, path, missing in drafted), default=0)

    def _draft(
        self,
        factures: Sequence[Lecture],
        niveau: int,
        target: str | None,
        suspension: tuple[dt.date | None, Sequence[str]],
    ) -> tuple[Redige, Path, bool]:
        """Return a notice that will not be refused, where it goes, and whether it is to be written."""
        from facture.gabarits import RefusEcriture
        from facture.suivi import check_relance, draft_relance, free_path

        redige = draft_relance(self.lecteur, factures, niveau, self.date, target=target, suspension=suspension)
        dossier = check_relance(self.lecteur, redige, self.date)
        if self.dry_run:
            show_diagnostics(found for found in dossier.constats if not self.quiet)
        if redige.annonce and suspension == (None, ()) and not self.quiet:
            say(f"À vérifier avant l'envoi : {redige.annonce} (--suspension-le, --prestation ; sinon, --level 4)")
        if target is None:
            return redige, *free_path(redige)
        if os.path.lexists(redige.chemin):
            raise RefusEcriture(f"{target} existe déjà : rien n'est écrasé")
        return redige, redige.chemin, True

    def _write_one(self, redige: Redige, path: Path, missing: bool) -> int:
        from facture.source import write_atomic
        from facture.suivi import to_octets

        if missing and not self.dry_run:
            write_atomic(path, to_octets(redige))
        if self.dry_run:
            click.echo(os.path.relpath(path))
            say("(rien n'est écrit : --dry-run)")
            return 0
        code = 1
        try:
            code = self._render(os.path.relpath(path), redige)
        finally:
            if missing and code:
                # Left there without its PDF, it would count as sent.
                path.unlink(missing_ok=True)
        return code

    def _choose(self) -> dict[int, list[Lecture]]:
        """Return the invoices by the level that comes next; those whose turn has not come are said, and left out."""
        from facture.dossier import build_dossier
        from facture.suivi import choose_niveau, is_open, list_envoyees
        from facture.typo import format_date

        groups: dict[int, list[Lecture]] = {}
        for lecture in self.factures:
            dossier = build_dossier(lecture, self.date)
            numero = dossier.document.numero if dossier.document is not None else None
            named = numero or lecture.fichier
            if dossier.document is None or dossier.echeance is None or dossier.echeance >= self.date:
                # The notice itself says what is wrong with it, at its line.
                groups.setdefault(1, []).append(lecture)
                continue
            if not is_open(dossier, self.date):
                say(f"{named} : payée. Ce qui a couru avant, facture penalties {named}, se réclame avec --level 2.")
                continue
            sent = list_envoyees(self.lecteur, lecture)
            qualite = dossier.document.client.qualite_deduite
            choice = choose_niveau(sent, dossier.echeance, self.date, lecture.projet.relances, qualite)
            if not choice.attendre:
                groups.setdefault(choice.niveau, []).append(lecture)
                if not self.quiet:
                    say(f"{named} : {choice.raison}.")
            elif choice.des > self.date:
                day = format_date(choice.des, "fr")
                say(
                    f"{named} : rien à envoyer avant le {day} ({choice.raison}) ; "
                    f"--level {choice.niveau} pour l'envoyer déjà."
                )
            else:
                say(f"{named} : rien à envoyer, {choice.raison} ; --level 4 pour la renvoyer.")
        return groups

    def _render(self, name: str, redige: Redige) -> int:
        from facture.lot import Lot, Options

        lot = Lot(Options(self.date))
        lot.prepare((name,))
        (tirage,) = lot.run()
        show_diagnostics(found for found in tirage.constats if found.is_error or not self.quiet)
        if tirage.cible is not None and not tirage.refuse:
            click.echo(name)
            click.echo(str(tirage.cible))
            if not self.quiet:
                say(f"{name} : {tirage.resume}")
                if redige.niveau == 4:
                    say(f"Une fois envoyée, notez sur la facture : mise_en_demeure: {self.date.isoformat()}")
        return compute_exit_code(tirage.constats)


# --- rates -----------------------------------------------------------------------------------------------------------


@click.command(
    "rates",
    cls=Commande,
    exemples=(
        "facture rates  toute la table",
        "facture rates --date 2026-07-10  les taux d'un jour",
    ),
)
@format_option("text", "json", "csv")
@click.option("--date", "day", type=DateIso(), help="Seulement les taux de ce jour.")
def rates_command(style: str, day: dt.date | None) -> int:
    """Montre les taux d'intérêt, par semestre.

    Ceux de la Banque centrale européenne et de l'intérêt légal, d'où ils viennent et jusqu'où ils sont connus.
    """
    from facture.projet import find_projet
    from facture.taux import list_rows, list_rows_on, load_bareme

    bareme = load_bareme(find_projet(Path.cwd()))
    rows, absents = list_rows_on(bareme, day) if day is not None else (list_rows(bareme), [])
    if style == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif style == "csv":
        out = io.StringIO()
        names = ("nom", "depuis", "jusqu_au", "valeur", "source", "verifie_le", "fichier")
        writer = csv.DictWriter(out, names, extrasaction="ignore", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({name: _tame(str(row[name])) for name in names} for row in rows)
        click.echo(out.getvalue(), nl=False)
    else:
        shown = [
            {
                **row,
                "valeur": f"{row['valeur'].replace('.', ',')} %",
                "donne": ", ".join(f"{rule} = {rate.replace('.', ',')} %" for rule, rate in row["majore"].items()),
            }
            for row in rows
        ]
        # Ninety rows with their addresses would not be read: one day's rates have room for them.
        columns = ("nom", "depuis", "jusqu_au", "valeur", "donne", "verifie_le")
        print_rows(shown, "text", columns if day is None else (*columns, "source"))
        if day is None:
            known = ", ".join(f"{nom} jusqu'au {bareme.last_day(nom).isoformat()}" for nom in ("bce", "legal"))
            say(f"Taux connus : {known}. taux.yaml en ajoute ; --date ou --format json donnent leurs sources.")
    if absents:
        for absent in absents:
            say(f"{absent.describe()} ; {absent.advice()}")
        return 5
    return 0
