"""Guards the house: what is imported, what is only read, which way imports point, and which door a library has."""

import ast
import json
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Container, Iterable, Iterator
from fnmatch import fnmatch
from functools import cache
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# The folders that modules of the same name read. None is a package: see README, "The house".
READ_NOT_IMPORTED = ("channels", "templates", "queue", "tests")

# The queue's three: its tables, its moves, and the registers and records that are kept beside them.
TABLE_USERS = (
    "publisher/acceptances.py",
    "publisher/accounts.py",
    "publisher/as_stored.py",
    "publisher/emergencies.py",
    "publisher/bundle.py",
    "publisher/chain.py",
    "publisher/checkpoints.py",
    "publisher/concern_drawer.py",
    "publisher/consents.py",
    "publisher/costs.py",
    "publisher/database.py",
    "publisher/disposal.py",
    "publisher/doctor/record.py",
    "publisher/doctor/website.py",
    "publisher/editions.py",
    "publisher/ends.py",
    "publisher/erasing.py",
    "publisher/health_book.py",
    "publisher/holds.py",
    "publisher/identities.py",
    "publisher/leaving.py",
    "publisher/logbook.py",
    "publisher/moves.py",
    "publisher/overrides.py",
    "publisher/queue.py",
    "publisher/record.py",
    "publisher/register.py",
    "publisher/retention.py",
    "publisher/risk_standing.py",
    "publisher/sameness.py",
    "publisher/schema.py",
    "publisher/sealed.py",
    "publisher/states.py",
    "publisher/stored_row.py",
    "publisher/tables.py",
    "publisher/ties.py",
    "publisher/tokens.py",
    "publisher/verdicts.py",
    "publisher/verifying.py",
    "queue/migrations/*",
)

# library: the files that may import it. Everyone else asks the door.
DOORS = {
    "alembic": ("publisher/database.py", "queue/migrations/*"),
    "apscheduler": ("publisher/daemon.py",),
    "click": ("publisher/cli/*",),
    "cryptography": ("publisher/checkpoints.py",),
    "fastapi": ("publisher/api.py", "publisher/openapi.py"),
    "facebook": ("channels/_graph.py", "channels/facebook.py", "channels/instagram.py"),
    "instagrapi": ("channels/_instagrapi_client.py",),
    "icalendar": ("publisher/diary/feed.py", "publisher/diary/reading.py"),
    "jinja2": ("publisher/templates.py",),
    "markupsafe": ("publisher/templates.py",),
    "PIL": ("publisher/media.py", "publisher/opening.py", "publisher/cards.py", "publisher/rehearsal/*"),
    "pi_heif": ("publisher/opening.py",),
    "numpy": ("publisher/reader.py",),
    "onnxruntime": ("publisher/reader.py",),
    "re2": ("publisher/policy/expressions.py",),
    "requests": ("publisher/wire.py", "publisher/rehearsal/*"),
    "sqlalchemy": TABLE_USERS,
    "sqlmodel": TABLE_USERS,
    "stdnum": ("publisher/policy/detectors/personal.py",),
    "starlette": (
        "publisher/api.py",
        "publisher/problems.py",
        "publisher/hook.py",
        "publisher/serve.py",
        "publisher/daemon.py",
        "publisher/rehearsal/*",
    ),
    "tokenizers": ("publisher/reader.py",),
    "tomllib": (
        "publisher/config.py",
        "publisher/item_files.py",
        "publisher/policy/*",
        "publisher/quotes.py",
        "publisher/schedule.py",
    ),
    "tweepy": ("channels/twitter.py",),
    "urllib3": ("publisher/connections.py", "publisher/wire.py"),
    "uvicorn": ("publisher/hook.py", "publisher/serve.py", "publisher/daemon.py", "publisher/rehearsal/*"),
}

