"""The command line's own French: click's words translated, and errors that end a command said calmly.

Why: click takes its words from gettext's default domain, chosen by the user's locale. Ours are French whatever
the machine says, and a catalogue of thirty sentences does not need a compiled file.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

import click
from click import core, decorators, exceptions, formatting, parser, shell_completion, termui, types

from facture.errors import ConfigurationError, Diagnostic, FactureError, RefusError, RessourceError

F = TypeVar("F", bound=Callable[..., Any])

_PHRASES = {
    "%(prog)s, version %(version)s": "%(prog)s %(version)s",
    "(dynamic)": "(selon le contexte)",
    "Aborted!": "Abandon.",
    "Argument {name!r} takes {nargs} values.": "L'argument {name} attend {nargs} valeurs.",
    "Choose from:\n\t{choices}": "Choix :\n\t{choices}",
    "Commands": "Commandes ",
    "Confirm the action without prompting.": "Confirme sans demander.",
    "Could not open file {filename!r}: {message}": "Fichier « {filename} » impossible à ouvrir : {message}",
    "Do you want to continue?": "Continuer ?",
    "Error: invalid input": "Erreur : réponse invalide",
    "Error: {message}": "Erreur : {message}",
    "Invalid value for {param_hint}: {message}": "Valeur refusée pour {param_hint} : {message}",
    "Invalid value: {message}": "Valeur refusée : {message}",
    "Missing argument": "Il manque l'argument",
    "Missing command.": "Il manque une commande.",
    "Missing option": "Il manque l'option",
    "Missing parameter": "Il manque le paramètre",
    "Missing parameter: {param_name}": "Il manque le paramètre : {param_name}",
    "Missing {param_type}": "Il manque : {param_type}",
    "No such command {name!r}.": "La commande « {name} » n'existe pas.",
    "No such option {name!r}.": "L'option {name} n'existe pas.",
    "No such option: {name}": "L'option {name} n'existe pas.",
    "Option {name!r} does not take a value.": "L'option {name} ne prend pas de valeur.",
    "Option {name!r} requires an argument.": "L'option {name} attend une valeur.",
    "Options": "Options ",
    "Positional arguments": "Arguments",
    "Show the version and exit.": "Affiche la version.",
    "Show this message and exit.": "Affiche cette aide.",
    "Try '{command} {option}' for help.": "Aide : {command} {option}",
    "Usage:": "Utilisation :",
    "Usage: ": "Utilisation : ",
    "Value must be an iterable.": "Une liste est attendue.",
    "default: {default}": "défaut : {default}",
    "deprecated": "abandonné",
    "directory": "dossier",
    "env var: {var}": "variable : {var}",
    "file": "fichier",
    "path": "chemin",
    "required": "obligatoire",
    "unknown error": "erreur inconnue",
    "{name} {filename!r} does not exist.": "{name} « {filename} » introuvable.",
    "{name} {filename!r} is a directory.": "{name} « {filename} » est un dossier.",
    "{name} {filename!r} is a file.": "{name} « {filename} » est un fichier.",
    "{name} {filename!r} is not readable.": "{name} « {filename} » est illisible.",
    "{name} {filename!r} is not writable.": "{name} « {filename} » ne peut pas être écrit.",
    "{value!r} is not a valid {number_type}.": "« {value} » n'est pas un nombre.",
    "{value} is not in the range {range}.": "{value} est hors de {range}.",
    "Got unexpected extra argument ({args})": "Argument en trop : {args}",
    "Got unexpected extra arguments ({args})": "Arguments en trop : {args}",
    "{value!r} is not {choice}.": "« {value} » n'est pas {choice}.",
    "{value!r} is not one of {choices}.": "« {value} » ne fait pas partie de : {choices}.",
    "Did you mean {possibility}?": "Vouliez-vous {possibility} ?",
    "Did you mean one of: {possibilities}?": "Vouliez-vous l'une de : {possibilities} ?",
    "(Possible options: {possibilities})": "(options possibles : {possibilities})",
    "(Did you mean one of: {possibilities}?)": "(vouliez-vous : {possibilities} ?)",
}


def speak_french() -> None:
    """Make click speak French, for this process."""

    def gettext(text: str) -> str:
        return _PHRASES.get(text, text)

    def ngettext(singular: str, plural: str, number: int) -> str:
        return _PHRASES.get(singular if number == 1 else plural, singular if number == 1 else plural)

    for module in (core, decorators, exceptions, formatting, parser, shell_completion, termui, types):
        if hasattr(module, "_"):
            vars(module)["_"] = gettext
        if hasattr(module, "ngettext"):
            vars(module)["ngettext"] = ngettext


def say(text: str) -> None:
    """Print a line for the person, on stderr: stdout is for results."""
    click.echo(text, err=True)


def read_stdin() -> bytes:
    """Return what a pipe gives, up to the size of a file.

    Raises: RessourceError when it is larger.
    """
    from facture.source import MAX_OCTETS

    data = sys.stdin.buffer.read(MAX_OCTETS + 1)
    if len(data) > MAX_OCTETS:
        raise RessourceError(f"- : plus de {MAX_OCTETS // 1_000_000} Mo, entrée refusée")
    return data


def show_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print findings as text, on stderr, in colour on a terminal."""
    for diagnostic in diagnostics:
        text = diagnostic.to_text()
        head, _, rest = text.partition("\n")
        if sys.stderr.isatty():
            colour = "red" if diagnostic.is_error else "yellow"
            word = f"{diagnostic.severity.value} {diagnostic.code}"
            head = head.replace(word, click.style(word, fg=colour, bold=True), 1)
            rest = click.style(rest, dim=True)
        say(f"{head}\n{rest}" if rest else head)


