"""The four roles and which of them another one includes."""

from __future__ import annotations

from collections.abc import Collection

VIEWER, OPERATOR, AUDITOR, ADMIN = ROLES = ("viewer", "operator", "auditor", "admin")

# What asks for none of them, on purpose.
EVERYBODY = "everybody"

# Role → the roles that include it, itself first. Administrators are not auditors: who sets the platform up
# does not also judge what was done with it.
_INCLUDED_IN = {
    VIEWER: (VIEWER, OPERATOR, AUDITOR, ADMIN),
    OPERATOR: (OPERATOR, ADMIN),
    AUDITOR: (AUDITOR,),
    ADMIN: (ADMIN,),
}


def included_in(role: str) -> tuple[str, ...]:
    """The roles whose holders also hold ``role``; raises KeyError for what is no role."""
    return _INCLUDED_IN[role]


def smallest(roles: Collection[str]) -> list[str]:
    """Those of ``roles`` that do not include another of them: who holds more holds these as well."""
    return [
        role
        for role in ROLES
        if role in roles and not any(role in included_in(other) for other in roles if other != role)
    ]


def largest(roles: Collection[str]) -> list[str]:
    """Those of ``roles`` that are not included in another of them: whoever holds these holds all."""
    return [
        role
        for role in ROLES
        if role in roles and not any(other in included_in(role) for other in roles if other != role)
    ]
