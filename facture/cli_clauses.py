"""The commands of the clause libraries: `clause`, `library` and `bilan`. As in `cli`, they read, print and set the exit
status; what they do is in `atelier`, `bibliotheques` and `bilans`.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from facture.console import (
    Groupe,
    count_findings,
    date_option,
    quiet_option,
    say,
    set_option,
    show_diagnostics,
    today_or,
)
from facture.errors import (
    Diagnostic,
    Position,
    RefusError,
    UsageError,
    compute_exit_code,
    sort_diagnostics,
)

if TYPE_CHECKING:
    from facture.bibliotheques import Bibliotheque, Fonds
    from facture.bilans import Ecriture
    from facture.clauses import ClauseLue, Origine, Variable
    from facture.dossier import Dossier
    from facture.lecture import Lecteur
    from facture.projet import Projet, SourceBibliotheque
    from facture.redaction import ArticleCompose

F = TypeVar("F", bound=Callable[..., Any])

_PUBLICS = click.Choice(["professionnel", "particulier", "public"])


def format_option(*styles: str) -> Callable[[F], F]:
    """Add `--format`; the first style is the default."""
    return click.option(
        "--format", "style", type=click.Choice(styles), default=styles[0], show_default=True, help="Forme du résultat."
    )


def dry_run_option() -> Callable[[F], F]:
    """Add `--dry-run`, which every command that writes has."""
    return click.option("--dry-run", is_flag=True, help="Dit ce qui serait écrit, sans rien écrire.")


# --- clause ----------------------------------------------------------------------------------------------------------


@click.group("clause", cls=Groupe, subcommand_metavar="COMMANDE [ARGUMENTS]…")
def clause_group() -> None:
    """Cherche, montre et fait grandir des clauses."""


@clause_group.command(
    "list",
    exemples=(
        "facture clause list --theme paiement  les clauses d'un thème",
        "facture clause list --pour devis.yaml  ce qu'un devis porte, et pourquoi",
        "facture clause list --modeles  les modèles de conditions",
    ),
)
@click.option("--pour", "document", metavar="FICHIER", help="Ce que ce document porte, ce qu'il écarte, et pourquoi.")
@click.option("--theme", metavar="THEME", help="Seulement ce thème.")
@click.option("--public", type=_PUBLICS, help="Seulement ce qui est écrit pour ce public.")
@click.option("--bibliotheque", metavar="NOM", help="Seulement cette bibliothèque.")
@click.option("--modeles", is_flag=True, help="Les modèles de conditions, au lieu des clauses.")
@format_option("text", "json")
@date_option
@set_option
def clause_list(
    document: str | None,
    theme: str | None,
    public: str | None,
    bibliotheque: str | None,
    modeles: bool,
    style: str,
    today: dt.date | None,
    overrides: tuple[tuple[str, str], ...],
) -> int:
    """Liste les clauses que ce dossier peut utiliser."""
    if document is not None:
        return _list_for(document, today_or(today), overrides, style)
    fonds = open_fonds()
    if modeles:
        rows: list[dict[str, Any]] = [
            {"modele": modele.nom, "bibliotheque": modele.bibliotheque, "titre": modele.titre, "aide": modele.aide}
            for modele in fonds.modeles().values()
        ]
        print_rows(rows, style, ("modele", "titre", "aide"))
        return _end(fonds.constats)
    found = [
        lue
        for lue in fonds.iter_clauses()
        if (theme is None or theme in lue.clause.themes)
        and (public is None or public in lue.clause.public)
        and (bibliotheque is None or bibliotheque == lue.bibliotheque)
    ]
    seen = {lue.id: lue.bibliotheque for lue in fonds.visible()}
    rows = [{**_describe(lue), "masquee": seen.get(lue.id) != lue.bibliotheque} for lue in found]
    shown = [{**row, "id": f"{row['id']} (masquée)" if row["masquee"] else row["id"]} for row in rows]
    print_rows(
        rows if style == "json" else shown, style, ("id", "version", "themes", "public", "bibliotheque", "titre")
    )
    return _end([*fonds.constats, *fonds.findings_of_files])


def _list_for(name: str, today: dt.date, overrides: tuple[tuple[str, str], ...], style: str) -> int:
    dossier = read_dossier(name, today, overrides)
    corpus = dossier.corpus
    rows: list[dict[str, Any]] = []
    general = "contrat" if dossier.lecture.type == "contrat" else "conditions"
    for where, articles in (("document", corpus.particulieres), (general, corpus.generales)):
        for article in articles:
            lue = article.retenue.lue
            values = {name: text for name, (text, _, _) in article.retenue.valeurs.items()}
            rows.append(
                {
                    "retenue": True,
                    "article": article.numero,
                    "ou": where,
                    **_describe(lue),
                    "valeurs": values,
                    "raison": _say_raison(article, corpus.particulieres),
                }
            )
    for out in corpus.ecartees:
        rows.append(
            {"retenue": False, "article": "", "ou": "", **_describe(out.lue), "valeurs": {}, "raison": out.raison}
        )
    print_rows(rows, style, ("article", "ou", "id", "version", "bibliotheque", "raison"))
    return _end(dossier.constats)


def _say_raison(article: ArticleCompose, particulieres: Sequence[ArticleCompose]) -> str:
    """Return why an article is there, and where its text is when the document says it itself."""
    own = next((other for other in particulieres if other.retenue.lue.id == article.retenue.lue.id), None)
    if own is None or own is article:
        return article.retenue.raison
    return f"{article.retenue.raison} ; dite à l'article {own.numero} du document"


@clause_group.command("show", exemples=("facture clause show revisions-comprises  son texte et son histoire",))
@click.argument("reference")
@format_option("text", "json")
def clause_show(reference: str, style: str) -> int:
    """Montre une clause et son histoire.

    Son texte, ses variables, le droit sur lequel elle s'appuie, les missions dont elle vient.
    """
    fonds = open_fonds()
    lue = find_clause(fonds, reference)
    if style == "json":
        click.echo(json.dumps({**_describe(lue), **_describe_fully(fonds, lue)}, ensure_ascii=False, indent=2))
        return 0
    clause = lue.clause
    click.echo(click.style(f"{lue.titre}", bold=True) + f"  ({lue.reference})")
    click.echo(f"pour {_say_public(clause.public)} ; thèmes : {', '.join(clause.themes) or 'aucun'}")
    if clause.famille is not None:
        click.echo(f"famille {clause.famille}, position {clause.position or 'non dite'}")
    if clause.quand is not None:
        click.echo(f"quand {clause.quand}")
    click.echo("\n" + (clause.texte or "").rstrip() + "\n")
    for name, variable in clause.variables.items():
        default = f", sinon {variable.defaut}" if variable.defaut is not None else ", à donner"
        click.echo(f"  {name} ({variable.type}{default}) : {variable.aide or ''}".rstrip(" :"))
    for droit in clause.droit:
        click.echo(f"  droit : {droit.texte}" + (f" ({droit.source})" if droit.source else ""))
    for note in clause.note:
        click.echo(f"  note : {note}")
    for origine in clause.origine:
        known = [origine.mission, origine.date.isoformat() if origine.date else None, origine.motif, origine.cout]
        click.echo("  origine : " + ", ".join(text for text in known if text))
    versions = ", ".join(map(str, fonds.list_versions(lue.bibliotheque, lue.id)))
    click.echo(f"  versions : {versions} ; licence : {clause.licence or 'non dite'}")
    return 0


@clause_group.command(
    "search", exemples=('facture clause search "le client tarde à fournir les textes"  en mots de tous les jours',)
)
@click.argument("mots", nargs=-1, required=True)
@click.option("--limit", "limite", type=click.IntRange(1, 100), default=10, show_default=True, help="Au plus.")
@format_option("text", "json")
def clause_search(mots: tuple[str, ...], limite: int, style: str) -> int:
    """Cherche des clauses par leurs mots.

    Accents, accords et mots vides ne comptent pas ; chaque mot trouvé dit où, et ce qu'il pèse.
    """
    from facture.bilans import search_clauses

    fonds = open_fonds()
    clauses = {lue.reference: lue for lue in fonds.visible()}
    found = search_clauses(list(clauses.values()), " ".join(mots), limite)
    rows = [
        {
            **_describe(clauses[result.cle]),
            "score": f"{result.score:.2f}",
            "raisons": [
                {"mot": word, "champ": place, "points": f"{points:.2f}"} for word, place, points in result.raisons
            ],
        }
        for result in found
    ]
    if style == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    for row in rows if style == "text" else ():
        why = ", ".join(f"{reason['mot']} dans {reason['champ']}" for reason in row["raisons"])
        click.echo(f"{row['score']:>6}  {row['id']}  {row['titre']}")
        click.echo(click.style(f"        {why}", dim=True))
    if not rows:
        say("Aucune clause ne contient ces mots.")
    return 0 if rows else 1


@clause_group.command(
    "new", exemples=('facture clause new visio --titre "Réunions à distance" --theme relation  une clause à rédiger',)
)
@click.argument("ident", metavar="ID")
@click.option("--titre", metavar="TEXTE", help="Titre de l'article ; sans lui, tiré de l'identifiant.")
@click.option("--theme", "themes", multiple=True, metavar="THEME", help="Thème ; répétable.")
@click.option("--modele", metavar="NOM", help="Modèle de conditions qu'elle rejoint.")
@click.option("--edit", is_flag=True, help="L'ouvre dans votre éditeur.")
@dry_run_option()
def clause_new(
    ident: str, titre: str | None, themes: tuple[str, ...], modele: str | None, edit: bool, dry_run: bool
) -> int:
    """Écrit le squelette d'une clause dans clauses/. N'écrase jamais rien."""
    from facture.bilans import plan_nouvelle

    projet = find_projet_here()
    name = titre or ident.replace("-", " ").capitalize()
    writes = plan_nouvelle(ident, name, name, modele, themes, {}, find_own_folder(projet), [])
    write_all(writes, dry_run=dry_run)
    if edit and not dry_run:
        click.edit(filename=str(writes[-1].chemin))
    say(f"Ensuite : rédigez-la, puis facture clause lint ; pour l'imprimer : clauses: [{ident}]")
    return 0


@clause_group.command(
    "revise",
    exemples=(
        "facture clause revise revisions-comprises --edit  nouvelle version, l'ancienne rangée",
        "facture clause revise acompte --texte nouveau.md --motif 'Trop souvent oublié'  depuis un fichier",
    ),
)
@click.argument("reference", metavar="ID")
@click.option("--texte", metavar="FICHIER", help="Nouveau texte ; « - » pour l'entrée standard.")
@click.option("--motif", metavar="TEXTE", help="Pourquoi : ce qui s'est passé, sans nommer le client.")
@click.option("--mission", metavar="NUMERO", help="Mission qui l'a appris.")
@click.option("--edit", is_flag=True, help="Ouvre la nouvelle version dans votre éditeur.")
@date_option
@dry_run_option()
def clause_revise(
    reference: str,
    texte: str | None,
    motif: str | None,
    mission: str | None,
    edit: bool,
    today: dt.date | None,
    dry_run: bool,
) -> int:
    """Écrit une nouvelle version d'une clause.

    L'ancienne est rangée dans clauses/anciennes/ et reste imprimable.
    """
    projet = find_projet_here()
    fonds = open_fonds(projet)
    lue = find_clause(fonds, reference)
    origine = {"mission": mission, "date": today_or(today), "motif": motif}
    _amend(
        projet,
        lue,
        origine if motif or mission else {},
        read_texte(texte),
        today_or(today),
        edit=edit,
        dry_run=dry_run,
    )
    return 0


@clause_group.command(
    "lint",
    exemples=("facture clause lint  toutes les clauses du projet", "facture clause lint facture  celles livrées"),
)
@click.argument("bibliotheques", nargs=-1, metavar="[BIBLIOTHEQUE…]")
@format_option("text", "json", "github")
@click.option("--strict", is_flag=True, help="Un avertissement compte comme une erreur.")
@date_option
@quiet_option
def clause_lint(bibliotheques: tuple[str, ...], style: str, strict: bool, today: dt.date | None, quiet: bool) -> int:
    """Vérifie des bibliothèques de clauses.

    Chaque fichier, les renvois, les familles, les modèles, les relectures.
    """
    from facture.relecture import lint

    fonds = open_fonds()
    known = [library.nom for library in fonds.bibliotheques]
    for nom in bibliotheques:
        if nom not in known:
            raise UsageError(f"bibliothèque « {nom} » inconnue ; bibliothèques : {', '.join(known)}")
    findings = list(fonds.constats)
    for nom in bibliotheques or known:
        findings += [found for found in lint(fonds, nom, today_or(today)) if found not in findings]
    code = _show_findings(findings, style, strict=strict, quiet=quiet)
    if not quiet:
        count = sum(1 for lue in fonds.iter_clauses() if lue.bibliotheque in (bibliotheques or known))
        errors = sum(found.is_error for found in findings)
        say(f"{count} clause{'s' if count > 1 else ''} : {count_findings(errors, len(findings) - errors)}.")
    return code


@clause_group.command(
    "diff",
    exemples=(
        "facture clause diff revisions-comprises@1 revisions-comprises  ce qui a changé",
        "facture clause diff devis.yaml --contre facture  l'écart aux positions préférées",
    ),
)
@click.argument("avant", metavar="A")
@click.argument("apres", metavar="[B]", required=False)
@click.option(
    "--contre", metavar="BIBLIOTHEQUE", help="Compare un document aux positions préférées d'une bibliothèque."
)
@format_option("text", "json")
@date_option
def clause_diff(avant: str, apres: str | None, contre: str | None, style: str, today: dt.date | None) -> int:
    """Compare deux clauses, ou un document à une bibliothèque.

    Avec --contre, le code de sortie est 1 quand le document descend sous une position « plancher ».
    """
    if (apres is None) == (contre is None):
        raise click.UsageError("comparez deux clauses, ou un document avec --contre BIBLIOTHEQUE")
    if contre is not None:
        return _diff_positions(avant, contre, style, today_or(today))
    fonds = open_fonds()
    first, second = find_clause(fonds, avant), find_clause(fonds, apres or "")
    lines = list(
        difflib.unified_diff(_to_lines(first), _to_lines(second), first.reference, second.reference, lineterm="", n=2)
    )
    if style == "json":
        click.echo(
            json.dumps(
                {"avant": first.reference, "apres": second.reference, "diff": lines}, ensure_ascii=False, indent=2
            )
        )
    else:
        for line in lines:
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            click.echo(click.style(line, fg=colour) if colour and sys.stdout.isatty() else line)
        if not lines:
            say("Les deux clauses disent la même chose.")
    return 1 if lines else 0


def _diff_positions(name: str, contre: str, style: str, today: dt.date) -> int:
    from facture.atelier import compare_positions
    from facture.source import finding

    dossier = read_dossier(name, today, ())
    if dossier.has_errors:
        raise RefusError(dossier.constats)
    fonds = dossier.lecture.fonds or open_fonds(dossier.lecture.projet)
    ecarts = compare_positions(dossier, fonds, contre, dossier.corpus.public)
    rows = [
        {
            "famille": ecart.famille,
            "porte": ecart.porte,
            "preferee": ecart.preferee,
            "position": ecart.position,
            "sous_plancher": ecart.sous_plancher,
            "detail": ecart.detail,
        }
        for ecart in ecarts
    ]
    if style == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    place, path = dossier.lecture.place(("clauses",))
    for ecart in ecarts:
        text = f"{ecart.detail} (préférée : {ecart.preferee})"
        if ecart.sous_plancher:
            show_diagnostics([finding("C541", f"« {ecart.famille} » : {text}", place, path)])
        elif style == "text":
            click.echo(f"{ecart.famille} : {text}")
    if not ecarts:
        say(f"{name} suit les positions préférées de « {contre} ».")
    return 1 if any(ecart.sous_plancher for ecart in ecarts) else 0


@clause_group.command(
    "uses", exemples=("facture clause uses revisions-comprises  quels documents la portent, en quelle version",)
)
@click.argument("ident", metavar="ID")
@click.argument("chemins", nargs=-1, metavar="[CHEMIN…]")
@format_option("text", "json")
@date_option
def clause_uses(ident: str, chemins: tuple[str, ...], style: str, today: dt.date | None) -> int:
    """Dit quels documents portent une clause."""
    from facture.atelier import iter_emplois
    from facture.bibliotheques import matches
    from facture.grammaire import parse_renvoi
    from facture.lecture import Lecteur

    renvoi = parse_renvoi(ident)
    if renvoi is None:
        raise UsageError(f"« {ident} » n'est pas le nom d'une clause ; exemples : acompte, equipe:acompte@2")
    lecteur = Lecteur()
    constats: list[Diagnostic] = []
    roots = chemins or (os.path.relpath(lecteur.find_projet(Path.cwd()).racine),)
    rows = [
        {
            "fichier": use.fichier,
            "numero": use.numero,
            "article": use.article,
            "clause": use.retenue.lue.reference,
            "raison": use.retenue.raison,
        }
        for use in iter_emplois(roots, lecteur, today_or(today), constats)
        if matches(renvoi, use.retenue.lue)
    ]
    print_rows(rows, style, ("fichier", "numero", "article", "clause", "raison"))
    if not rows:
        say(f"Aucun document ne porte « {ident} ».")
    return _end(constats)


@clause_group.command("log", exemples=("facture clause log  ce que chaque mission a appris à la bibliothèque",))
@click.argument("ident", metavar="[ID]", required=False)
@format_option("text", "json")
def clause_log(ident: str | None, style: str) -> int:
    """Raconte comment la bibliothèque a grandi."""
    from facture.atelier import list_lecons

    fonds = open_fonds()
    lessons = list_lecons(fonds, [lue for lue in fonds.visible() if ident is None or lue.id == ident])
    rows = [
        {
            "date": lesson.date.isoformat() if lesson.date else "",
            "mission": lesson.mission,
            "clause": lesson.reference,
            "motif": lesson.motif,
            "cout": lesson.cout,
        }
        for lesson in lessons
    ]
    print_rows(rows, style, ("date", "mission", "clause", "motif", "cout"))
    if not rows:
        say("Aucune clause ne dit encore de quelle mission elle vient : facture bilan l'écrit pour vous.")
    return 0


@clause_group.command(
    "share", exemples=("facture clause share revisions-comprises --vers ../clauses-equipe  à relire, puis git commit",)
)
@click.argument("idents", nargs=-1, required=True, metavar="ID…")
@click.option("--vers", "target", required=True, metavar="CHEMIN", help="Dossier de la bibliothèque partagée.")
@click.option("--licence", metavar="NOM", help="Licence des clauses qui n'en disent pas : CC0-1.0.")
@dry_run_option()
def clause_share(idents: tuple[str, ...], target: str, licence: str | None, dry_run: bool) -> int:
    """Copie des clauses à partager.

    Origine anonymisée, licence dite, aucun nom de client.
    """
    from facture.bilans import plan_share

    if not target.strip() or not target.isprintable():
        raise UsageError("--vers : nommez un dossier")
    projet = find_projet_here()
    fonds = open_fonds(projet)
    clauses = [find_clause(fonds, ident) for ident in dict.fromkeys(idents)]
    real = Path(os.path.realpath(target))
    known = next((library for library in fonds.bibliotheques if library.racine == real), None)
    nom = known.nom if known is not None else real.name
    used = licence or (known.licence if known is not None else "")
    writes, findings = plan_share(clauses, Path(target), list_client_names(projet), used, nom)
    show_diagnostics(findings)
    if not any(found.is_error for found in findings):
        write_all(writes, dry_run=dry_run)
        folder = shlex.quote(target)
        say(f"Ensuite : relisez, puis git -C {folder} add . && git -C {folder} commit")
    return compute_exit_code(findings)


# --- library ---------------------------------------------------------------------------------------------------------


@click.group("library", cls=Groupe, subcommand_metavar="COMMANDE [ARGUMENTS]…")
def library_group() -> None:
    """Partage des bibliothèques de clauses.

    Dossiers, dépôts git, paquets ; facture.lock les épingle.
    """


@library_group.command(
    "add",
    exemples=(
        "facture library add equipe https://exemple.fr/clauses.git --ref v3  un dépôt git",
        "facture library add commune ../clauses-communes  un dossier voisin",
        "facture library add metier clauses-metier --paquet  un paquet Python installé",
    ),
)
@click.argument("nom")
@click.argument("adresse")
@click.option("--ref", default="", metavar="REF", help="Branche, étiquette ou commit d'un dépôt git.")
@click.option("--sous", default="", metavar="DOSSIER", help="Dossier des clauses, à l'intérieur du dépôt.")
@click.option("--git", "genre", flag_value="git", help="C'est un dépôt git.")
@click.option("--dossier", "genre", flag_value="dossier", help="C'est un dossier.")
@click.option("--paquet", "genre", flag_value="paquet", help="C'est un paquet Python installé.")
@date_option
@dry_run_option()
def library_add(
    nom: str, adresse: str, ref: str, sous: str, genre: str | None, today: dt.date | None, dry_run: bool
) -> int:
    """Ajoute une bibliothèque et l'épingle."""
    from facture.atelier import lock
    from facture.bibliotheques import add_bibliotheque
    from facture.projet import CONFIGURATION, SourceBibliotheque, parse_configuration
    from facture.source import write_atomic
    from facture.verrou import write_verrou

    projet = find_projet_here()
    kind = genre or _guess_genre(adresse, ref, sous)
    source = SourceBibliotheque(nom, kind, adresse, ref, sous)  # type: ignore[arg-type]
    text = add_bibliotheque(projet, source)
    if dry_run:
        click.echo(text[len((projet.racine / CONFIGURATION).read_bytes().decode()) :].strip())
        return 0
    _check_reachable(projet, source)
    # The lock is made for the configuration to come, so that either both files are written or none is.
    planned = parse_configuration(text, projet.racine / CONFIGURATION)
    verrou, _, findings = lock(planned, today_or(today), (nom,))
    write_atomic(projet.racine / CONFIGURATION, text.encode())
    write_verrou(planned, verrou)
    show_diagnostics(sort_diagnostics(findings))
    click.echo(os.path.relpath(projet.racine / CONFIGURATION))
    click.echo(os.path.relpath(projet.racine / "facture.lock"))
    say(f"« {nom} » est ajoutée : facture clause list --bibliotheque {nom}")
    return compute_exit_code(findings)


