"""The command `promises`: what is owed to clients, and since when; a promise is kept, or renegotiated by a letter."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facture.cli_clauses import dry_run_option, format_option, write_all
from facture.console import DateIso, Groupe, date_option, say, show_diagnostics, today_or
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
    from facture.lecture import Lecteur, Lecture
    from facture.promesses import PromesseSuivie

_LISTE = "list"


class _GroupeListe(Groupe):
    """A group that lists when no command of its own is named: `facture promises --late` is what one types every day."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the command that lists, unless another one is named, or help is asked for."""
        if not self._is_named(ctx, args[:1]):
            args = [_LISTE, *args]
        return super().parse_args(ctx, args)

    def _is_named(self, ctx: click.Context, first: Sequence[str]) -> bool:
        from facture.typo import suggest

        if not first:
            return False
        word = first[0]
        if word in self.commands or word in ctx.help_option_names:
            return True
        # A command misspelt is not a folder that is missing.
        return not os.path.lexists(word) and suggest(word, list(self.commands)) is not None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Document the options of the list with those of the group."""
        listing = self.commands[_LISTE]
        options = [option for option in listing.get_params(ctx) if isinstance(option, click.Option)]
        with formatter.section("Options "):
            formatter.write_dl([record for option in options if (record := option.get_help_record(ctx)) is not None])
        self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples of the list under its options."""
        self.commands[_LISTE].format_epilog(ctx, formatter)


@click.group("promises", cls=_GroupeListe, subcommand_metavar="[CHEMIN…] | COMMANDE [ARGUMENTS]…")
def promises_group() -> None:
    """Liste ce qui est promis aux clients.

    Les promesses en cours des devis, factures et courriers, les plus en retard d'abord. Un dossier est parcouru en
    entier ; sans chemin, c'est le projet, ou le dossier courant.
    """


@promises_group.command(
    _LISTE,
    hidden=True,
    exemples=(
        "facture promises  tout ce qui est dû",
        "facture promises --late  ce qui est en retard",
        "facture promises --format ics > promesses.ics  pour un calendrier",
    ),
)
@click.argument("chemins", nargs=-1, metavar="[CHEMIN…]")
@click.option("--late", is_flag=True, help="Seulement ce qui est en retard.")
@click.option("--client", metavar="NOM", help="Seulement ce client : une partie de son nom, ou le nom de sa fiche.")
@click.option("--all", "every", is_flag=True, help="Aussi ce qui est tenu ou rompu.")
@format_option("text", "json", "ics")
@date_option
def promises_list(
    chemins: tuple[str, ...], late: bool, client: str | None, every: bool, style: str, today: dt.date | None
) -> int:
    """Liste ce qui est promis aux clients.

    Le mot « list » est facultatif : sans autre commande, « facture promises » liste.
    """
    from facture.lecture import Lecteur
    from facture.promesses import collect_promesses, find_surcharges, is_of_client, to_ics, to_json

    day = today_or(today)
    lecteur = Lecteur()
    roots = list(dict.fromkeys(chemins)) or [os.path.relpath(lecteur.find_projet(Path.cwd()).racine)]
    findings: list[Diagnostic] = []
    promises, found = collect_promesses(_iter_lectures(roots, lecteur, findings))
    findings += found
    shown = [
        promise
        for promise in promises
        if (promise.is_open or (every and not late))
        and (not late or promise.compute_retard(day) > 0)
        and (client is None or is_of_client(promise, client))
    ]
    places = {promise.position for promise in shown}
    start = Path(os.path.abspath(roots[0]))
    projet = lecteur.find_projet(start if start.is_dir() else start.parent)
    # A week is too full with the promises of all clients, and said when one of those shown is in it.
    findings += find_surcharges(promises, projet.relances["promesses_par_semaine"], places)
    if style == "json":
        click.echo(json.dumps(to_json(shown, day), ensure_ascii=False, indent=2))
    elif style == "ics":
        click.echo(to_ics(shown, day), nl=False)
    else:
        _print_table(shown, day)
    ordered = sort_diagnostics(dict.fromkeys(findings))
    show_diagnostics(ordered)
    return compute_exit_code(ordered)


