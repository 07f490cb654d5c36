"""What the page says about a part that is not healthy: what is wrong, and what to do."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# The reasons of tools.components.evaluate. Values: address (host:port), status (of HTTP).
ADVICE = {
    "unchecked": _lt("The list of parts has no check for it."),
    "unfinished": _lt("The check of %(address)s did not end in time. Does its name resolve?"),
    "refused": _lt(
        "Nothing listens at %(address)s. setup/cli status shows the process, setup/up starts it again."
    ),
    "timeout": _lt("%(address)s did not answer within a second. It is overloaded or hangs: see its log."),
    "unresolved": _lt("The host name in %(address)s is not known. Correct it in the list of parts."),
    "unreachable": _lt("%(address)s cannot be reached. Check the address, and the network on the way to it."),
    "tls": _lt("%(address)s shows a certificate that is not trusted. Renew it, or correct the address."),
    "garbled": _lt("%(address)s does not answer by HTTP. Has another program taken the port?"),
    "redirect": _lt(
        "%(address)s answered %(status)s, a redirect, and redirects are not followed. Put the final address into "
        "the list of parts."
    ),
    "status": _lt("%(address)s answered %(status)s. See its log."),
}