def _guess_genre(adresse: str, ref: str, sous: str) -> str:
    if ref or sous or adresse.endswith(".git") or "://" in adresse or "@" in adresse:
        return "git"
    if os.path.isdir(os.path.join(adresse, ".git")) or os.path.isfile(os.path.join(adresse, "HEAD")):
        return "git"
    return "dossier" if os.path.isdir(adresse) or "/" in adresse or os.sep in adresse else "paquet"


def _check_reachable(projet: Projet, source: SourceBibliotheque) -> None:
    """Refuse an address that leads nowhere before anything is written."""
    from facture.bibliotheques import fetch_depot, find_dossier_paquet, locate_depot, resolve_depot
    from facture.depots import find_cached

    if source.genre == "git":
        # Asked first: an address that leads nowhere must leave nothing in the cache.
        commit = fetch_depot(projet, source, resolve_depot(projet, source))
        folder = find_cached(locate_depot(projet, source), commit)
        if folder is not None and not (folder / source.sous).is_dir():
            raise UsageError(f"« {source.sous} » : le dépôt n'a pas ce dossier, ou rien de YAML dedans")
    elif source.genre == "dossier" and not (projet.racine / os.path.expanduser(source.adresse)).is_dir():
        raise UsageError(f"{source.adresse} : dossier introuvable depuis {os.path.relpath(projet.racine)}")
    elif source.genre == "paquet" and find_dossier_paquet(source.adresse) is None:
        raise UsageError(f"aucun paquet installé n'offre de clauses sous le nom « {source.adresse} »")