# Lowest first. A module imports from its own row or a lower one. One that is in no row counts as a use case.
# fmt: off
LAYERS = (
    ("words", {"clearance", "contrast", "conversing", "cues", "declared", "erased", "errors", "freetext", "heif_boxes", "item", "learned", "lengths", "likeness", "logs", "model", "moments", "nearest", "own_doors", "own_ids", "page_head", "paths", "permalinks", "picture_kinds", "places", "quotes", "references", "repeats", "schedule", "secrecy", "settings", "spelling", "strict_json", "times", "token_form", "via", "transmissions"}),
    ("parts", {"acceptances", "advice", "answers", "as_stored", "at_risk", "cards", "chain", "channels", "config", "connections", "database", "designation", "diary", "doubts", "editions", "front", "held", "item_files", "lookalikes", "media", "moves", "notices", "opening", "own_places", "page_words", "pages", "picture_files", "policy", "prices", "queue", "reader", "readings", "record", "register", "risk_standing", "schema", "sealed", "services", "signatures", "stored_row",
               "tables", "templates", "token_files", "tree", "unix_socket", "verify", "views", "wake", "ways", "wire"}),
    ("use cases", {"compose", "release"}),
    ("composition root", {"app", "checking", "doctor", "rulebook", "rulings", "trials", "previewing"}),
    ("office", {"office"}),
    ("entry points", {"__main__", "answer_shapes", "api", "cli", "daemon", "hook", "knocking", "openapi", "problems", "rehearsal", "remote", "serve", "starting"}),
)
# fmt: on
USE_CASES = 2

# What an adapter has no business with: it translates, others decide and remember.
DECIDERS = ("clearance", "policy", "queue", "register", "tables")

# The core makes the one session and hands it over, so that it can refuse what an adapter has not declared.
NETWORK = (
    "aiohttp", "ftplib", "http.client", "httpx", "requests", "smtplib", "socket", "ssl", "urllib.request", "urllib3",
)  # fmt: skip

# `publisher --help` must answer at once, on the slowest machine in the office.
SLOW_TO_LOAD = {
    "PIL", "alembic", "apscheduler", "facebook", "icalendar", "instagrapi", "jinja2", "numpy", "onnxruntime", "pi_heif", "pydantic", "re2",
    "requests", "sqlalchemy", "sqlmodel", "starlette", "tweepy", "uvicorn",
}  # fmt: skip


def sources() -> list[Path]:
    """Every Python file that ships, relative to the root."""
    files = (
        file for top in ("publisher", "channels", "queue/migrations") for file in (ROOT / top).rglob("*.py")
    )
    return sorted(file.relative_to(ROOT) for file in files)


def module_name(file: Path) -> str:
    parts = ("publisher", *file.parts) if file.parts[0] == "channels" else file.parts
    return ".".join(parts).removesuffix(".py").removesuffix(".__init__")


@cache
def imports(file: Path) -> frozenset[str]:
    """Each dotted name that a file imports, wherever in it: `from a import b` counts as `a.b`."""
    return frozenset(name for node in ast.walk(tree(file)) for name in imported_by(node, file))


@cache
def imports_that_run(file: Path) -> frozenset[str]:
    """The same, less what only the type checker sees: `if TYPE_CHECKING:`."""
    return frozenset(name for node in running(tree(file)) for name in imported_by(node, file))


