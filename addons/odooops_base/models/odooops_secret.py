import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.i18n import format_list
from odoo.tools.sql import column_exists

from .. import secret_values
from ..secret_values import PROBLEMS, SecretProblem
from ..tools import references

# What configuration files and commands call it by.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
MASK = "••••••••"
SURROGATE = re.compile("[\ud800-\udfff]")


class OdooopsSecret(models.Model):
    """A password, key or token that something of the platform needs: set by people, read by nobody.

    What is stored is sealed (``tools.vault``) in a column that the ORM does not know: it cannot be read, searched,
    ordered or grouped by, exported or copied by any of its ways. Whoever needs the plain text in Python, to send it
    to whom it is for, calls ``secret_values.resolve``. Models refer to a secret by a many2one ``secret_id``.
    """

    _name = "odooops.secret"
    _description = "Secret"
    _order = "name"

    name = fields.Char(
        required=True,
        help="What configuration files and commands call it by: letters, digits, dots, dashes and underscores.",
    )
    note = fields.Char("Purpose", help="Who gave it out, and what it opens.")
    # Never computed to anything: it takes what is written, and create and write put that away.
    value = fields.Char(
        compute="_compute_value",
        readonly=False,
        groups="odooops_base.group_odooops_admin",
        help="It is encrypted and never shown again. Leave it empty to keep what is stored.",
    )
    reference = fields.Char(
        groups="odooops_base.group_odooops_admin",
        help="Instead of a value: where it is kept, read each time it is used. $ODOOOPS_SECRET_NAME is a variable of "
        "Odoo's environment, file:/path a file below the directory that ODOOOPS_SECRET_DIR names.",
    )
    source = fields.Selection(
        [
            ("stored", "Encrypted in the database"),
            ("variable", "Environment variable"),
            ("file", "File"),
            ("none", "Not set"),
        ],
        string="Storage",
        compute="_compute_source",
        compute_sudo=True,
    )
    has_value = fields.Boolean(compute="_compute_source", compute_sudo=True)
    masked = fields.Char("Stored Value", compute="_compute_source", compute_sudo=True)
    is_usable = fields.Boolean("Usable", compute="_compute_problem", search="_search_is_usable")
    problem = fields.Char(compute="_compute_problem", help="Why it cannot be used, and what to do.")
    used_by = fields.Char(compute="_compute_used_by")

    _name_uniq = models.Constraint("UNIQUE(name)", "There is a secret of that name already.")

    @api.private
    def init(self):
        super().init()
        if not column_exists(self.env.cr, self._table, "token"):
            self.env.cr.execute(SQL("ALTER TABLE odooops_secret ADD COLUMN token varchar"))

    def _compute_value(self):
        self.value = False

    @api.depends("reference")
    def _compute_source(self):
        tokens = self._get_tokens()
        for secret in self:
            secret.has_value = bool(tokens.get(secret._origin.id))
            secret.masked = MASK if secret.has_value else False
            secret.source = _get_source(secret.reference) if secret.reference else "stored"
            if not secret.reference and not secret.has_value:
                secret.source = "none"

    @api.depends("reference")
    def _compute_problem(self):
        for secret in self:
            secret.problem = secret._get_problem()
            secret.is_usable = not secret.problem

    def _get_problem(self):
        """Whether it opens is tried, and what comes out is dropped."""
        try:
            secret_values.reveal(self._origin or self)
        except SecretProblem as problem:
            return problem.describe(self.env)
        return False

    @api.model
    def _search_is_usable(self, operator, value):
        if operator != "in":
            return NotImplemented
        usable = self.sudo().search([]).filtered("is_usable")
        return [("id", "in" if True in value else "not in", usable.ids)]

    def _compute_used_by(self):
        for secret in self:
            secret.used_by = secret._describe_users()

    def _describe_users(self):
        users = [
            f"{records._description}: {format_list(self.env, records.mapped('display_name'))}"
            for records in self._get_users()
        ]
        return "; ".join(users) or False

    def _get_users(self):
        """The records that need one of these secrets, a recordset for each model.

        Those with a stored many2one are found by themselves; override to add others.
        """
        if not self._origin:
            return []
        links = (
            self.env["ir.model.fields"]
            .sudo()
            .search([("relation", "=", self._name), ("ttype", "=", "many2one"), ("store", "=", True)])
        )
        found = [
            self.env[link.model]
            .sudo()
            .with_context(active_test=False)
            .search([(link.name, "in", self._origin.ids)])
            for link in links
            if link.model in self.env
        ]
        return [records for records in found if records]

    @api.constrains("name")
    def _check_name(self):
        for secret in self:
            if not NAME.fullmatch(secret.name):
                raise ValidationError(
                    self.env._(
                        # Without what was written: it may be the secret itself, in the wrong place.
                        "Name of the secret: use letters, digits, dots, dashes and underscores, at most 63, "
                        "beginning with a letter or a digit."
                    )
                )

    @api.constrains("reference")
    def _check_reference(self):
        for secret in self.sudo().filtered("reference"):
            try:
                references.parse(secret.reference)
            except references.InvalidReference as error:
                raise ValidationError(
                    self.env._(
                        "Secret %(name)s: %(problem)s",
                        name=secret.name,
                        problem=self.env._(PROBLEMS[error.reason]),
                    )
                ) from None

    @api.model
    def default_get(self, fields_list):
        return super().default_get([name for name in fields_list if name != "value"])

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        values = [vals.pop("value", None) for vals in vals_list]
        for vals, value in zip(vals_list, values, strict=True):
            self._check_value(vals.get("name"), value, vals.get("reference"))
        secrets = super().create(vals_list)
        for secret, value in zip(secrets, values, strict=True):
            self._check_content(secret.name, value or secret.reference)
            if value:
                secret._seal(value)
            secret._log_event("secret.created", {"kept": secret.source})
        return secrets

    def write(self, vals):
        vals = dict(vals)
        value = vals.pop("value", None)
        changed = sorted(vals.keys() & {"name", "reference"}) + ["value"] * bool(value)
        for secret in self:
            self._check_value(secret.name, value, vals.get("reference"))
        if value:
            vals["reference"] = False
        result = super().write(vals)
        if value:
            self._seal(value)
        elif vals.get("reference"):
            self._set_tokens(dict.fromkeys(self.ids))
        for secret in self if changed else ():
            secret._log_event("secret.changed", {"changed": changed, "kept": secret.source})
        return result

    @api.model
    def _check_value(self, name, value, reference):
        """Refuses what cannot be a secret, without telling what it is."""
        if not value:
            return
        # Half a character could not be encrypted, and Python's error for it holds the whole value.
        if not isinstance(value, str) or len(value) > secret_values.MAX_BYTES or SURROGATE.search(value):
            raise ValidationError(self.env._("Secret %(name)s: write a text of at most 64 KiB.", name=name))
        if reference:
            raise ValidationError(
                self.env._("Secret %(name)s: give either a value or a reference, not both.", name=name)
            )

    @api.model
    def _check_content(self, name, content):
        """A new secret has something in it; the copy of one whose value is stored would not, since no call gives it."""
        if not content:
            raise ValidationError(
                self.env._(
                    "Secret %(name)s: give a value or a reference. A stored value is not copied.", name=name
                )
            )

    def copy_data(self, default=None):
        return [
            dict(vals, name=self.env._("%s-copy", secret.name)) if "name" not in (default or {}) else vals
            for secret, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for secret in self:
            if users := secret._describe_users():
                raise UserError(
                    self.env._(
                        "Secret %(name)s cannot be deleted, it is used by %(users)s. Give them another one first.",
                        name=secret.name,
                        users=users,
                    )
                )

    def unlink(self):
        named = [(secret, secret.name) for secret in self]
        for secret, name in named:
            secret._log_event("secret.deleted", {"name": name})
        return super().unlink()

    def _seal(self, value):
        vault = secret_values.require_vault(self.env)
        self._set_tokens({secret.id: vault.seal(value, str(secret.id)) for secret in self})

    def _get_tokens(self):
        """Id → what is stored of it, sealed; None for nothing."""
        ids = tuple(self._origin.ids)
        query = SQL("SELECT id, token FROM odooops_secret WHERE id IN %s", ids)
        return dict(self.env.execute_query(query)) if ids else {}

    def _set_tokens(self, tokens):
        for secret_id, token in tokens.items():
            self.env.cr.execute(SQL("UPDATE odooops_secret SET token = %s WHERE id = %s", token, secret_id))
        self.invalidate_model(["source", "has_value", "masked", "is_usable", "problem"])

    def _lock_tokens(self):
        """Every secret that is stored here, with what is stored, until the end of the transaction."""
        query = SQL("SELECT id, token FROM odooops_secret WHERE token IS NOT NULL ORDER BY id FOR UPDATE")
        return [(self.browse(secret_id), token) for secret_id, token in self.env.execute_query(query)]

    def _log_event(self, name, details):
        self.env["odooops.event"]._log(name, target=self, details=details)


def _get_source(reference):
    return "variable" if reference.startswith("$") else "file"
