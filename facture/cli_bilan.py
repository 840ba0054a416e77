"""The command `bilan`: each engagement ends with a lesson, asked for, typed, or read from a file."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facture.cli_clauses import (
    dry_run_option,
    find_clause,
    find_own_folder,
    find_projet_here,
    finish_amendment,
    format_option,
    list_client_names,
    open_fonds,
    print_rows,
    read_dossier,
    read_texte,
    write_all,
)
from facture.console import Commande, date_option, say, show_diagnostics, today_or
from facture.errors import Position, RefusError, UsageError, compute_exit_code, sort_diagnostics

if TYPE_CHECKING:
    from facture.bilans import Candidat, Ecriture, Souci
    from facture.clauses import ClauseLue
    from facture.grammaire import Renvoi


@click.command(
    "bilan",
    cls=Commande,
    exemples=(
        "facture bilan devis/dupont.yaml  pose les questions",
        "facture bilan devis/dupont.yaml --souci 'Douze retouches' --cout 12h --amende revisions-comprises  d'un coup",
        "facture bilan --all  ce qui coûte le plus, et qu'aucune clause ne couvre",
    ),
)
@click.argument("fichier", required=False)
@click.option("--souci", metavar="TEXTE", help="Ce qui s'est mal passé, en une phrase.")
@click.option("--cout", metavar="COUT", help="Ce que cela a coûté : 12h, 1,5 jour, 450 €.")
@click.option("--cause", metavar="[client|nous|tiers|partagée]", help="De qui cela venait.")
@click.option("--theme", "themes", multiple=True, metavar="THEME", help="Thème ; répétable.")
@click.option("--amende", metavar="ID", help="Écrit une nouvelle version de cette clause.")
@click.option("--nouvelle", metavar="ID", help="Écrit une nouvelle clause à rédiger.")
@click.option("--titre", metavar="TEXTE", help="Titre de la nouvelle clause.")
@click.option("--texte", metavar="FICHIER", help="Texte de la version ou de la clause ; « - » pour l'entrée standard.")
@click.option("--depuis", metavar="FICHIER", help="Lit les soucis dans un fichier YAML (type: bilan).")
@click.option("--all", "every", is_flag=True, help="Classe les soucis de tous les bilans, du plus cher au moins cher.")
@format_option("text", "json")
@date_option
@dry_run_option()
def bilan_command(
    fichier: str | None,
    souci: str | None,
    cout: str | None,
    cause: str | None,
    themes: tuple[str, ...],
    amende: str | None,
    nouvelle: str | None,
    titre: str | None,
    texte: str | None,
    depuis: str | None,
    every: bool,
    style: str,
    today: dt.date | None,
    dry_run: bool,
) -> int:
    """Tire la leçon d'une mission.

    Ce qui s'est mal passé, ce que cela a coûté, et la clause qui l'évitera la prochaine fois.
    """
    if every:
        return _rank_bilans(style)
    if fichier is None:
        raise click.UsageError("nommez le document de la mission : facture bilan devis/dupont.yaml")
    if amende is not None and nouvelle is not None:
        raise click.UsageError("--amende et --nouvelle ne vont pas ensemble : une leçon à la fois")
    session = _Bilan(fichier, today_or(today), dry_run=dry_run, style=style)
    if depuis is not None:
        return session.take_file(depuis)
    if souci is None or cout is None:
        missing = " et ".join(name for name, value in (("--souci", souci), ("--cout", cout)) if value is None)
        if not sys.stdin.isatty():
            raise click.UsageError(f"sans terminal pour poser les questions, donnez {missing}")
        souci = souci or click.prompt("Qu'est-ce qui s'est mal passé, en une phrase ")
        cout = cout or click.prompt("Qu'est-ce que cela a coûté (12 h, 450 €) ", value_proc=_read_cout)
        cause = cause or click.prompt(
            "De qui cela venait-il ", type=click.Choice(["client", "nous", "tiers", "partagée"])
        )
        asked = True
    else:
        asked = False
    return session.take(souci, cout, cause, themes, amende, nouvelle, titre, texte, asked=asked)


def _read_cout(typed: str) -> str:
    """Read a cost as it is typed, so that a slip is asked for again and nothing is lost."""
    from facture.bilans import parse_cout

    try:
        return parse_cout(typed).texte
    except ValueError as error:
        raise click.UsageError(str(error)) from error


class _Bilan:
    """One sitting of `facture bilan`."""

    def __init__(self, fichier: str, today: dt.date, *, dry_run: bool, style: str) -> None:
        self.fichier = fichier
        self.today = today
        self.dry_run = dry_run
        self.style = style
        self.dossier = read_dossier(fichier, today, ())
        self.projet = self.dossier.lecture.projet
        self.fonds = self.dossier.lecture.fonds or open_fonds(self.projet)
        document = self.dossier.texte or self.dossier.document
        if document is None:
            raise RefusError(self.dossier.constats)
        self.numero: str | None = getattr(document, "numero", None)
        articles = (*self.dossier.corpus.particulieres, *self.dossier.corpus.generales)
        self.portees = {article.retenue.lue.id: article.retenue.lue.version for article in articles}

    def take(
        self,
        souci: str,
        cout: str,
        cause: str | None,
        themes: tuple[str, ...],
        amende: str | None,
        nouvelle: str | None,
        titre: str | None,
        texte: str | None,
        *,
        asked: bool,
    ) -> int:
        """Note one trouble, look for what covers it, and write what was decided."""
        from facture.bilans import make_souci, parse_cout, propose

        try:
            price = parse_cout(cout)
        except ValueError as error:
            raise UsageError(f"--cout : {error}") from error
        try:
            noted = make_souci(souci, price.texte, cause, themes)
        except UsageError as error:
            # A value refused is one that was typed: it is named as the option is.
            raise UsageError("\n".join(f"--{line}" for line in str(error).splitlines())) from error
        found = propose(self.fonds, noted, self.portees)
        if self.style == "json":
            click.echo(json.dumps(self._describe(noted, found), ensure_ascii=False, indent=2))
        else:
            self._show(found)
        if asked and amende is None and nouvelle is None:
            amende, nouvelle = self._ask(found)
        # All is planned before anything is written: a name that must not be there, or a bilan that cannot be read,
        # leaves every file as it was.
        lue = find_clause(self.fonds, amende) if amende is not None else None
        text = read_texte(texte)
        writes, reponse, renvoi = self._plan_answer(noted, lue, nouvelle, titre, text)
        note = self._plan_answered(noted, reponse, renvoi)
        write_all([*writes, note], dry_run=self.dry_run, quiet_stdout=self.style == "json")
        if self.dry_run:
            return 0
        if lue is not None:
            finish_amendment(self.projet, lue, writes, is_written=text is not None, edit=asked)
        elif nouvelle is not None and text is None:
            if asked:
                click.edit(filename=str(writes[-1].chemin))
            else:
                say(f"À rédiger : {os.path.relpath(writes[-1].chemin)}, puis facture clause lint")
        return 0

    def take_file(self, depuis: str) -> int:
        """Note the troubles of a file, and show what covers each; nothing is decided for the user."""
        from facture.bilans import propose, read_bilan

        bilan, findings = read_bilan(Path(depuis), depuis)
        show_diagnostics(findings)
        if bilan is None:
            return compute_exit_code(findings)
        found = [propose(self.fonds, souci, self.portees) for souci in bilan.soucis]
        if self.style == "json":
            shown = [self._describe(souci, candidates) for souci, candidates in zip(bilan.soucis, found, strict=True)]
            click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        for souci, candidates in zip(bilan.soucis, found, strict=True) if self.style == "text" else ():
            click.echo(click.style(souci.souci or "", bold=True))
            self._show(candidates)
        write_all([self._plan_note(*bilan.soucis)], dry_run=self.dry_run, quiet_stdout=self.style == "json")
        return compute_exit_code(findings)

    def _describe(self, souci: Souci, found: Sequence[Candidat]) -> dict[str, Any]:
        return {
            "souci": souci.souci or "",
            "cout": souci.cout.texte if souci.cout else "",
            "clauses": [
                {
                    "clause": candidate.clause.reference,
                    "titre": candidate.clause.titre,
                    "score": f"{candidate.score:.2f}",
                    "portee": candidate.portee,
                    "version_portee": candidate.version_portee,
                    "raisons": [
                        {"mot": word, "champ": place, "points": f"{points:.2f}"}
                        for word, place, points in candidate.raisons
                    ],
                }
                for candidate in found
            ],
        }

    def _show(self, found: Sequence[Candidat]) -> None:
        if not found:
            say("Aucune clause de vos bibliothèques ne parle de cela : --nouvelle ID en écrit une.")
            return
        click.echo("Clauses qui l'auraient couvert :")
        for number, candidate in enumerate(found, start=1):
            carried = (
                f"le document la portait (version {candidate.version_portee})"
                if candidate.portee
                else "le document ne la portait pas"
            )
            click.echo(f"  {number}. {candidate.clause.reference}  {candidate.clause.titre} : {carried}")
            why = ", ".join(f"{word} ({place})" for word, place, _ in candidate.raisons)
            click.echo(click.style(f"     {why}", dim=True))

    def _ask(self, found: Sequence[Candidat]) -> tuple[str | None, str | None]:
        say("Que faire ? Le numéro d'une clause à amender, « n » pour en écrire une nouvelle, Entrée pour rien.")
        choice = click.prompt("Réponse ", default="", show_default=False).strip().lower()
        if choice == "n":
            return None, click.prompt("Identifiant de la clause (minuscules et tirets) ")
        if choice.isdigit() and 1 <= int(choice) <= len(found):
            return found[int(choice) - 1].clause.id, None
        return None, None

    def _plan_answer(
        self, souci: Souci, lue: ClauseLue | None, nouvelle: str | None, titre: str | None, texte: str | None
    ) -> tuple[list[Ecriture], str, Renvoi | None]:
        """Return the files of the clause that answers a trouble, what the answer is, and its reference."""
        from facture.bilans import plan_amendement, plan_nouvelle
        from facture.grammaire import Renvoi

        folder = find_own_folder(self.projet)
        origine = {
            "mission": self.numero or Path(self.fichier).stem,
            "date": self.today,
            "motif": souci.souci,
            "cout": souci.cout.texte if souci.cout else None,
        }
        if lue is not None:
            writes = plan_amendement(lue, origine, folder, texte, self._names(), self.today)
            return writes, "amende", Renvoi(lue.id, "", lue.version + 1)
        if nouvelle is not None:
            name = titre or nouvelle.replace("-", " ").capitalize()
            modele = self._find_modele()
            writes = plan_nouvelle(
                nouvelle, name, souci.souci or "", modele, souci.themes, origine, folder, self._names(), texte
            )
            return writes, "nouvelle", Renvoi(nouvelle, "", 1)
        return [], "rien", None

    def _find_modele(self) -> str | None:
        """Return the preset of the document, which a new clause joins so that the next one carries it."""
        annexe = self.dossier.lecture.conditions
        for carrier in (self.dossier.texte, self.dossier.document, annexe.texte if annexe else None):
            for _, name in getattr(carrier, "iter_modeles", list)():
                return str(name)
        return None

    def _names(self) -> list[str]:
        document = self.dossier.texte or self.dossier.document
        client = getattr(document, "client", None)
        names = [client.nom, client.contact] if client is not None else []
        return [name for name in (*names, *list_client_names(self.projet)) if name]

    def _plan_answered(self, souci: Souci, reponse: str, renvoi: Renvoi | None) -> Ecriture:
        """Note a trouble and what was made of it; one already noted gets its answer, and is not counted twice."""
        from facture.bilans import name_bilan, plan_reponse, read_bilan

        path = name_bilan(self.projet.racine, self.numero, self.fichier)
        former = read_bilan(path, os.path.relpath(path))[0] if path.is_file() else None
        for index, known in enumerate(former.soucis if former is not None else ()):
            if (known.souci, known.cout) == (souci.souci, souci.cout):
                return plan_reponse(path, index, reponse, renvoi)
        return self._plan_note(souci.model_copy(update={"reponse": reponse, "clause": renvoi}))

    def _plan_note(self, *soucis: Souci) -> Ecriture:
        from facture.bilans import Bilan, name_bilan, plan_bilan

        path = name_bilan(self.projet.racine, self.numero, self.fichier)
        known = {
            "document": self.numero or Path(self.fichier).stem,
            "fichier": os.path.relpath(os.path.abspath(self.fichier), self.projet.racine),
            "date": self.today.isoformat(),
        }
        return plan_bilan(path, Bilan.model_validate(known).model_copy(update={"soucis": soucis}))


def _rank_bilans(style: str) -> int:
    from facture.bilans import rank_soucis, read_bilans

    projet = find_projet_here()
    fonds = open_fonds(projet)
    bilans, findings = read_bilans(projet.racine)
    place = Position("bilans")
    rows: list[dict[str, Any]] = [
        {
            "souci": row.souci,
            "nombre": row.nombre,
            "heures": f"{row.heures.normalize():f}",
            "euros": f"{row.euros:.2f}",
            "documents": list(row.documents),
            "clauses": [str(clause) for clause in row.clauses],
            "couvert": row.couvert,
        }
        for row in rank_soucis(bilans, lambda renvoi: fonds.find_unpinned(renvoi, place, "")[0] is not None)
    ]
    if style == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        shown = [
            {
                **row,
                "fois": row["nombre"],
                "heures": str(row["heures"]).replace(".", ",") if row["heures"] != "0" else "",
                "euros": str(row["euros"]).replace(".", ",") if row["euros"] != "0.00" else "",
                "couvert": ", ".join(row["clauses"]) if row["couvert"] else "pas encore",
            }
            for row in rows
        ]
        print_rows(shown, "text", ("souci", "fois", "heures", "euros", "couvert"))
    if not rows:
        say("Aucun bilan dans bilans/ : facture bilan devis/dupont.yaml écrit le premier.")
    show_diagnostics(sort_diagnostics(findings))
    return compute_exit_code(findings)