@library_group.command("list")
@format_option("text", "json")
def library_list(style: str) -> int:
    """Liste les bibliothèques, la plus proche d'abord."""
    fonds = open_fonds()
    rows = [
        {
            "nom": library.nom,
            "genre": library.genre,
            "clauses": sum(1 for _ in fonds.iter_bibliotheque(library.nom)),
            "ou": _say_where(library),
            "ref": library.ref,
            "commit": library.commit,
        }
        for library in fonds.bibliotheques
    ]
    print_rows(rows, style, ("nom", "genre", "clauses", "ou", "ref", "commit"))
    return _end(fonds.constats)


def _say_where(library: Bibliotheque) -> str:
    if library.genre == "facture":
        return "livrée avec facture"
    return library.adresse or os.path.relpath(library.racine)


@library_group.command("sync")
@quiet_option
def library_sync(quiet: bool) -> int:
    """Récupère ce que facture.lock épingle.

    Un dépôt qui a changé depuis est signalé, et rien n'est pris : code de sortie 4. « facture library update » accepte.
    """
    from facture.atelier import sync

    libraries, findings = sync(find_projet_here())
    show_diagnostics(sort_diagnostics(findings))
    if not quiet and not findings:
        names = ", ".join(library.nom for library in libraries)
        say(f"Prêtes, telles qu'épinglées : {names}.")
    return compute_exit_code(findings)


