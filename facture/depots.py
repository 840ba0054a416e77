"""Libraries kept in git repositories: brought by the `git` program into the user's cache, read there offline.

Why the program and not a package: it already knows the user's keys, proxies and certificates. Why blobs and not
`git archive` or a checkout: both obey the repository's `.gitattributes`, which may start a filter program that the user
has configured; a blob is only bytes. What is kept of a commit is its YAML files, under the commit's own name, so that a
pinned library prints for ever, without git and without network.

Source of the layout: git-fetch(1), git-cat-file(1), gitattributes(5) "filter".
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from facture.errors import FactureError
from facture.projet import display_path
from facture.source import describe_os_error
from facture.typo import suggest

DELAI_SECONDES = 120
MAX_FICHIERS = 10_000
MAX_OCTETS_FICHIER = 100_000
MAX_OCTETS_TOTAL = 50_000_000
PROTOCOLES = ("file", "git", "http", "https", "ssh")

_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)
_DEBUT_COMMIT = re.compile(r"[0-9a-f]{7,40}", re.ASCII)
_MAX_SORTIE = 50_000_000
_MAX_MESSAGE = 20_000

# A repository around the current folder, or a hook that runs us, must not lend its own settings to ours.
_VARIABLES_DU_DEPOT = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_TRACE",
    "GIT_WORK_TREE",
)
_REGLAGES = (
    "protocol.ext.allow=never",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "core.filesRefLockTimeout=5000",
    "core.packedRefsTimeout=5000",
)
"""No program of the repository is run, nothing is thrown away, and a second fetch waits for the first."""


class DepotInaccessible(FactureError):
    """A git repository that cannot be read: no git, no answer, no such reference (exit 3, code C535)."""

    exit_code = 3


def find_cache() -> Path:
    """Return the user's cache folder: `$FACTURE_CACHE`, else the desktop's, else `~/.cache/facture`."""
    chosen = os.environ.get("FACTURE_CACHE")
    if chosen:
        return Path(os.path.abspath(chosen))
    shared = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification wants a relative path ignored.
    return (Path(shared) if os.path.isabs(shared) else Path("~/.cache").expanduser()) / "facture"


def resolve_adresse(adresse: str, racine: Path) -> str:
    """Return an address that means the same from any folder: a relative path starts from `racine`.

    `git@host:team/clauses.git` and `https://…` stay as they are.
    """
    if not adresse or "://" in adresse or adresse.startswith("-") or re.match(r"[^/\\]*:", adresse):
        return adresse
    return os.path.normpath(racine / os.path.expanduser(adresse))


def resolve_ref(adresse: str, ref: str) -> str:
    """Return the commit that a reference means now. Asks the network.

    Args:
        ref: a tag, a branch, a commit (full or its first seven digits at least); "" for the branch that the
            repository proposes.

    Raises: DepotInaccessible.
    """
    _check_adresse(adresse)
    _check_ref(ref)
    named = _list_refs(adresse)
    wanted = (f"refs/tags/{ref}", f"refs/heads/{ref}", ref) if ref else ("HEAD",)
    for name in wanted:
        # An annotated tag is an object of its own; « ^{} » is the commit it stands for.
        commit = named.get(f"{name}^{{}}") or named.get(name)
        if commit:
            return commit
    if not ref:
        raise DepotInaccessible(f"{show_adresse(adresse)} : ce dépôt est vide")
    if _DEBUT_COMMIT.fullmatch(ref):
        depot = _prepare_depot(adresse)
        if commit := _find_commit(depot, ref):
            return commit
        _download(adresse, depot, ref)
        if commit := _find_commit(depot, ref):
            return commit
    raise DepotInaccessible(f"{show_adresse(adresse)} : {_describe_unknown(ref, named)}")


def fetch(adresse: str, ref: str) -> tuple[str, Path]:
    """Put a commit of a repository in the cache. Asks the network, unless the whole commit is already there.

    Args:
        adresse: what `resolve_adresse` returns.
        ref: a commit, or what `resolve_ref` admits.

    Returns: the commit, and the folder of its YAML files.

    Raises: DepotInaccessible.
    """
    _check_adresse(adresse)
    _check_ref(ref)
    if folder := find_cached(adresse, ref):
        return ref, folder
    depot = _prepare_depot(adresse)
    exact = _COMMIT.fullmatch(ref) is not None
    named = ref if exact else resolve_ref(adresse, ref)
    if not _find_commit(depot, named):
        _download(adresse, depot, named)
    commit = _find_commit(depot, named)
    if not commit:
        missing = f"n'a pas, ou n'a plus, le commit {ref[:12]}" if exact else f"« {ref or 'HEAD'} » n'est pas un commit"
        raise DepotInaccessible(f"{show_adresse(adresse)} : {missing}")
    return commit, find_cached(adresse, commit) or _extract(adresse, depot, commit)


def find_cached(adresse: str, commit: str) -> Path | None:
    """Return the folder of a commit that is in the cache, or None. Never asks the network, nor git."""
    if not _COMMIT.fullmatch(commit):
        return None
    folder = _find_folder(adresse) / commit
    return folder if folder.is_dir() else None


def show_adresse(adresse: str) -> str:
    """Return an address as it may be shown: a folder from here, no password."""
    if os.path.isabs(adresse):
        return display_path(Path(adresse))
    return _hide_password(adresse)


def _hide_password(text: str) -> str:
    return re.sub(r"(?<=://)[^/@\s]*@", "…@", text)


# --- The cache ---


def _find_folder(adresse: str) -> Path:
    return find_cache() / "bibliotheques" / hashlib.sha256(adresse.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _prepare_depot(adresse: str) -> Path:
    """Return the bare repository that holds what was fetched from an address, made when it is missing."""
    depot = _find_folder(adresse) / "depot.git"
    if (depot / "HEAD").is_file():
        return depot
    temporary = _make_temporary(depot.parent)
    try:
        _run_git(adresse, ["init", "--quiet", "--bare", "--template=", str(temporary / "depot.git")])
        _move(temporary / "depot.git", depot)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return depot


def _make_temporary(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=folder, prefix=".en-cours-"))
    except OSError as error:
        raise DepotInaccessible(f"{folder} : écriture impossible ({describe_os_error(error)})") from error


def _move(source: Path, target: Path) -> None:
    """Give a finished folder its name; when another run was faster, its folder is as good."""
    try:
        os.rename(source, target)
    except OSError as error:
        if not target.is_dir():
            raise DepotInaccessible(f"{target} : écriture impossible ({describe_os_error(error)})") from error


def _find_commit(depot: Path, commit: str) -> str:
    """Return the full name of a commit that the bare repository already holds, or ""."""
    status, output, _ = _call_git(["-C", str(depot), "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"])
    found = output.decode("ascii", "replace").strip()
    return found if status == 0 and _COMMIT.fullmatch(found) else ""


def _download(adresse: str, depot: Path, commit: str) -> None:
    """Fetch every branch and tag, then the commit alone when no branch leads to it any more.

    Why the answer counts more than the status: of two runs that fetch at once, one may fail to write a reference that
    the other has just written, and the commit is there all the same.
    """
    common = ["-C", str(depot), "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--force", "--prune"]
    branches = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    status, _, message = _call_git([*common, "--", adresse, *branches])
    if _find_commit(depot, commit):
        return
    if status != 0:
        raise DepotInaccessible(f"{show_adresse(adresse)} : {_translate(message)}")
    if _COMMIT.fullmatch(commit):
        _call_git([*common[:-2], "--", adresse, commit])


def _extract(adresse: str, depot: Path, commit: str) -> Path:
    """Write the YAML files of a commit in a folder of its name."""
    listing = _run_git(adresse, ["-C", str(depot), "ls-tree", "-r", "-z", "-l", "--full-tree", commit])
    files = [entry for line in listing.split(b"\0") if line and (entry := _read_entry(line))]
    if len(files) > MAX_FICHIERS:
        raise DepotInaccessible(f"{show_adresse(adresse)} : plus de {MAX_FICHIERS} fichiers YAML, dépôt refusé")
    if sum(size for _, _, size in files) > MAX_OCTETS_TOTAL:
        raise DepotInaccessible(
            f"{show_adresse(adresse)} : plus de {MAX_OCTETS_TOTAL // 1_000_000} Mo de YAML, dépôt refusé"
        )
    target = _find_folder(adresse) / commit
    temporary = _make_temporary(target.parent)
    try:
        (temporary / commit).mkdir()
        asked = b"".join(f"{blob}\n".encode() for _, blob, _ in files)
        content = _run_git(adresse, ["-C", str(depot), "cat-file", "--batch"], asked) if files else b""
        start = 0
        for name, _, size in files:
            start = content.index(b"\n", start) + 1
            path = temporary / commit / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content[start : start + size])
            start += size + 1
        _move(temporary / commit, target)
    except OSError as error:
        raise DepotInaccessible(f"{target} : écriture impossible ({describe_os_error(error)})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def _read_entry(line: bytes) -> tuple[str, str, int] | None:
    """Read a line of `ls-tree -l`: name, blob and size of a plain YAML file whose name is safe; None for the rest."""
    head, _, raw = line.partition(b"\t")
    mode, kind, blob, size = head.decode("ascii").split()
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    plain = mode in ("100644", "100755") and kind == "blob" and name.endswith(".yaml") and name.isprintable()
    if not plain or int(size) > MAX_OCTETS_FICHIER or len(name) > 300 or re.search(r'[\\:<>"|?*]', name):
        return None
    steps = name.split("/")
    if len(steps) > 10 or any(step in ("", ".", "..") or step.lower() == ".git" for step in steps):
        return None
    return name, blob, int(size)


# --- The program ---


def _list_refs(adresse: str) -> dict[str, str]:
    """Return every reference of a repository with its commit, as it answers now."""
    output = _run_git(adresse, ["ls-remote", "--quiet", "--", adresse]).decode("utf-8", "replace")
    named: dict[str, str] = {}
    for line in output.splitlines():
        commit, _, name = line.partition("\t")
        if _COMMIT.fullmatch(commit):
            named[name] = commit
    return named


def _run_git(adresse: str, arguments: list[str], given: bytes = b"") -> bytes:
    status, output, message = _call_git(arguments, given)
    if status != 0:
        raise DepotInaccessible(f"{show_adresse(adresse)} : {_translate(message)}")
    return output


def _call_git(arguments: list[str], given: bytes = b"") -> tuple[int, bytes, str]:
    """Run git without a shell, a terminal or a question, for `DELAI_SECONDES` at most.

    Returns: status, output, and what it said.

    Raises: DepotInaccessible when the program is missing, takes too long or says too much.
    """
    settings = [word for setting in _REGLAGES for word in ("-c", setting)]
    environment = {key: value for key, value in os.environ.items() if key not in _VARIABLES_DU_DEPOT}
    environment |= {
        "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLES),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
    program = shutil.which("git")
    if program is None:
        raise DepotInaccessible("le programme git n'est pas installé : il faut git pour récupérer cette bibliothèque")
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        # Files and not pipes: what a foreign server makes git say is bounded when it is read, not in memory.
        stdin.write(given)
        stdin.seek(0)
        try:
            # A session of its own has no terminal: ssh cannot ask for a password there, and all of it can be stopped.
            process = subprocess.Popen(
                [program, *settings, *arguments],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = describe_os_error(error) if isinstance(error, OSError) else "adresse invalide"
            raise DepotInaccessible(f"le programme git ne démarre pas ({reason})") from error
        try:
            status = process.wait(timeout=DELAI_SECONDES)
        except subprocess.TimeoutExpired as error:
            raise DepotInaccessible(f"git ne répond pas depuis {DELAI_SECONDES} secondes : arrêté") from error
        finally:
            _stop(process)
        stdout.seek(0)
        stderr.seek(0)
        output = stdout.read(_MAX_SORTIE + 1)
        if len(output) > _MAX_SORTIE:
            raise DepotInaccessible("ce dépôt est trop grand pour une bibliothèque de clauses")
        return status, output, stderr.read(_MAX_MESSAGE).decode("utf-8", "replace")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End git and the programs it started, when it is still running."""
    if process.poll() is not None:
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (AttributeError, OSError):
        process.kill()
    process.wait()


