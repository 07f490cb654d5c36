"""``odooops rollback ENV``: runs the operator's own command for it, and records what became of it.

The command stands in the operator's file (``[rollback.ENV] command = [...]``, see :mod:`odooops.profiles`) and
nowhere else: whoever may write records in Odoo must not thereby run programs on an operator's machine.
"""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import secret_input
from ..client import Client
from ..nouns import Call, Nouns
from ..stack.errors import StackError
from ..usage import whole
from . import deployment as deployments, gate

# Recorded by Odoo itself when modules change: no version that a command could bring back.
BY_ITSELF = "module"
LOOKED_AT = 100
STANDARD_ERROR = 2


class Rollback(NamedTuple):
    """What is taken back, and to what."""

    bad: dict[str, Any]
    good: dict[str, Any]


def plan_rollback(client: Client, environment: str, to: int | None = None) -> Rollback:
    """The last deployment, and the last good one of another version before it (or ``to``); raises StackError."""
    found = deployments.list_deployments(client, environment=environment, limit=LOOKED_AT)
    found = [deployment for deployment in found if deployment["source"] != BY_ITSELF]
    ended = [deployment for deployment in found if _is_ended(deployment)]
    if found and found[0]["state"] == "running":
        raise StackError(
            f"deployment {found[0]['id']} of {environment} still runs: odooops deployment finish {found[0]['id']} "
            "--failed first"
        )
    if not ended:
        raise StackError(f"there is no deployment of {environment} to take back: odooops deployment list")
    bad, *before = ended
    good = [deployment for deployment in before if _is_good(deployment, bad, to)]
    if not good:
        wanted = f"deployment {to}" if to else "a good deployment of another version"
        raise StackError(
            f"{wanted} is not among those of {environment} before {bad['version']} (id {bad['id']})"
        )
    return Rollback(bad, good[0])


def _is_ended(deployment: dict[str, Any]) -> bool:
    # A rollback that failed is tried again, not taken back.
    is_tried = deployment["state"] == "failed" and deployment["rollback_of"]
    return deployment["state"] in ("succeeded", "failed") and not is_tried


def _is_good(deployment: dict[str, Any], bad: dict[str, Any], to: int | None) -> bool:
    if to is not None:
        return deployment["id"] == to
    return deployment["state"] == "succeeded" and deployment["version"] != bad["version"]


def roll_back(
    client: Client,
    environment: str,
    rollback: Rollback,
    run: Callable[[Mapping[str, str]], int],
    *,
    wait: float = 0,
    progress: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Runs the command between the start and the end of a recorded deployment; returns that deployment.

    ``run`` gets the variables of the command and returns its exit code.
    """
    bad, good = rollback
    started = deployments.start_deployment(
        client, environment, good["version"], commit=good["commit"], rollback_of=bad["id"]
    )
    try:
        exit_code = run(variables(environment, rollback, started["id"]))
    except BaseException:
        # Interrupted, too: it must not stay open and be in the way of the next one.
        deployments.finish_deployment(
            client, started["id"], "failed", note="The command was not run to its end."
        )
        raise
    if exit_code:
        note = f"The command ended with exit code {exit_code}."
        return deployments.finish_deployment(client, started["id"], "failed", note=note)
    return deployments.finish_deployment(client, started["id"], wait=wait, progress=progress)


def variables(environment: str, rollback: Rollback, deployment: int) -> dict[str, str]:
    """What the command learns about the rollback."""
    bad, good = rollback
    return {
        "ODOOOPS_ROLLBACK_ENVIRONMENT": environment,
        "ODOOOPS_ROLLBACK_DEPLOYMENT": str(deployment),
        "ODOOOPS_ROLLBACK_FROM_VERSION": bad["version"],
        "ODOOOPS_ROLLBACK_FROM_COMMIT": bad["commit"] or "",
        "ODOOOPS_ROLLBACK_TO_VERSION": good["version"],
        "ODOOOPS_ROLLBACK_TO_COMMIT": good["commit"] or "",
    }


def run_command(command: Sequence[str], own: Mapping[str, str]) -> int:
    """The exit code of the operator's command; what it prints goes to standard error, data stays data."""
    try:
        done = subprocess.run(command, env={**os.environ, **own}, stdout=STANDARD_ERROR, check=False)
    except OSError as error:
        raise StackError(f"the rollback command {command[0]} cannot be run: {error.strerror}") from None
    return done.returncode


def _run(call: Call) -> dict[str, Any]:
    options = call.options
    command = call.profiles.rollback.get(options.environment)
    if not command:
        raise StackError(
            f"no command is known: write [rollback.{options.environment}] with command = [...] into "
            f"{call.profiles.path}"
        )
    rollback = plan_rollback(call.client, options.environment, options.to)
    question = (
        f"Take {options.environment} back from {rollback.bad['version']} to {rollback.good['version']} "
        f"by {command[0]}?"
    )
    if not options.yes and not secret_input.is_confirmed(question):
        raise StackError("nothing was done")
    return roll_back(
        call.client,
        options.environment,
        rollback,
        lambda own: run_command(command, own),
        wait=options.wait,
        progress=call.progress,
    )


def register(nouns: Nouns) -> None:
    """The command line of this command."""
    command = nouns.command(
        "rollback",
        "take an environment back to its last good deployment",
        _run,
        "Runs the command that your own file has for the environment, and records it as a deployment that takes back\n"
        "the last one. The command learns by ODOOOPS_ROLLBACK_TO_VERSION, …_TO_COMMIT, …_FROM_VERSION, …_FROM_COMMIT,\n"
        "…_ENVIRONMENT and …_DEPLOYMENT what it is about. Exit code 1 when it or a health gate fails.",
        text=deployments.as_text,
        code=deployments.code,
    )
    command.add_argument("environment", metavar="ENV")
    command.add_argument(
        "--to", type=whole, metavar="ID", help="to this deployment (default: the last good one)"
    )
    command.add_argument("--yes", action="store_true", help="do not ask")
    gate.add_wait(command)