@library_group.command(
    "update",
    exemples=(
        "facture library update  tout remettre au présent",
        "facture library update equipe  cette bibliothèque seule",
    ),
)
@click.argument("noms", nargs=-1, metavar="[NOM…]")
@date_option
@dry_run_option()
def library_update(noms: tuple[str, ...], today: dt.date | None, dry_run: bool) -> int:
    """Accepte ce qui a changé, et l'épingle."""
    from facture.atelier import lock
    from facture.verrou import write_verrou

    projet = find_projet_here()
    verrou, changes, findings = lock(projet, today_or(today), noms)
    for change in changes:
        say(f"{change.reference} : {change.avant or 'nouveau'} → {change.apres or 'retiré'}")
    show_diagnostics(sort_diagnostics(findings))
    if any(found.is_error for found in findings):
        say("facture.lock n'est pas changé.")
        return compute_exit_code(findings)
    if not dry_run:
        click.echo(os.path.relpath(write_verrou(projet, verrou)))
    if not changes:
        say("Rien n'a changé.")
    return compute_exit_code(findings)


@library_group.command("verify")
def library_verify() -> int:
    """Compare chaque clause à son empreinte.

    Sans aller sur le réseau.
    """
    from facture.bibliotheques import verify

    fonds = open_fonds()
    if fonds.verrou is None and not fonds.constats:
        raise UsageError("pas de facture.lock ici : facture library update l'écrit")
    findings = sort_diagnostics(verify(fonds))
    show_diagnostics(findings)
    if not findings and fonds.verrou is not None:
        count = len(fonds.verrou.clauses)
        say(f"{count} {'clauses épinglées' if count > 1 else 'clause épinglée'} : aucun texte n'a changé.")
    return compute_exit_code(findings)