def count_findings(errors: int, warnings: int) -> str:
    """Return « 2 erreurs, 1 avertissement », or « rien à signaler »."""
    if not errors and not warnings:
        return "rien à signaler"
    said = f"{errors} erreur{'s' if errors > 1 else ''}"
    return f"{said}, {warnings} avertissement{'s' if warnings > 1 else ''}"


def run(command: click.Command, version: str) -> int:
    """Run the command line and turn whatever ends it into one French message and one exit status.

    Returns: the exit status: 0, 1 findings, 2 usage, 3 missing file, 4 refused, 5 table too short, 70
    a bug.
    """
    speak_french()
    _mend_streams()
    try:
        code = command.main(standalone_mode=False, prog_name="facture")
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.UsageError as error:
        if error.ctx is not None:
            say(error.ctx.get_usage())
        say(f"Erreur : {error.format_message()}")
        if error.ctx is not None:
            say(f"Aide : {error.ctx.command_path} --help")
        return 2
    except click.ClickException as error:
        say(f"Erreur : {error.format_message()}")
        return 2
    except (click.Abort, KeyboardInterrupt):
        say("Abandon.")
        return 130
    except (RefusError, ConfigurationError) as error:
        show_diagnostics(error.diagnostics)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output left (`| head`): what it wanted it has, and a second error at exit would be noise.
        _drop_stdout()
        return 0
    except OSError as error:
        # stdout on a full disk, or a current folder that is gone.
        from facture.source import describe_os_error

        say(f"Erreur : {describe_os_error(error)}")
        _drop_stdout()
        return 3
    except FactureError as error:
        if error.exit_code != 70:
            say(f"Erreur : {error}")
            return error.exit_code
        return _report_bug(error, version)
    except Exception as error:
        return _report_bug(error, version)


def _mend_streams() -> None:
    """Give every stream a place to go, and every character a way out.

    Why: a service may start us with a stream closed, and a terminal in another encoding cannot show « … »: neither is
    a reason to end with a traceback.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - lives as long as the process
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _drop_stdout() -> None:
    """Send what is left of our output nowhere: a second error at exit would be noise."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report_bug(error: BaseException, version: str) -> int:
    say(f"Erreur interne de facture {version} : {type(error).__name__}. Ce n'est pas votre faute.")
    if os.environ.get("FACTURE_DEBUG"):
        traceback.print_exception(error)
    else:
        say("Pour le détail à joindre à un signalement, relancez avec FACTURE_DEBUG=1.")
    return 70


class Commande(click.Command):
    """A command whose help ends with examples, printed as typed."""

    def __init__(self, *args: Any, exemples: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exemples = exemples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples under the options."""
        super().format_epilog(ctx, formatter)
        if self.exemples:
            with formatter.section("Exemples "):
                formatter.write_dl(
                    [(example.partition("  ")[0], example.partition("  ")[2].strip()) for example in self.exemples]
                )


class Groupe(click.Group):
    """A group that proposes the command one meant, and lists commands in the order of a day's work."""

    command_class = Commande

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return commands as declared, not in alphabetical order."""
        return list(self.commands)


# --- Options that several commands share -----------------------------------------------------------------------------


class DateIso(click.ParamType[dt.date]):
    """A date of the command line, AAAA-MM-JJ."""

    name = "AAAA-MM-JJ"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """Read the date or refuse it in French."""
        if isinstance(value, dt.date):
            return value
        try:
            date = dt.date.fromisoformat(value if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else "")
            if not 1990 <= date.year <= 2100:
                raise ValueError(value)
            return date
        except ValueError:
            self.fail(f"« {value} » n'est pas une date ; écrivez 2026-11-22", param, ctx)


class Reglage(click.ParamType[tuple[str, str]]):
    """A `path=value` pair."""

    name = "chemin=valeur"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Split at the first equal sign."""
        path, equal, text = value.partition("=")
        if not equal or not path.strip():
            self.fail(f"« {value} » ; exemple : lignes[0].prix_unitaire=450", param, ctx)
        if any("\ud800" <= character <= "\udfff" for character in path):
            self.fail("ce chemin n'est pas du texte UTF-8", param, ctx)
        return path.strip(), text.strip()


def date_option(function: F) -> F:
    """Add `--date`, which means "today" for the command."""
    return click.option("--date", "today", type=DateIso(), help="Le jour de la commande, au lieu d'aujourd'hui.")(
        function
    )


def set_option(function: F) -> F:
    """Add `--set`."""
    return click.option(
        "--set", "overrides", type=Reglage(), multiple=True, help="Remplace une valeur ; répétable. Indices depuis 0."
    )(function)


def quiet_option(function: F) -> F:
    """Add `--quiet`; it hides no error."""
    return click.option("-q", "--quiet", is_flag=True, help="Ne dit que les erreurs.")(function)


def today_or(given: dt.date | None) -> dt.date:
    """Return the day of the command: the clock is read here and nowhere else."""
    return given or dt.datetime.now().astimezone().date()