def running(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")):
            yield from running(child)


def tree(file: Path) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def imported_by(node: ast.AST, file: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{origin(node, file)}.{alias.name}" for alias in node.names)


def origin(node: ast.ImportFrom, file: Path) -> str:
    if not node.level:
        return node.module or ""
    here = module_name(file).split(".") + ["__init__"] * (file.name == "__init__.py")
    return ".".join([*here[: -node.level], *filter(None, [node.module])])


def within(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")


def layer(module: str) -> int:
    noun = module.split(".")[1]
    return next((rank for rank, (_, nouns) in enumerate(LAYERS) if noun in nouns), USE_CASES)


def ours(names: Iterable[str], modules: Container[str]) -> set[str]:
    """The modules of ours among imported names: for each the longest that is one."""
    return {module for name in names for module in prefixes(name) if module in modules}


def prefixes(name: str) -> Iterator[str]:
    """`publisher.a.b` for `publisher.a.b` and for `publisher.a.b.some_function`."""
    yield name
    yield name.rpartition(".")[0]


def parents(module: str) -> set[str]:
    """A package is loaded before its parts by Python itself, whatever they say."""
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(2, len(parts))}


def modules_of_ours() -> dict[str, Path]:
    found = {module_name(file): file for file in sources() if file.parts[0] != "queue"}
    found.pop("publisher")
    return found


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def test_the_standard_librarys_queue_is_not_ours() -> None:
    """From the repository's root, `import queue` gives the standard library's, or requests breaks at first use."""
    found = Path(python("import queue; print(queue.__file__)").strip())
    assert found.parent == Path(sysconfig.get_path("stdlib"))


@pytest.mark.parametrize("folder", READ_NOT_IMPORTED)
def test_a_folder_that_is_read_is_not_a_package(folder: str) -> None:
    """No __init__.py outside publisher/: queue/ would shadow the standard library, channels/ another's package."""
    assert [str(file) for file in (ROOT / folder).rglob("__init__.py")] == []


@pytest.mark.parametrize("library", DOORS)
def test_each_outside_library_has_one_door(library: str) -> None:
    """A library is imported only by the module that gives it our words, so that replacing it touches one place."""
    users = {file.as_posix() for file in sources() if any(within(name, library) for name in imports(file))}
    assert [user for user in users if not any(fnmatch(user, door) for door in DOORS[library])] == []


def test_everything_imported_is_declared() -> None:
    """What a module imports is in pyproject.toml by name, not there by another library's grace."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = project["dependencies"] + extras["reader"] + extras["instagrapi"]
    declared = {canonical(re.split(r"[<>=,]", line)[0]) for line in lines}
    providers = packages_distributions()
    used = {name.partition(".")[0] for file in sources() for name in imports(file)}
    outside = used - sys.stdlib_module_names - {"publisher"}
    missing = {name for name in outside if not declared & set(map(canonical, providers.get(name, [])))}
    assert missing == set()


def canonical(name: str) -> str:
    """Names of packages compare so (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_imports_point_one_way() -> None:
    """Entry points know the composition root, it the use cases, they the parts, and these the words: never upwards."""
    modules = modules_of_ours()
    upward = [
        f"{module} ({LAYERS[layer(module)][0]}) imports {other} ({LAYERS[layer(other)][0]})"
        for module, file in modules.items()
        for other in ours(imports(file), modules)
        if layer(other) > layer(module)
    ]
    assert upward == []


def test_no_modules_import_each_other() -> None:
    """Two modules that need each other are one module, or hide a third."""
    modules = modules_of_ours()
    graph = {
        module: ours(imports_that_run(file), modules) - {module, *parents(module)}
        for module, file in modules.items()
    }
    TopologicalSorter(graph).prepare()  # a CycleError names the circle


def test_adapters_make_no_connections() -> None:
    """An adapter gets its session from the core, so that a call it has not declared cannot leave."""
    adapters = [file for file in sources() if file.parts[0] == "channels"]
    made = [
        f"{file}: {name}"
        for file in adapters
        for name in imports(file)
        if any(within(name, net) for net in NETWORK)
    ]
    assert made == []


def test_no_adapter_makes_its_session() -> None:
    """The core's factory makes it, for the calls that the adapter declares: `Session` is named in none of them."""
    named = [
        f"{file}:{node.lineno}"
        for file in sources() if file.parts[0] == "channels"
        for node in ast.walk(tree(file))
        if (isinstance(node, ast.alias | ast.Attribute | ast.Name))
        and "Session" in {getattr(node, part, "") for part in ("name", "attr", "id")}
    ]  # fmt: skip
    assert named == []


BESIDES = {
    "connection", "discard", "find_is_proof", "lend", "outdated", "page_is_live", "post_hosts", "public_pages", "refusal", "remade", "risk", "risk_way_out",
    "take_back", "take_back_old",
}  # fmt: skip
"""What an adapter may have besides, by the names of publisher/channels.py."""


def test_what_an_adapter_may_have_is_asked_for_in_one_place() -> None:
    """`getattr` with a name in quotes is a contract that no type checker sees: publisher/channels.py alone has it."""
    asked = [
        f"{file}:{node.lineno}"
        for file in sources() if file.as_posix() != "publisher/channels.py"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"getattr", "hasattr"}
        and any(isinstance(given, ast.Constant) and given.value in BESIDES for given in node.args)
    ]  # fmt: skip
    assert asked == []


def test_nothing_is_decided_by_the_words_for_engineers() -> None:
    """They are for people, may be worded anew, and have secrets struck out: a program goes by `Judgement.cause`."""
    decided = [
        f"{file}:{node.lineno}: {ast.unparse(node)}"
        for file in sources()
        for node in ast.walk(tree(file))
        if (isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("with", "search", "match"))))
        and ".engineer" in ast.unparse(node)
    ]  # fmt: skip
    assert decided == []