# --- What the commands share -----------------------------------------------------------------------------------------


def find_projet_here() -> Projet:
    """Return the project around the current folder."""
    from facture.projet import find_projet

    return find_projet(Path.cwd())


def open_fonds(projet: Projet | None = None) -> Fonds:
    """Return the libraries of a project, the current one when none is given."""
    from facture.bibliotheques import Fonds

    return Fonds(projet or find_projet_here())


def _open_lecteur() -> Lecteur:
    from facture.lecture import Lecteur

    return Lecteur()


def read_dossier(name: str, today: dt.date, overrides: tuple[tuple[str, str], ...]) -> Dossier:
    """Read and judge one document."""
    from facture.dossier import build_dossier

    return build_dossier(_open_lecteur().read(name, None, overrides), today)


def find_clause(fonds: Fonds, reference: str) -> ClauseLue:
    """Return the clause that a reference of the command line means.

    Raises: UsageError when it is not one; RefusError (exit 3) when it is nowhere.
    """
    from facture.grammaire import parse_renvoi

    renvoi = parse_renvoi(reference)
    if renvoi is None:
        raise UsageError(f"« {reference} » n'est pas le nom d'une clause ; exemples : acompte, equipe:acompte@2")
    read, findings = fonds.find_unpinned(renvoi, Position(reference), "")
    if read is None:
        raise RefusError([*fonds.constats, *findings])
    return read


