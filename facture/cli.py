"""The command line: reads the clock, prints, and sets the exit status. Everything else is elsewhere.

Why imports inside commands: `facture --help` answers at once, and `check` never loads the PDF engine.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facture import __version__, cli_bilan, cli_clauses, cli_exports, cli_facturx, cli_promesses, cli_relances
from facture.codes import CODES
from facture.console import (
    Groupe,
    count_findings,
    date_option,
    quiet_option,
    read_stdin,
    run,
    say,
    set_option,
    show_diagnostics,
    today_or,
)
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
    from facture.lot import Options, Tirage
    from facture.series import Emise


@click.group(
    cls=Groupe,
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Codes de sortie : 0 bien, 1 constats dans les documents, 2 usage, 3 fichier manquant, 4 refusé, 5 table "
    "de taux trop courte, 70 erreur interne.",
)
@click.version_option(__version__, prog_name="facture", message="%(prog)s %(version)s", help="Affiche la version.")
def cli() -> None:
    """Devis, factures, relances, lettres, conditions et contrats en PDF, à partir de fichiers YAML gardés dans git."""


def _input_bytes(files: Sequence[str]) -> bytes | None:
    if "-" not in files:
        return None
    if files.count("-") > 1:
        raise UsageError("« - » ne se lit qu'une fois")
    return read_stdin()


# --- render ----------------------------------------------------------------------------------------------------------


@cli.command(
    "render",
    exemples=(
        "facture render devis.yaml  le PDF, à côté ou dans sortie/",
        "facture render factures/*.yaml --jobs 2  tout un dossier",
        "facture render devis.yaml --watch  à chaque enregistrement",
        "facture render - -o - < devis.yaml > devis.pdf  dans un tuyau",
    ),
)
@click.argument("fichiers", nargs=-1, required=True, metavar="FICHIER…")
@click.option("-o", "--output", "output", metavar="CHEMIN", help="Fichier ou dossier de sortie ; « - » pour stdout.")
@click.option("--output-dir", metavar="DOSSIER", help="Dossier de sortie.")
@click.option("--html", is_flag=True, help="La page en HTML au lieu du PDF.")
@click.option(
    "--facturx/--no-facturx",
    default=True,
    help="Facture électronique dans le PDF, si le document en a une (défaut : oui).",
)
@date_option
@set_option
@click.option("--strict", is_flag=True, help="Un avertissement refuse le document.")
@click.option("--watch", is_flag=True, help="Recommence dès qu'un fichier change.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, metavar="N", help="Processus en parallèle (défaut : 1).")
@click.option("--open", "show", is_flag=True, help="Ouvre le document une fois écrit.")
@click.option("--message", is_flag=True, help="Propose le texte du courriel qui l'accompagne.")
@click.option("--duplicata", is_flag=True, help="Marque la copie d'un document déjà remis.")
@quiet_option
@click.option("--dry-run", is_flag=True, help="Fait tout, sauf écrire.")
def render_command(
    fichiers: tuple[str, ...],
    output: str | None,
    output_dir: str | None,
    html: bool,
    facturx: bool,
    today: dt.date | None,
    overrides: tuple[tuple[str, str], ...],
    strict: bool,
    watch: bool,
    jobs: int,
    show: bool,
    message: bool,
    duplicata: bool,
    quiet: bool,
    dry_run: bool,
) -> int:
    """Rend des documents en PDF.

    Un chemin écrit par ligne sur la sortie standard ; le résumé et les constats vont sur la sortie d'erreur.
    """
    from facture.lot import Options

    if output is not None and output_dir is not None:
        raise click.UsageError("-o et --output-dir ne vont pas ensemble")
    if output == "-":
        if len(fichiers) > 1:
            raise click.UsageError("-o - : un seul document à la fois")
        if sys.stdout.isatty() and not html:
            raise click.UsageError("un PDF dans le terminal serait illisible ; écrivez -o fichier.pdf, ou redirigez")
        if watch:
            raise click.UsageError("--watch et -o - ne vont pas ensemble")
    if watch and "-" in fichiers:
        raise click.UsageError("--watch ne suit pas l'entrée standard")
    options = Options(
        today_or(today),
        output,
        output_dir,
        html=html,
        dry_run=dry_run,
        strict=strict,
        duplicata=duplicata,
        message=message,
        facturx=facturx,
        overrides=overrides,
        entree=_input_bytes(fichiers),
    )
    unique = tuple(dict.fromkeys(fichiers))
    if watch:
        return _watch(unique, options, jobs, quiet=quiet)
    code, tirages = _render_once(unique, options, jobs, quiet=quiet)
    for tirage in tirages:
        if message and not tirage.refuse:
            click.echo(tirage.message, err=output == "-")
        if show and tirage.cible is not None and not tirage.refuse and not dry_run:
            click.launch(str(tirage.cible))
    return code


def _render_once(files: Sequence[str], options: Options, jobs: int, *, quiet: bool) -> tuple[int, list[Tirage]]:
    from facture.lot import Lot

    lot = Lot(options)
    lot.prepare(files)
    done: list[Tirage] = []
    for tirage in _with_progress(lot.run(jobs), len(lot.tirages), shown=not quiet and len(files) > 1):
        done.append(tirage)
        if tirage.refuse:
            continue
        if tirage.octets is not None and not options.dry_run:
            sys.stdout.buffer.write(tirage.octets)
            sys.stdout.buffer.flush()
            tirage.octets = None
        elif tirage.cible is not None:
            click.echo(str(tirage.cible))
        if not quiet:
            state = " (inchangé)" if tirage.inchange else " (rien n'est écrit : --dry-run)" if options.dry_run else ""
            say(f"{tirage.fichier} : {tirage.resume}{state}")
            if tirage.brouillon_sans_date:
                _say_borrowed_date(tirage.fichier, options.today)
    if not quiet:
        for text in dict.fromkeys(tirage.annonce for tirage in done if tirage.annonce and not tirage.refuse):
            say(f"À savoir : {text}.")
    findings = sort_diagnostics(diagnostic for tirage in done for diagnostic in tirage.constats)
    show_diagnostics(found for found in findings if found.is_error or not quiet)
    return compute_exit_code(findings, strict=options.strict), done


def _say_borrowed_date(fichier: str, today: dt.date) -> None:
    say(f"{fichier} : sans date, le brouillon prend celle du {today.isoformat()}")


def _with_progress(results: Iterator[Tirage], total: int, *, shown: bool) -> Iterator[Tirage]:
    """Show a progress bar on a terminal; elsewhere it would only be noise in a log."""
    if not shown or not sys.stderr.isatty():
        yield from results
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Rendu", total=total)
        for result in results:
            progress.advance(task)
            yield result


def _watch(files: Sequence[str], options: Options, jobs: int, *, quiet: bool) -> int:
    """Render again whenever a file that a document touched changes, until interrupted."""
    from watchfiles import watch

    from facture.errors import FactureError

    followed: set[Path] = {Path(os.path.abspath(file)) for file in files}
    changed_code = 0
    while True:
        try:
            before = _mtimes(followed)
            changed_code, done = _render_once(files, options, jobs, quiet=quiet)
            followed |= {Path(os.path.abspath(path)) for tirage in done for path in tirage.lus}
        except FactureError as error:
            show_diagnostics(getattr(error, "diagnostics", ()))
            say(f"Erreur : {error}")
        if before.items() - _mtimes(followed).items():
            # Saved again while it was being rendered: nobody would tell us later.
            continue
        folders = {path if path.is_dir() else path.parent for path in followed}
        existing = [folder for folder in folders if folder.is_dir()]
        say("En attente d'un changement (Ctrl-C pour finir).")

        def is_followed(_change: Any, path: str, known: frozenset[Path] = frozenset(followed)) -> bool:
            target = Path(path)
            return target in known or any(parent in known for parent in target.parents)

        # Folders, not files: an editor that saves by renaming would be lost from sight.
        for _changes in watch(*existing, watch_filter=is_followed, raise_interrupt=False):
            break
        else:
            return changed_code


def _mtimes(paths: set[Path]) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in paths if path.is_file()}


# --- check -----------------------------------------------------------------------------------------------------------


@cli.command(
    "check",
    exemples=(
        "facture check  tout le projet",
        "facture check devis.yaml --strict  les avertissements comptent",
        "facture check --format github  dans une CI",
    ),
)
@click.argument("chemins", nargs=-1, metavar="[CHEMIN…]")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Forme des constats ; json et github vont sur la sortie standard.",
)
@click.option("--strict", is_flag=True, help="Un avertissement compte comme une erreur.")
@date_option
@set_option
@quiet_option
def check_command(
    chemins: tuple[str, ...],
    style: str,
    strict: bool,
    today: dt.date | None,
    overrides: tuple[tuple[str, str], ...],
    quiet: bool,
) -> int:
    """Vérifie des documents, sans rien écrire.

    YAML, clés, montants, loi, clauses. Un dossier est parcouru en entier ; sans chemin, c'est le projet, ou le
    dossier courant. Factures et avoirs lus ensemble sont comparés : numéros, acomptes, cadeaux de l'année.
    """
    from facture.atelier import find_bibliotheque, iter_files, lint_files
    from facture.bilans import read_bilan
    from facture.dossier import build_dossier
    from facture.lecture import Lecteur
    from facture.lot import inspect_dossier
    from facture.series import check_series, describe, find_entiers, hides_number
    from facture.source import finding
    from facture.suivi import warn_of_end
    from facture.tables import check_table

    lecteur = Lecteur()
    day = today_or(today)
    data = _input_bytes(chemins)
    findings: list[Diagnostic] = []
    invoices: list[Dossier] = []
    emises: list[Emise] = []
    count = 0
    unreadable: list[str] = []
    unsure: list[str] = []
    libraries: dict[Path, list[str]] = {}
    roots = list(dict.fromkeys(chemins)) or [os.path.relpath(lecteur.find_projet(Path.cwd()).racine)]
    for name, explicit in iter_files(roots, unreadable):
        library = None if name == "-" else find_bibliotheque(lecteur, name)
        if library is not None:
            # The files of a library are judged together: one clause alone says nothing of those it refers to.
            libraries.setdefault(library, []).append(name)
            continue
        table = None if name == "-" else check_table(lecteur.find_projet(Path(os.path.abspath(name)).parent), name)
        if table is not None:
            count += 1
            findings += table
            continue
        try:
            lecture = lecteur.read(name, data if name == "-" else None, overrides if explicit else ())
        except RessourceError as error:
            findings.append(finding("F230", str(error).removeprefix(f"{name} : "), Position(name)))
            unsure.append(name)
            continue
        if not explicit and lecture.is_foreign:
            # A YAML file of something else, met while walking a folder: not ours to judge.
            continue
        count += 1
        if lecture.type == "bilan":
            findings += [*lecture.constats, *read_bilan(Path(name), name)[1]]
            continue
        dossier = build_dossier(lecture, day)
        findings += dossier.constats
        if (emise := describe(dossier)) is not None:
            emises.append(emise)
        elif hides_number(lecture):
            unsure.append(name)
        if not dossier.has_errors:
            findings += inspect_dossier(dossier)
            if dossier.lecture.type == "facture":
                invoices.append(dossier)
    findings += warn_of_end(lecteur, invoices, day)
    walked = [root for root in roots if root != "-" and os.path.isdir(root)]
    findings += check_series(emises, find_entiers(emises, walked, (*unsure, *unreadable)))
    for library, names in libraries.items():
        count += len(names)
        findings += lint_files(lecteur, library, names, day)
    findings += [finding("F230", "dossier illisible", Position(name)) for name in unreadable]
    findings = sort_diagnostics(dict.fromkeys(findings))
    if style == "json":
        click.echo(json.dumps([found.to_dict() for found in findings], ensure_ascii=False, indent=2))
    elif style == "github":
        for found in findings:
            click.echo(found.to_github())
    else:
        show_diagnostics(found for found in findings if found.is_error or strict or not quiet)
    if not quiet:
        errors = sum(found.is_error for found in findings)
        say(_count_phrase(count, errors, len(findings) - errors))
    return compute_exit_code(findings, strict=strict)


def _count_phrase(files: int, errors: int, warnings: int) -> str:
    checked = f"{files} fichiers vérifiés" if files > 1 else f"{files} fichier vérifié"
    return f"{checked} : {count_findings(errors, warnings)}."


# --- show ------------------------------------------------------------------------------------------------------------


@cli.command(
    "show",
    exemples=(
        "facture show devis.yaml  lignes et totaux dans le terminal",
        "facture show devis.yaml --format json | jq .totaux.total_ttc  pour un script",
    ),
)
@click.argument("fichier")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Forme du résultat.",
)
@date_option
@set_option
@quiet_option
def show_command(
    fichier: str, style: str, today: dt.date | None, overrides: tuple[tuple[str, str], ...], quiet: bool
) -> int:
    """Montre les lignes et totaux d'un document.

    Pour des conditions ou un contrat, leurs articles ; pour une relance ou un courrier, leur texte.
    """
    from facture.dossier import build_dossier
    from facture.lecture import Lecteur
    from facture.totaux import to_json

    lecture = Lecteur().read(fichier, _input_bytes((fichier,)), overrides)
    dossier = build_dossier(lecture, today_or(today))
    if dossier.texte is not None:
        return _show_articles(dossier, style, quiet=quiet)
    if dossier.lettre is not None:
        return _show_lettre(dossier, style, quiet=quiet)
    if dossier.document is None and not dossier.has_errors:
        raise UsageError(f"{fichier} : une fiche « {lecture.type} » n'a pas de totaux")
    document, totaux = dossier.require()
    show_diagnostics(found for found in dossier.constats if not quiet)
    if document.date is None and not quiet:
        _say_borrowed_date(fichier, dossier.date)
    if style == "json":
        click.echo(json.dumps(to_json(document, totaux, dossier.date), ensure_ascii=False, indent=2))
    else:
        _print_table(to_json(document, totaux, dossier.date))
    return 0


def _show_articles(dossier: Dossier, style: str, *, quiet: bool) -> int:
    """Print the articles of general conditions or of a contract."""
    from facture.prose import to_plain

    texte, corpus = dossier.require_texte(), dossier.corpus
    titre = texte.titre or ("Contrat de prestation de services" if texte.type == "contrat" else corpus.titre)
    show_diagnostics(found for found in dossier.constats if not quiet)
    articles = [
        {
            "numero": article.numero,
            "id": article.retenue.lue.id,
            "version": article.retenue.lue.version,
            "bibliotheque": article.retenue.lue.bibliotheque,
            "titre": article.titre,
            "texte": to_plain(article.blocs),
        }
        for article in corpus.generales
    ]
    if style == "json":
        shown = {
            "type": texte.type,
            "titre": titre,
            "version": corpus.version,
            "numero": getattr(texte, "numero", None),
            "date": texte.date.isoformat() if texte.date else None,
            "public": corpus.public,
            "sha256": corpus.empreinte,
            "articles": articles,
        }
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return 0
    click.echo(click.style(titre, bold=True))
    for article in articles:
        click.echo(f"\n{article['numero']}. {article['titre']}")
        for line in str(article["texte"]).splitlines():
            click.echo(click.wrap_text(line, 90, "   ", "   "))
    return 0


def _show_lettre(dossier: Dossier, style: str, *, quiet: bool) -> int:
    """Print a notice or a letter as text; as JSON, with what it asks for when it is a notice."""
    from facture.composition import prepare
    from facture.decomptes import gather_to_json
    from facture.page import to_plain_text

    lettre = dossier.require_lettre()
    page = prepare(dossier)
    show_diagnostics(found for found in dossier.constats if not quiet)
    if lettre.date is None and not quiet:
        _say_borrowed_date(dossier.lecture.fichier, dossier.date)
    texte = to_plain_text(page)
    if style == "json":
        shown: dict[str, Any] = {
            "type": lettre.type,
            "numero": lettre.numero,
            "date": dossier.date.isoformat(),
            "titre": page.titre,
            "objet": page.objet,
            "texte": texte,
        }
        if dossier.impayes:
            shown["decompte"] = gather_to_json(dossier.impayes)
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        click.echo(click.style(page.titre, bold=True))
        for line in texte.splitlines():
            click.echo(click.wrap_text(line, 90) if line else "")
    return 0


def _print_table(shown: dict[str, Any]) -> None:
    """Print lines and totals as a table, decimal commas and all."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    def figure(text: str) -> str:
        whole, _, cents = text.partition(".")
        sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
        groups = f"{int(digits):,}".replace(",", "\u202f")
        return f"{sign}{groups},{cents}" if cents else f"{sign}{groups}"

    console = Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 110)
    name = f"{shown['type']} {shown['numero'] or '(brouillon)'} du {shown['date'] or 'jour'}, {shown['devise']}"
    ttc = any("prix_unitaire_ttc" in line for line in shown["lignes"])
    lines = Table(title=escape(name), title_justify="left", box=box.SIMPLE_HEAD)
    lines.add_column("Désignation")
    lines.add_column("Qté", justify="right")
    lines.add_column("Unité")
    for heading in ("Prix TTC" if ttc else "Prix HT", "TVA", "Valeur HT", "Remise HT", "Net HT"):
        lines.add_column(heading, justify="right")
    marks = {"facture": "", "offert": "  (offert)", "option": "  (option)"}
    for line in shown["lignes"]:
        lines.add_row(
            escape(line["designation"]) + marks[line["statut"]],
            figure(line["quantite"]),
            escape(line["unite"] or ""),
            figure(line.get("prix_unitaire_ttc", line["prix_unitaire"])),
            line["situation"] or line["tva"].replace(".", ",") + " %",
            figure(line["brut_ht"]),
            figure(line["remise_ht"]),
            figure(line["net_ht"]),
        )
    console.print(lines)
    sums = shown["totaux"]
    rows = [("Valeur réelle", sums["brut_ht"]), ("Offert", sums["offert_ht"]), ("Remises", sums["remises_ht"])]
    rows.append(("Total HT", sums["total_ht"]))
    rows += [
        (f"TVA {row['taux'].replace('.', ',')} % ({row['categorie']}) sur {figure(row['base'])}", row["montant"])
        for row in sums["tva"]
    ]
    rows.append(("Total TTC", sums["total_ttc"]))
    rows += [
        (label, value)
        for label, value in (("Acomptes", sums["acomptes_ttc"]), ("Déjà réglé", sums.get("regle_ttc", "0")))
        if value.strip("0.")
    ]
    rows.append(("Net à payer", sums["net_a_payer"]))
    if "acompte" in shown:
        rows.append(("Acompte demandé", shown["acompte"]["montant_ttc"]))
    if sums["options_ht"].strip("0."):
        rows.append(("Options HT, non comprises", sums["options_ht"]))
    totals = Table(box=None, show_header=False, padding=(0, 2))
    totals.add_column(justify="left")
    totals.add_column(justify="right")
    for label, value in rows:
        totals.add_row(label, figure(value))
    console.print(totals)


