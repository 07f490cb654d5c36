"""What a commit may hold: no path of somebody's machine, no registry host, no overlong file, no stub."""

import ast
import re
import subprocess
from pathlib import Path

from .source import finding, parsed

MAX_LINES = 400
MACHINE_PATH = re.compile(r"(?:^|[^\w.-])(/(?:work|farm|root|var/tmp)/[\w.-]*)")
REGISTRY_HOST = re.compile(
    r"https?://[a-z0-9.-]*(?:pypi|npmjs|golang|debian|maven|crates|pythonhosted)[a-z0-9.-]*"
)
# Licence texts and Debian's documentation are not ours to shorten.
BINARY = frozenset({".png", ".gif", ".ico", ".woff", ".woff2", ".gz", ".bin"})


def tracked(root: Path) -> list[Path]:
    """The files of the checkout that are committed or about to be: not ignored by Git."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({root / name for name in names if name and (root / name).is_file()})


def machine_paths(root: Path, paths: list[Path]) -> list[str]:
    """Paths that exist only where the file was written."""
    return _matches(root, paths, MACHINE_PATH, "names a path of one machine")


def registry_hosts(root: Path, paths: list[Path]) -> list[str]:
    """Addresses of package registries: which one is used is the machine's choice."""
    return _matches(root, paths, REGISTRY_HOST, "names a package registry")


def long_files(root: Path, paths: list[Path]) -> list[str]:
    """Python files that are too long to be one thing."""
    return [
        finding(root, path, MAX_LINES, f"has {count} lines, more than {MAX_LINES}")
        for path in paths
        if path.suffix == ".py" and (count := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    ]


def stubs(root: Path, paths: list[Path]) -> list[str]:
    """Empty files, modules without a statement, and folders that hold nothing else."""
    return [
        finding(root, path, 1, "is a stub: a file comes with its first real content")
        for path in paths
        if path.name != "__init__.py" and _is_stub(path)
    ] + [
        finding(root, folder, 1, "is a stub: a folder comes with its first real content")
        for folder in sorted({path.parent for path in paths if path.name == "__init__.py"})
        if _is_empty_package(folder, paths)
    ]


def _is_stub(path: Path) -> bool:
    if path.suffix != ".py":
        return not path.read_bytes().strip()
    return all(isinstance(node, ast.Pass) or _is_prose(node) for node in parsed(path).body)


def _is_empty_package(folder: Path, paths: list[Path]) -> bool:
    inside = [path for path in paths if folder in path.parents]
    return inside == [folder / "__init__.py"] and _is_stub(folder / "__init__.py")


def _is_prose(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _matches(root: Path, paths: list[Path], pattern: re.Pattern, message: str) -> list[str]:
    found = []
    for path in paths:
        if path.suffix in BINARY:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if match := pattern.search(line):
                found.append(finding(root, path, number, f"{message}: {match.group().strip()}"))
    return found