def read_texte(name: str | None) -> str | None:
    """Return the text of a file, or of standard input for « - »; None when none was named."""
    from facture.source import read_bytes

    if name is None:
        return None
    data = sys.stdin.buffer.read(200_000) if name == "-" else read_bytes(Path(name), name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} : ce texte n'est pas en UTF-8") from error


def _amend(
    projet: Projet,
    lue: ClauseLue,
    origine: dict[str, Any],
    texte: str | None,
    today: dt.date,
    *,
    edit: bool,
    dry_run: bool,
) -> None:
    from facture.bilans import plan_amendement

    writes = plan_amendement(lue, origine, find_own_folder(projet), texte, list_client_names(projet), today)
    write_all(writes, dry_run=dry_run)
    if not dry_run:
        finish_amendment(projet, lue, writes, is_written=texte is not None, edit=edit)


def find_own_folder(projet: Projet) -> Path:
    """Return the folder of the project's own library, when it may be written to.

    Raises: RefusError for a folder that is not one or that leads elsewhere (C503), or for a lock that cannot be read
        (C522): both are said before anything is written.
    """
    from facture.bibliotheques import DOSSIER_CLAUSES, Fonds

    fonds = Fonds(projet)
    blocking = [found for found in fonds.constats if found.is_error and found.position.file.endswith(DOSSIER_CLAUSES)]
    blocking += [found for found in fonds.constats if found.code == "C522"]
    if blocking:
        raise RefusError(blocking)
    return projet.racine / DOSSIER_CLAUSES