# --- schema, init, new -----------------------------------------------------------------------------------------------


@cli.command("schema", exemples=("facture schema devis > devis.schema.json  pour un éditeur",))
@click.argument(
    "kind",
    metavar="[TYPE]",
    default="devis",
    type=click.Choice(
        ["devis", "facture", "avoir", "conditions", "contrat", "relance", "courrier", "emetteur", "client", "clause"]
    ),
)
def schema_command(kind: str) -> int:
    """Imprime le schéma JSON d'un type de fichier.

    devis, facture, avoir, conditions, contrat, relance, courrier, emetteur, client ou clause.
    """
    from facture.gabarits import dump_schema

    click.echo(dump_schema(kind), nl=False)
    return 0


@cli.command("init", exemples=("facture init  dans ce dossier", "facture init mon-activite  dans un nouveau dossier"))
@click.argument("dossier", default=".")
@click.option("--dry-run", is_flag=True, help="Dit ce qui serait écrit.")
@quiet_option
def init_command(dossier: str, dry_run: bool, quiet: bool) -> int:
    """Crée un projet, sans rien écraser.

    facture.toml, votre fiche, un client d'exemple, les schémas des éditeurs.
    """
    from facture.gabarits import list_init_files, write_missing

    for file, written in write_missing(list_init_files(Path(dossier)), dry_run=dry_run):
        if written:
            click.echo(str(file.chemin))
        elif not quiet:
            say(f"{file.chemin} existe déjà : laissé tel quel")
    if not quiet:
        step = f"cd {dossier} && " if dossier != "." else ""
        say("Ensuite : complétez emetteurs/moi.yaml, puis")
        say(f"  {step}facture new devis --client exemple && facture render devis/*.yaml")
    return 0