def test_adapters_decide_and_remember_nothing() -> None:
    """An adapter translates for one platform: the gate, the queue and the register are not its business."""
    adapters = [file for file in sources() if file.parts[0] == "channels"]
    known = [(str(file), name) for file in adapters for name in imports(file)]
    assert [use for use in known if any(within(use[1], f"publisher.{decider}") for decider in DECIDERS)] == []


def test_adapters_load_their_library_when_they_use_it() -> None:
    """Loading every adapter to list the channels must not load every platform's library."""
    adapters = [file for file in sources() if file.parts[0] == "channels"]
    top = [(file, name) for file in adapters for node in tree(file).body for name in imported_by(node, file)]
    assert [f"{file}: {name}" for file, name in top if name.partition(".")[0] in SLOW_TO_LOAD] == []


def test_help_loads_nothing_slow() -> None:
    """`publisher --help` needs none of the large libraries, nor may importing them be its side effect."""
    loaded = python(
        "import contextlib, io, json, sys\n"
        "sys.argv = ['publisher', '--help']\n"
        "from publisher.__main__ import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main()\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    assert SLOW_TO_LOAD & set(json.loads(loaded)) == set()


def test_a_check_loads_no_library_that_it_does_not_use() -> None:
    """What draws, sends, stores or reads sentences is loaded when it is needed: nobody waits for it at a check."""
    loaded = python(
        "import json, sys\n"
        "import publisher.checking, publisher.channels.site\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    used = {"jinja2", "pydantic", "re2"}
    assert SLOW_TO_LOAD & set(json.loads(loaded)) == used


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_name_no_address(lock: str) -> None:
    """A lock is names, versions and hashes: any index, a council's own mirror included, can serve it."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert text.count("==") <= text.count("--hash=sha256:")


def test_every_run_time_version_is_the_one_tested() -> None:
    """The developers' lock holds everything the run-time lock does, at the same version."""
    run, dev = (pins(ROOT / name) for name in ("requirements.lock", "requirements-dev.lock"))
    assert run <= dev


def pins(lock: Path) -> set[str]:
    """Names with versions; on which machines a package is needed may differ between the two files."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return {
        line.partition(" ;")[0].rstrip(" \\")
        for line in lines
        if "==" in line and not line.startswith((" ", "#"))
    }


def test_nothing_names_a_package_index() -> None:
    """Where packages come from is the machine's business: no file of ours points at an index."""
    hosts = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs")
    files = [file for file in ROOT.iterdir() if file.is_file()]
    for top in ("publisher", "channels", "templates", "queue/migrations", "tests", ".ci"):
        files += [file for file in (ROOT / top).rglob("*") if file.is_file() and file.suffix != ".pyc"]
    texts = {file: file.read_bytes().decode("utf-8", errors="replace") for file in files}
    assert [str(file) for file, text in texts.items() if any(host in text for host in hosts)] == []