def finish_amendment(
    projet: Projet, lue: ClauseLue, writes: Sequence[Ecriture], *, is_written: bool, edit: bool
) -> None:
    """Open a new version in the editor when asked, pin it when there is a lock, and say what is left to do."""
    from facture.atelier import repin

    path = next(item.chemin for item in reversed(writes) if item.chemin.stem == lue.id)
    if edit:
        click.edit(filename=str(path))
    repin(projet, [lue.id])
    if not is_written and not edit:
        say(f"Le texte est celui d'avant : modifiez {os.path.relpath(path)}, puis facture clause lint")


def write_all(writes: Iterable[Ecriture], *, dry_run: bool, quiet_stdout: bool = False) -> None:
    """Write planned files in their order, and print their paths: on stderr when stdout is for JSON."""
    from facture.source import write_atomic

    for item in writes:
        if not dry_run:
            write_atomic(item.chemin, item.octets)
        click.echo(os.path.relpath(item.chemin), err=quiet_stdout)
    if dry_run:
        say("(rien n'est écrit : --dry-run)")


def list_client_names(projet: Projet) -> list[str]:
    """Return the names of the project's clients, which must not leave it: those of `clients/`, and those of documents.

    Raises: RefusError when a client's file cannot be read: a name that is not known cannot be looked for.
    """
    from facture.atelier import iter_files
    from facture.projet import display_path
    from facture.source import Table, Texte, parse, read_bytes

    names: dict[str, None] = {}
    clients = projet.racine / "clients"
    for name, _ in iter_files([str(projet.racine)], []):
        path = Path(name)
        label = display_path(path)
        root, findings = parse(read_bytes(path, label), label)
        if path.is_relative_to(clients) and any(found.is_error for found in findings):
            raise RefusError(findings)
        holders = [root, root.entries.get("client") if root is not None else None]
        for holder in holders if path.is_relative_to(clients) else holders[1:]:
            if isinstance(holder, Table):
                nodes = [holder.entries.get(key) for key in ("nom", "contact")]
                names |= {node.value: None for node in nodes if isinstance(node, Texte) and not node.nul}
    return list(names)