@cli.command(
    "new",
    exemples=(
        "facture new devis --client dupont  un devis pour ce client",
        "facture new courrier --modele report-delai --client dupont  une lettre à compléter",
        "facture new facture --from factures/juillet.yaml  repart d'un document, comme neuf",
    ),
)
@click.argument(
    "kind",
    metavar="TYPE",
    type=click.Choice(["devis", "facture", "avoir", "conditions", "contrat", "relance", "courrier"]),
)
@click.option("--client", metavar="NOM", help="Nom d'une fiche de clients/.")
@click.option("--modele", metavar="NOM", help="Modèle d'un courrier : report-delai, hausse-tarifs…")
@click.option(
    "--from", "origin", metavar="FICHIER", help="Document dont repartir : sans son numéro, à la date du jour."
)
@click.option("-o", "--output", "target", metavar="CHEMIN", help="Fichier à écrire.")
@date_option
@click.option("--dry-run", is_flag=True, help="Dit ce qui serait écrit.")
@quiet_option
def new_command(
    kind: str,
    client: str | None,
    modele: str | None,
    origin: str | None,
    target: str | None,
    today: dt.date | None,
    dry_run: bool,
    quiet: bool,
) -> int:
    """Écrit un nouveau document à compléter. N'écrase jamais rien."""
    from facture.gabarits import plan_document, write_missing
    from facture.projet import find_projet, resolve_reference

    projet = find_projet(Path(target).parent if target else Path.cwd())
    if client is not None:
        found, problem = resolve_reference(projet, client, Path.cwd(), "client", Position("--client"), "client")
        if found is None and problem is not None:
            raise RefusError([problem])
    _check_modele(kind, modele, origin)
    files = plan_document(
        kind, projet, client=client, today=today_or(today), target=target, origin=origin, modele=modele
    )
    for file, _ in write_missing(files, dry_run=dry_run):
        click.echo(os.path.relpath(file.chemin))
    if not quiet:
        say(f"Ensuite : complétez-le, puis facture render {os.path.relpath(files[0].chemin)}")
    return 0


