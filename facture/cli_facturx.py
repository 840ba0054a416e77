"""The command of e-invoices: `verify` reads one back, ours or anybody's, and says whether it holds."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facture.cli_clauses import format_option
from facture.console import Commande, count_findings, quiet_option, say, show_diagnostics
from facture.errors import (
    Diagnostic,
    Position,
    RessourceError,
    UsageError,
    compute_exit_code,
    sort_diagnostics,
    visible,
)

if TYPE_CHECKING:
    from facture.factures_lues import FactureLue, Partie
    from facture.verification import Verification

ABSENTS = "validateurs officiels absents : pip install 'facture[validation]'"

_TYPES = {
    "261": "Avoir d'autofacture",
    "380": "Facture",
    "381": "Avoir",
    "384": "Facture rectificative",
    "386": "Facture d'acompte",
    "389": "Autofacture",
    "393": "Facture affacturée",
    "396": "Avoir affacturé",
    "471": "Facture rectificative, autofacturée",
    "472": "Facture rectificative, affacturée",
    "500": "Acompte d'autofacture",
    "501": "Autofacture affacturée",
    "502": "Avoir d'autofacture, affacturé",
    "503": "Avoir d'acompte",
}
"""What a document is called, by its type (BT-3). Source: UNTDID 1001, BR-FR-04."""


@click.command(
    "verify",
    cls=Commande,
    exemples=(
        "facture verify sortie/F2026-031-dupont.pdf  la page et l'XML disent-ils la même chose ?",
        "facture verify recue.pdf autre.xml --strict  des factures reçues ; un écart toléré compte",
        "facture verify *.pdf --format json  pour un script",
    ),
)
@click.argument("fichiers", nargs=-1, required=True, metavar="FICHIER…")
@format_option("text", "json")
@click.option("--strict", is_flag=True, help="Un avertissement compte comme une erreur.")
@quiet_option
def verify_command(fichiers: tuple[str, ...], style: str, strict: bool, quiet: bool) -> int:
    """Vérifie des factures électroniques.

    Factur-X, ZUGFeRD, XRechnung en PDF, ou l'XML seul : sommes, clés, dates, règles officielles, et, pour un PDF fait
    par facture, l'accord de la page et de l'XML. Rien n'est envoyé.
    """
    names = list(dict.fromkeys(fichiers))
    if "-" in names and len(names) > 1:
        raise UsageError("« - » se vérifie seul")
    results: list[dict[str, Any]] = []
    everything: list[Diagnostic] = []
    for name in names:
        found, judges = _verify_one(name)
        everything += found.constats
        if style == "json":
            results.append(_to_json(found, judges))
        else:
            _print_text(found, judges, quiet=quiet)
        show_diagnostics(item for item in found.constats if item.is_error or strict or not quiet)
    if style == "json":
        # One file, one object; several, a list: what a script that names its files expects.
        click.echo(json.dumps(results[0] if len(results) == 1 else results, ensure_ascii=False, indent=2))
    if not quiet:
        errors = sum(item.is_error for item in everything)
        count = f"{len(names)} fichier{'s' if len(names) > 1 else ''}"
        say(f"{count} : {count_findings(errors, len(everything) - errors)}.")
    return compute_exit_code(everything, strict=strict)


def _verify_one(name: str) -> tuple[Verification, str]:
    """Return what was found of a file, and which official judges saw it; a file that is not there is a finding."""
    from facture.source import finding
    from facture.verification import Verification, verify

    try:
        data = _read(name)
    except RessourceError as error:
        missing = finding("F230", str(error).removeprefix(f"{name} : "), Position(name), advice="vérifiez ce chemin")
        return Verification(name, constats=(missing,)), ""
    found = verify(data, name)
    return _judge(found) if found.lue is not None else (found, "")


def _read(name: str) -> bytes:
    """Return the bytes of a file, or of a pipe, up to one more than `verify` takes.

    Raises: RessourceError when it cannot be read.
    """
    import sys

    from facture.source import describe_os_error
    from facture.verification import MAX_OCTETS

    if name == "-":
        return sys.stdin.buffer.read(MAX_OCTETS + 1)
    path = Path(name)
    try:
        if not path.is_file():
            # A pipe or a device could block for ever or never end.
            raise RessourceError(f"{name} : {'est un dossier' if path.is_dir() else 'introuvable'}")
        with path.open("rb") as stream:
            return stream.read(MAX_OCTETS + 1)
    except (OSError, ValueError) as error:
        raise RessourceError(f"{name} : illisible ({describe_os_error(error)})") from error


def _judge(found: Verification) -> tuple[Verification, str]:
    """Add what the official rules say, when they are installed; return also their versions, "" without them.

    Why: a rule that our own sums already said is not said twice; ours give the figures.
    """
    from facture.validation import describe_rules, find_rules, load_juge, to_diagnostics

    if find_rules() is None:
        return found, ""
    said = {item.law for item in found.constats if item.law}
    judged = [
        item if found.genre == "CII" else replace(item, position=Position(found.fichier))
        for item in to_diagnostics(load_juge().judge(found.xml), {}, None, found.fichier)
        if item.law not in said
    ]
    return replace(found, constats=tuple(sort_diagnostics([*found.constats, *judged]))), describe_rules()


# --- What is printed -------------------------------------------------------------------------------------------------


def _print_text(found: Verification, judges: str, *, quiet: bool) -> None:
    """Print what a file is, who bills whom, what for, and who judged it."""
    lines = [f"{found.fichier} : {_describe_kind(found)}"]
    if found.lue is not None:
        lines += [
            f"  {line}" for line in (*_describe(found.lue), _describe_judges(judges), _describe_page(found)) if line
        ]
    if found.lue is not None or not quiet:
        for line in lines:
            click.echo(visible(line))


def _describe_kind(found: Verification) -> str:
    if found.lue is None:
        return found.genre if found.genre == "UBL" else "pas de facture électronique lisible"
    profil = found.lue.profil
    said = found.genre if found.genre == "XRechnung" else f"{found.genre}, profil {profil or 'inconnu'}"
    return f"{said}, fait par facture" if found.is_ours else said


def _describe(lue: FactureLue) -> list[str]:
    from facture import typo

    titre = _TYPES.get(lue.type, f"Document de type {lue.type or 'inconnu'}")
    named = f"{titre} {lue.numero or 'sans numéro'}"
    if lue.date is not None:
        named += f" du {typo.format_date(lue.date, 'fr')}"
    if lue.echeance is not None:
        named += f", à payer le {typo.format_date(lue.echeance, 'fr')}"
    totaux = lue.totaux
    sums = [
        f"{label} {_money(value, lue.devise)}"
        for label, value in (("total HT", totaux.ht), ("TVA", totaux.tva), ("total TTC", totaux.ttc))
        if value is not None
    ]
    count = f"{len(lue.lignes)} ligne{'s' if len(lue.lignes) > 1 else ''}" if lue.lignes else ""
    rows = [
        named,
        f"de {_describe_partie(lue.vendeur)}",
        f"à {_describe_partie(lue.acheteur)}",
        ", ".join(filter(None, (count, *sums))),
    ]
    if totaux.a_payer is not None:
        rows.append(f"net à payer {_money(totaux.a_payer, lue.devise)}")
    return rows


def _describe_partie(partie: Partie) -> str:
    from facture.plume import group_siren

    number = f"SIREN {group_siren(partie.siren)}" if partie.siren else f"TVA {partie.tva}" if partie.tva else ""
    return ", ".join(filter(None, (partie.nom or "(nom absent)", number, partie.pays)))


def _money(value: Decimal, devise: str) -> str:
    """Return an amount of anybody's file: one with too many decimals, or in an unknown currency, stays as written."""
    from facture.typo import format_money

    try:
        return format_money(value, devise, "fr")
    except (KeyError, ValueError):
        return f"{value} {devise}".strip()


