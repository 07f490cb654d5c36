"""Which role a public method or a route asks for: said once, at the method, and checked before it runs.

::

    @api.model
    @requires("operator")
    def start_deployment(self, environment, version): ...

    @http.route("/odooops/logs", auth="user")
    @requires("viewer")
    def logs(self): ...

The access table (``docs/access.md``) is made of what the decorators note, and a test fails for a public method or a
route without one.
"""

import functools
from collections.abc import Callable

from odoo.models import BaseModel

from .tools.roles import EVERYBODY, included_in


def requires(role: str, *, everywhere: bool = False) -> Callable[[Callable], Callable]:
    """Refuses callers that do not hold ``role``: on records, in the environment of each of them.

    A method of the model or a controller asks for the role in any environment: it has to check by itself the
    environment that it acts on (``odooops.environment._find``). ``everywhere`` is for what concerns the platform as
    a whole: a role in some environments does not do.
    Raises AccessError when the method is called; KeyError at import for what is no role.
    """
    included_in(role)

    def decorate(method: Callable) -> Callable:
        @functools.wraps(method)
        def checked(self, *args, **kwargs):
            records = self if isinstance(self, BaseModel) else None
            self.env["res.users"]._check_odooops_role(role, records, everywhere)
            return method(self, *args, **kwargs)

        checked._odooops_role = role
        checked._odooops_everywhere = everywhere
        return checked

    return decorate


def for_everybody(method: Callable) -> Callable:
    """Says of a method or route that it asks for no role, on purpose: what it gives is no secret, or it checks."""
    method._odooops_role = EVERYBODY
    return method