def _check_modele(kind: str, modele: str | None, origin: str | None) -> None:
    """Refuse a letter whose kind is not said: nine letters have nothing in common to start from."""
    if kind != "courrier":
        if modele is not None:
            raise click.UsageError("--modele ne va qu'avec un courrier")
        return
    from facture.lettres import MODELES
    from facture.typo import suggest

    names = ", ".join(MODELES)
    if modele is None and origin is None:
        raise click.UsageError(f"quel courrier ? --modele : {names}")
    if modele is not None and modele not in MODELES:
        near = suggest(modele, MODELES)
        raise click.UsageError(
            f"modèle « {modele} » inconnu" + (f" ; vouliez-vous « {near} » ?" if near else f" : {names}")
        )


cli.add_command(cli_exports.export_command)
cli.add_command(cli_clauses.clause_group)
cli.add_command(cli_clauses.library_group)
cli.add_command(cli_bilan.bilan_command)
cli.add_command(cli_promesses.promises_group)
cli.add_command(cli_relances.penalties_command)
cli.add_command(cli_relances.remind_command)
cli.add_command(cli_relances.rates_command)
cli.add_command(cli_facturx.verify_command)


# --- theme, explain, doctor, completion ------------------------------------------------------------------------------


@cli.group("theme", cls=Groupe, subcommand_metavar="COMMANDE [ARGUMENTS]…")
def theme_group() -> None:
    """Liste les thèmes, ou en copie un à modifier."""