def _describe(lue: ClauseLue) -> dict[str, Any]:
    clause = lue.clause
    return {
        "id": lue.id,
        "version": lue.version,
        "bibliotheque": lue.bibliotheque,
        "titre": lue.titre,
        "themes": list(clause.themes),
        "emplacement": clause.emplacement,
        "public": list(clause.public),
        "famille": clause.famille,
        "position": clause.position,
        "sha256": lue.empreinte,
    }


def _describe_fully(fonds: Fonds, lue: ClauseLue) -> dict[str, Any]:
    clause = lue.clause
    return {
        "quand": clause.quand,
        "texte": clause.texte,
        "variables": {name: variable.model_dump(exclude_none=True) for name, variable in clause.variables.items()},
        "requiert": [str(item) for item in clause.requiert],
        "incompatible": [str(item) for item in clause.incompatible],
        "remplace": [str(item) for item in clause.remplace],
        "droit": [item.texte for item in clause.droit],
        "origine": [_describe_origine(item) for item in clause.origine],
        "licence": clause.licence,
        "verifie_le": clause.verifie_le.isoformat() if clause.verifie_le else None,
        "versions": fonds.list_versions(lue.bibliotheque, lue.id),
        "fichier": _name_file(fonds, lue),
    }


def _say_public(public: Sequence[str]) -> str:
    return "tous" if len(public) == 3 else " et ".join(public)


def _to_lines(lue: ClauseLue) -> list[str]:
    clause = lue.clause
    head = [
        f"titre: {lue.titre}",
        f"public: {_say_public(clause.public)}",
        f"emplacement: {clause.emplacement}",
        f"quand: {clause.quand or ''}",
        *(f"variable {name} : {_describe_variable(variable)}" for name, variable in clause.variables.items()),
    ]
    return [*head, "", *(clause.texte or "").rstrip().splitlines()]


def _name_file(fonds: Fonds, lue: ClauseLue) -> str:
    """Return where a clause is, in words that are the same on every machine."""
    library = fonds.find_bibliotheque(lue.bibliotheque)
    if library is not None and library.genre != "projet":
        return f"{lue.bibliotheque}:{os.path.relpath(os.path.realpath(lue.fichier), library.racine)}"
    return os.path.relpath(lue.fichier)


def _describe_origine(origine: Origine) -> dict[str, str]:
    known = {
        "mission": origine.mission,
        "date": origine.date.isoformat() if origine.date else None,
        "motif": origine.motif,
        "cout": origine.cout,
    }
    return {name: text for name, text in known.items() if text}


def _describe_variable(variable: Variable) -> str:
    known = [
        variable.type,
        f"défaut {variable.defaut}" if variable.defaut is not None else "à donner",
        f"au moins {variable.min}" if variable.min is not None else "",
        f"au plus {variable.max}" if variable.max is not None else "",
        f"parmi {', '.join(variable.valeurs)}" if variable.valeurs else "",
        f"fixe {variable.gouverne}" if variable.gouverne else "",
    ]
    return ", ".join(part for part in known if part)


def print_rows(rows: Sequence[dict[str, Any]], style: str, columns: Sequence[str]) -> None:
    """Print rows as JSON or as a table."""
    if style == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        return
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    headings = {
        "ou": "où",
        "modele": "modèle",
        "bibliotheque": "bibliothèque",
        "numero": "numéro",
        "themes": "thèmes",
        "cout": "coût",
    }
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(headings.get(column, column), overflow="fold", no_wrap=column in ("id", "clause", "nom"))
    for row in rows:
        table.add_row(*(escape(_show(row[column], column)) for column in columns))
    Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 130).print(table)


def _show(value: Any, column: str) -> str:
    if isinstance(value, list):
        return "tous" if column == "public" and len(value) == 3 else ", ".join(map(str, value))
    return "" if value is None else str(value)


def _show_findings(findings: Sequence[Diagnostic], style: str, *, strict: bool, quiet: bool) -> int:
    ordered = sort_diagnostics(findings)
    if style == "json":
        click.echo(json.dumps([found.to_dict() for found in ordered], ensure_ascii=False, indent=2))
    elif style == "github":
        for found in ordered:
            click.echo(found.to_github())
    else:
        show_diagnostics(found for found in ordered if found.is_error or strict or not quiet)
    return compute_exit_code(ordered, strict=strict)


def _end(findings: Iterable[Diagnostic]) -> int:
    """Show what was found on the way, and return the exit status of a command that only lists."""
    ordered = sort_diagnostics(dict.fromkeys(findings))
    show_diagnostics(ordered)
    return compute_exit_code(ordered)