def _iter_lectures(roots: Sequence[str], lecteur: Lecteur, findings: list[Diagnostic]) -> Iterator[Lecture]:
    """Yield every document below paths that may hold promises; what cannot be read becomes a finding."""
    from facture.atelier import find_bibliotheque, iter_files
    from facture.promesses import find_promettant
    from facture.source import finding

    unreadable: list[str] = []
    for name, explicit in iter_files(roots, unreadable):
        if name == "-":
            raise UsageError("« - » : une promesse se lit dans son fichier, nommez-le")
        if not explicit and find_bibliotheque(lecteur, name) is not None:
            continue
        try:
            lecture = lecteur.read(name)
        except RessourceError as error:
            findings.append(finding("F230", str(error).removeprefix(f"{name} : "), Position(name)))
            continue
        if find_promettant(lecture) is not None:
            yield lecture
        elif explicit or not (lecture.is_foreign or lecture.type):
            findings += [found for found in lecture.constats if found.is_error]
    findings += [finding("F230", "dossier illisible", Position(name)) for name in unreadable]


def _print_table(promises: Sequence[PromesseSuivie], today: dt.date) -> None:
    from facture.promesses import count_jours, describe_retard
    from facture.typo import format_short_date

    if not promises:
        say("Aucune promesse à montrer.")
        return
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    # What is late comes first, what is no longer owed last; each in the order of its dates.
    promises = sorted(promises, key=lambda promise: (promise.compute_retard(today) == 0, not promise.is_open))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("pour le", "état", "client", "promesse", "document"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "pour le")
    for promise in promises:
        late = promise.compute_retard(today) > 0
        state = describe_retard(promise, today)
        if promise.nombre_reports and promise.is_open:
            state += ", renégociée" if promise.nombre_reports == 1 else f", renégociée {promise.nombre_reports} fois"
        table.add_row(
            format_short_date(promise.pour, "fr") if promise.pour is not None else "",
            f"[bold]{escape(state)}[/bold]" if late else escape(state),
            escape(promise.client),
            escape(promise.quoi),
            # The file, which the commands that follow want, rather than the number.
            escape(promise.fichier),
        )
    Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 130).print(table)
    late_days = [promise.compute_retard(today) for promise in promises if promise.compute_retard(today) > 0]
    count = f"{len(promises)} promesse{'s' if len(promises) > 1 else ''}"
    if late_days:
        say(f"{count}, dont {len(late_days)} en retard, la plus ancienne {count_jours(max(late_days), 'de')}.")
    else:
        say(f"{count}, aucune en retard.")


# --- keep, renegotiate -----------------------------------------------------------------------------------------------


@promises_group.command(
    "keep",
    exemples=(
        "facture promises keep devis/dupont.yaml  la seule promesse en cours",
        "facture promises keep devis/dupont.yaml maquettes  celle qui commence ainsi",
        "facture promises keep devis/dupont.yaml 2 --date 2026-12-14  la deuxième, tenue ce jour-là",
    ),
)
@click.argument("fichier")
@click.argument("promesse", required=False)
@date_option
@dry_run_option()
def promises_keep(fichier: str, promesse: str | None, today: dt.date | None, dry_run: bool) -> int:
    """Note qu'une promesse est tenue.

    PROMESSE est son rang dans le document, ou le début de son texte. Le jour où elle l'a été va dans son historique.
    """
    from facture.lecture import Lecteur
    from facture.promesses import count_jours, find_promesse, list_promesses, plan_tenue

    day = today_or(today)
    lecture = _read(Lecteur(), fichier)
    promise = find_promesse(list_promesses(lecture), promesse, fichier)
    write_all([plan_tenue(lecture, promise, day)], dry_run=dry_run)
    late = promise.compute_retard(day)
    when = f"tenue avec {count_jours(late)} de retard" if late else "tenue à temps"
    say(f"{promise.quoi or 'Promesse'} : {when if promise.pour is not None else 'tenue'}.")
    return 0