@theme_group.command("list")
def theme_list() -> int:
    """Liste les thèmes que ce dossier peut utiliser."""
    from facture.lot import theme_roots
    from facture.projet import find_projet
    from facture.themes import list_themes

    projet = find_projet(Path.cwd())
    for name, folder in list_themes(theme_roots(projet)).items():
        mark = "*" if name == projet.theme else " "
        click.echo(f"{mark} {name}  {folder}")
    return 0


@theme_group.command("eject", exemples=('facture theme eject mon-theme  puis theme = "mon-theme" dans facture.toml',))
@click.argument("nom", default="mon-theme")
@click.option("--dry-run", is_flag=True, help="Dit où le thème irait.")
def theme_eject(nom: str, dry_run: bool) -> int:
    """Copie le thème de facture dans themes/NOM, sans rien écraser.

    Gardez les fichiers que vous changez, retirez les autres : ce qui manque vient du thème d'origine.
    """
    from facture.lot import theme_roots
    from facture.projet import find_projet
    from facture.themes import eject_theme

    if not nom.replace("-", "").replace("_", "").isalnum():
        raise click.UsageError(f"« {nom} » : un nom de dossier, sans chemin")
    projet = find_projet(Path.cwd())
    target = theme_roots(projet)[0] / nom
    if dry_run:
        click.echo(os.path.relpath(target))
        return 0
    written, kept = eject_theme(target)
    for path in written:
        click.echo(os.path.relpath(path))
    for path in kept:
        say(f"{os.path.relpath(path)} existe déjà : laissé tel quel")
    say(f'Pour l\'utiliser : theme = "{nom}" dans facture.toml')
    return 0


