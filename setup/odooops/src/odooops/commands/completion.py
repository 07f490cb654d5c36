"""``odooops completion``: what a shell needs to complete our command line."""

from .. import completion
from ..nouns import Nouns

DESCRIPTION = """\
Prints what the shell has to run once to complete commands, options and names by the tab key:
  bash    eval "$(odooops completion bash)"          in ~/.bashrc
  zsh     eval "$(odooops completion zsh)"           in ~/.zshrc, after compinit
  fish    odooops completion fish | source           in ~/.config/fish/config.fish"""


def register(nouns: Nouns) -> None:
    """The command line of this command."""
    command = nouns.command(
        "completion",
        "completion for bash, zsh and fish",
        lambda call: completion.script(call.options.shell),
        DESCRIPTION,
        text=str,
        colours="nothing",
    )
    command.add_argument(
        "shell", choices=completion.SHELLS, metavar="SHELL", help=", ".join(completion.SHELLS)
    )
