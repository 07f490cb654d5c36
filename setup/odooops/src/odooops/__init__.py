"""OdooOps outside Odoo: the command line client and the launcher of the local stack."""

__version__ = "0.1.0"