def _describe_judges(judges: str) -> str:
    return f"règles officielles : {judges}" if judges else ABSENTS


def _describe_page(found: Verification) -> str:
    page = found.page
    if page is None:
        return "" if not found.is_ours else "la page n'a pas pu être comparée au fichier"
    values = f"{page.comparees} valeur{'s' if page.comparees > 1 else ''}"
    if not page.manques:
        return f"la page et le fichier disent la même chose ({values})"
    return f"la page et le fichier ne disent pas la même chose : {len(page.manques)} d'écart sur {values}"


def _to_json(found: Verification, judges: str) -> dict[str, Any]:
    """Return what was found with the keys of `--format json`, in their order; what is not known is null."""
    lue = found.lue
    return {
        "file": found.fichier,
        "kind": found.genre or None,
        "profile": lue.profil if lue is not None else None,
        "numero": lue.numero or None if lue is not None else None,
        "date": lue.date.isoformat() if lue is not None and lue.date is not None else None,
        "total_ttc": _amount(lue.totaux.ttc) if lue is not None else None,
        "net_a_payer": _amount(lue.totaux.a_payer) if lue is not None else None,
        "juges": [name.strip() for name in judges.split(",")] if judges else [],
        "page": None
        if found.page is None
        else {
            "compared": found.page.comparees,
            "missing": [{"terme": item.terme, "quoi": item.quoi, "valeur": item.valeur} for item in found.page.manques],
        },
        "constats": [item.to_dict() for item in found.constats],
    }


def _amount(value: Decimal | None) -> str | None:
    """Return an amount as a string with two decimals at least, never rounded."""
    from facture.amounts import to_price

    return None if value is None else to_price(value, 2)