@promises_group.command(
    "renegotiate",
    exemples=(
        "facture promises renegotiate devis/dupont.yaml maquettes --pour 2027-01-08 "
        "--motif 'Les textes sont arrivés le 9 décembre' --en-attendant 'La page d’accueil est en ligne'  "
        "la nouvelle date, et la lettre qui la donne",
    ),
)
@click.argument("fichier")
@click.argument("promesse", required=False)
@click.option("--pour", type=DateIso(), help="La nouvelle date.")
@click.option("--motif", metavar="TEXTE", help="Pourquoi la date change, comme le client le lira.")
@click.option("--en-attendant", metavar="TEXTE", help="Ce que le client a d'ici là.")
@date_option
@dry_run_option()
def promises_renegotiate(
    fichier: str,
    promesse: str | None,
    pour: dt.date | None,
    motif: str | None,
    en_attendant: str | None,
    today: dt.date | None,
    dry_run: bool,
) -> int:
    """Donne une nouvelle date à une promesse.

    La date, dans le document, avec l'ancienne dans son historique ; et la lettre au client (type: courrier, modele:
    report-delai), en YAML et en PDF. PROMESSE est son rang dans le document, ou le début de son texte.
    """
    from facture.dossier import build_dossier
    from facture.lecture import Lecteur
    from facture.lot import inspect_dossier
    from facture.promesses import find_promesse, list_promesses, plan_report

    given = {"--pour": pour, "--motif": motif, "--en-attendant": en_attendant}
    missing = [option for option, value in given.items() if value is None]
    if pour is None or motif is None or en_attendant is None:
        told = " et ".join([", ".join(missing[:-1]), missing[-1]] if len(missing) > 1 else missing)
        raise click.UsageError(f"donnez {told} : une lettre de report dit la date, la cause, et ce que le client a")
    day = today_or(today)
    lecteur = Lecteur()
    lecture = _read(lecteur, fichier)
    if lecture.has_errors:
        # The letter takes its parties from this document: what is wrong here would be wrong there.
        raise RefusError(lecture.constats)
    promise = find_promesse(list_promesses(lecture), promesse, fichier)
    report = plan_report(lecture, promise, pour, motif, en_attendant, day, lecteur)
    label = os.path.relpath(report.lettre.chemin)
    # Judged before anything is written: a letter that cannot be sent must not leave a promise half renegotiated.
    judged = build_dossier(lecteur.read(label, report.lettre.octets), day)
    findings = [*judged.constats, *(inspect_dossier(judged) if not judged.has_errors else [])]
    if any(found.is_error for found in findings):
        raise RefusError([*report.constats, *findings])
    # The letter first. Should we be stopped between the two, a letter is there that nobody sent, and the promise still
    # has its former date: the command can be run again. The other way round, the date would have changed and the
    # client never known it.
    write_all([report.lettre, report.document], dry_run=dry_run)
    show_diagnostics(report.constats)
    # The letter's own rules say it too when the former date is past: once is enough.
    return 0 if dry_run else _press(label, day, said=("L464",) if report.constats else ())


def _read(lecteur: Lecteur, fichier: str) -> Lecture:
    """Read one document whose promises change.

    Raises: RefusError when nothing could be read of it; UsageError when it is of a kind that makes no promise.
    """
    from facture.promesses import find_promettant

    if fichier == "-":
        raise UsageError("« - » : une promesse s'écrit dans son fichier, nommez-le")
    lecture = lecteur.read(fichier)
    if find_promettant(lecture) is None:
        if lecture.has_errors:
            raise RefusError(lecture.constats)
        raise UsageError(f"{fichier} : un fichier « {lecture.type} » ne fait pas de promesse")
    return lecture


def _press(label: str, today: dt.date, said: Sequence[str]) -> int:
    """Render a letter just written, as `facture render` does.

    Args:
        said: codes of warnings that need not be said again.
    """
    from facture.lot import Lot, Options

    lot = Lot(Options(today))
    lot.prepare([label])
    findings: list[Diagnostic] = []
    for tirage in lot.run():
        findings += tirage.constats
        if tirage.refuse:
            say(f"La lettre est écrite, mais pas son PDF : corrigez-la, puis facture render {label}")
        elif tirage.cible is not None:
            click.echo(str(tirage.cible))
    ordered = sort_diagnostics(found for found in findings if found.is_error or found.code not in said)
    show_diagnostics(ordered)
    return compute_exit_code(ordered)