@cli.command("explain", exemples=("facture explain F203  ce que veut dire un code",))
@click.argument("codes", nargs=-1, metavar="[CODE…]")
def explain_command(codes: tuple[str, ...]) -> int:
    """Explique un code ; sans code, les liste."""
    from facture.typo import suggest

    if not codes:
        for entry in CODES.values():
            click.echo(f"{entry.code}  {entry.titre}")
        return 0
    for name in codes:
        found = CODES.get(name.upper())
        if found is None:
            near = suggest(name.upper(), CODES)
            raise click.UsageError(f"code « {name} » inconnu" + (f" ; vouliez-vous {near} ?" if near else ""))
        click.echo(f"{found.code} ({found.severity.value}) : {found.titre}\n")
        click.echo(click.wrap_text(found.explication, 90))
        if found.advice:
            click.echo(f"\nConseil : {found.advice}.")
        if found.law:
            click.echo(f"Loi : {found.law}.")
        click.echo(f"Code de sortie : {found.exit_code}.")
    return 0


@cli.command("doctor", exemples=("facture doctor  versions, polices, configuration",))
@click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Forme."
)
def doctor_command(style: str) -> int:
    """Dit ce qu'il y a sur cette machine.

    Versions, polices, et d'où vient chaque réglage.
    """
    from facture.doctor import examine

    report = examine(Path.cwd())
    if style == "json":
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        for section, rows in report.sections:
            click.echo(click.style(section, bold=True))
            for label, value in rows:
                click.echo(f"  {label:<28} {value}")
        for problem in report.problems:
            say(f"À faire : {problem}")
    return 0 if report.usable else 3


@cli.command("completion", exemples=("facture completion bash >> ~/.bashrc  complète commandes et options",))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> int:
    """Imprime le script de complétion d'un shell."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"shell « {shell} » inconnu")
    click.echo(found(cli, {}, "facture", "_FACTURE_COMPLETE").source())
    return 0


def main() -> None:
    """Entry point of the `facture` command."""
    # Before click reads its arguments: a completion request must answer without anything else.
    sys.exit(run(cli, __version__))
