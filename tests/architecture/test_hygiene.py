"""What a commit may hold."""

import subprocess

import pytest
from rules import hygiene

RULES = [hygiene.machine_paths, hygiene.registry_hosts, hygiene.long_files, hygiene.stubs]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_repository_is_clean(rule, repository):
    assert rule(repository, hygiene.tracked(repository)) == []


@pytest.mark.parametrize("path", ["work", "farm", "root", "var/tmp"])
def test_a_path_of_one_machine_is_found(tree, path):
    root = tree({"docs/a.md": f"See\n/{path}/somebody for more."})

    assert [line.split(":")[1] for line in hygiene.machine_paths(root, [root / "docs/a.md"])] == ["2"]


def test_a_path_below_a_variable_is_no_machine_path(tree):
    root = tree({"docs/a.md": "$XDG/work/x, state/root/y and https://example.com/work/x"})

    assert hygiene.machine_paths(root, [root / "docs/a.md"]) == []


@pytest.mark.parametrize(
    "host", ["pypi.org", "registry.npmjs.org", "proxy.golang.org", "files.pythonhosted.org"]
)
def test_a_registry_host_is_found(tree, host):
    root = tree({"package-lock.json": '"resolved": "https' + f'://{host}/x.tgz"'})

    assert len(hygiene.registry_hosts(root, [root / "package-lock.json"])) == 1


def test_a_python_file_of_more_than_400_lines_is_found(tree):
    root = tree({"a.py": "x = 1\n" * 400, "b.py": "x = 1\n" * 401, "c.md": "x\n" * 500})

    assert hygiene.long_files(root, sorted(root.iterdir())) == ["b.py:400: has 401 lines, more than 400"]


def test_stubs_are_found(tree):
    root = tree(
        {
            "docs/.gitkeep": "",
            "setup/later.py": '"""Will come."""\npass\n',
            "addons/odooops_sso/__init__.py": "",
            "addons/odooops_otel/__init__.py": "",
            "addons/odooops_otel/hooks.py": "x = 1",
        }
    )

    found = hygiene.stubs(root, [path for path in sorted(root.rglob("*")) if path.is_file()])

    assert [line.split(":")[0] for line in found] == ["docs/.gitkeep", "setup/later.py", "addons/odooops_sso"]


def test_ignored_files_are_not_looked_at_and_new_ones_are(tree):
    root = tree({".gitignore": "ignored\n", "ignored": "x", "new": "x", "committed": "x"})
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "committed"], cwd=root, check=True)

    assert [path.name for path in hygiene.tracked(root)] == [".gitignore", "committed", "new"]