_REASONS = (
    (r"transport '.*' not allowed", "ce protocole n'est pas admis"),
    (r"could not resolve host|name or service not known|no such host", "ce serveur est introuvable"),
    (
        r"authentication failed|could not read (username|password)|permission denied|terminal prompts disabled|"
        r"returned error: 40[13]|host key verification failed",
        "le serveur refuse l'accès",
    ),
    (
        r"connection (refused|timed out|reset)|failed to connect|couldn't connect|unable to connect|network is unr",
        "le serveur ne répond pas",
    ),
    (r"dubious ownership", "ce dossier appartient à un autre utilisateur"),
    (
        r"does not appear to be a git repository|repository not found|not a git repository|does not exist|"
        r"no such file|returned error: 404|repository '.*' not found",
        "aucun dépôt git à cette adresse",
    ),
)


def _translate(message: str) -> str:
    """Say in French why git failed; its own last line follows in quotes, for whoever searches for it."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    reason = next(
        (french for pattern, french in _REASONS if re.search(pattern, message, re.IGNORECASE)), "git a échoué"
    )
    telling = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines
    return f"{reason} (git : « {_hide_password(telling[-1])[:200]} »)" if telling else reason


def _check_adresse(adresse: str) -> None:
    """Refuse what git would read as an option or as a program to start.

    Raises: DepotInaccessible.
    """
    protocol = adresse.partition("://")[0] if "://" in adresse else ""
    if not adresse.strip() or adresse.startswith("-") or not adresse.isprintable():
        raise DepotInaccessible(f"« {adresse[:100]} » n'est pas l'adresse d'un dépôt")
    if re.match(r"[A-Za-z0-9+.-]+::", adresse) or (protocol and protocol not in PROTOCOLES):
        kinds = ", ".join(PROTOCOLES)
        raise DepotInaccessible(
            f"« {show_adresse(adresse)[:100]} » : protocole refusé ; admis : {kinds}, ou un dossier"
        )


def _check_ref(ref: str) -> None:
    """Refuse what git-check-ref-format(1) refuses, and what git would read as an option or as a search.

    Raises: DepotInaccessible.
    """
    if not ref:
        return
    if ref.startswith("-") or len(ref) > 250 or re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/$|\.$", ref):
        raise DepotInaccessible(f"« {ref[:100]} » ne peut pas nommer une branche, une étiquette ou un commit")


def _describe_unknown(ref: str, named: dict[str, str]) -> str:
    names = [name.removeprefix("refs/heads/").removeprefix("refs/tags/") for name in named if not name.endswith("^{}")]
    known = sorted({name for name in names if name != "HEAD" and not name.startswith("refs/")})
    near = suggest(ref, known)
    if near:
        return f"« {ref} » introuvable ; vouliez-vous « {near} » ?"
    return f"« {ref} » introuvable" + (" ; ce dépôt a : " + ", ".join(known[:8]) if known else "")
