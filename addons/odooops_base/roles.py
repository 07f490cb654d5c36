"""Which role a public method asks for: said once, at the method, and checked before it runs.

::

    @api.model
    @requires("operator")
    def start_deployment(self, environment, version): ...

The access table (``docs/access.md``) is made of what the decorator notes, and a test fails for a public method
without one.
"""

import functools
from collections.abc import Callable

from .tools.roles import included_in


def requires(role: str, *, everywhere: bool = False) -> Callable[[Callable], Callable]:
    """Refuses callers that do not hold ``role``: on records, in the environment of each of them.

    ``everywhere`` is for what concerns the platform as a whole: a role in some environments does not do.
    Raises AccessError when the method is called; KeyError at import for what is no role.
    """
    included_in(role)

    def decorate(method: Callable) -> Callable:
        @functools.wraps(method)
        def checked(self, *args, **kwargs):
            self.env["res.users"]._check_odooops_role(role, self, everywhere)
            return method(self, *args, **kwargs)

        checked._odooops_role = role
        return checked

    return decorate
