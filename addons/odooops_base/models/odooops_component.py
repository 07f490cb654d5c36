import os
import time
from dataclasses import asdict
from pathlib import Path

import psutil

import odoo
from odoo import api, fields, models
from odoo.tools import SQL, config
from odoo.tools.i18n import format_list

from .. import probe, server_file
from ..advice import ADVICE
from ..roles import requires
from ..tools import components as parts

COMPONENTS_FILE = "ODOOOPS_COMPONENTS_FILE"
# Bytes. A list of a hundred parts has some thirty thousand.
FILE_LIMIT = 1_000_000


class OdooopsComponent(models.AbstractModel):
    """The parts of the platform and the state they are in.

    Abstract, because nothing is stored: a state is asked for when somebody looks. A stored one would be old by
    then, and would have to be written by the very system whose failure it reports.

    **Where parts come from.** Odoo and PostgreSQL speak for themselves. The others are in the file that the
    environment variable ``ODOOOPS_COMPONENTS_FILE`` names (see ``tools/components.py``), and each is checked at
    the one address given there: never at one from a record or from a caller.

    **How an addon adds to the page.** Override :meth:`_collect_components`, call ``super()``, and append what
    :meth:`_prepare_component` returns, or change the dict of a part that is there::

        class OdooopsComponent(models.AbstractModel):
            _inherit = "odooops.component"

            def _collect_components(self):
                components = super()._collect_components()
                components.append(self._prepare_component(
                    "telemetry", self.env._("Telemetry"),
                    purpose=self.env._("Sends metrics and traces of every Odoo process"),
                    state="healthy",
                    figures=[{"label": self.env._("Sent"), "value": 1200}],
                ))
                return components

    An override reads what it has at hand and returns at once. It neither raises nor calls other machines:
    everybody who looks waits for it.
    """

    _name = "odooops.component"
    _description = "Part of the Platform"

    @api.model
    @api.readonly
    @requires("viewer")
    def get_status(self):
        """The state of every part, what needs attention first. For viewers; takes 1.5 seconds at most.

        Returns a dict:

        - ``summary``: ``state`` (``healthy``, ``warning``: works, and something needs attention; ``failing`` or
          ``unknown``), ``title`` and ``message`` (sentences), ``total``, ``healthy``, ``warning``, ``failing`` and
          ``unknown`` (numbers of parts);
        - ``components``: a list of dicts with ``name``, ``title``, ``purpose``, ``state``, ``message`` (what is
          wrong and what to do; empty when healthy), ``version``, ``listen`` (texts, empty where not known),
          ``latency_ms`` (time to the answer in milliseconds, or False), ``checked_at`` (UTC), and ``figures``: a
          list of ``{"label", "value"}`` with, as wanted, ``unit`` ("s", "By", "ms", "datetime" of UTC, or any text) and
          ``limit`` (the most that ``value`` can be);
        - ``checked_at``: the same time as in the parts.

        A list of parts that is missing or cannot be used is itself a part that needs attention.

        Raises AccessError for others than viewers.
        """
        checked_at = fields.Datetime.to_string(fields.Datetime.now())
        components = [component | {"checked_at": checked_at} for component in self._collect_components()]
        components.sort(key=lambda component: parts.STATE_RANK[component["state"]])
        summary = self._prepare_summary(components)
        return {"summary": summary, "components": components, "checked_at": checked_at}

    def _collect_components(self):
        """The parts to show, in the order of the list: override to add some (see the class)."""
        listed, problem = self._load_listed()
        own = {vals["name"]: vals for vals in (self._prepare_odoo_vals(), self._prepare_postgresql_vals())}
        # No request to ourselves: the workers that are asked about may all be busy with answering this page.
        outcomes = probe.run_all([None if part.name in own else part.check for part in listed])
        found = {
            part.name: self._prepare_listed_vals(part, outcome, own.pop(part.name, {}))
            for part, outcome in zip(listed, outcomes, strict=True)
        }
        told = (*own.values(), *found.values(), *problem, *self._prepare_configuration_vals())
        return [self._prepare_component(**vals) for vals in told]

    @api.model
    def _prepare_component(self, name, title, **vals):
        """One part as :meth:`get_status` returns it; what is not given is empty, and the state is unknown."""
        empty = {"purpose": "", "state": parts.UNKNOWN, "message": "", "version": "", "listen": ""}
        return {"name": name, "title": title} | empty | {"latency_ms": False, "figures": []} | vals

    def _prepare_listed_vals(self, part, outcome, own):
        """A part of the list; ``own`` is what it says about itself, but where it is reached the list knows better."""
        state, reason = parts.evaluate(part.check, outcome)
        vals = {
            "name": part.name,
            "title": part.title,
            "purpose": part.purpose,
            "version": part.version,
            "listen": part.listen,
            "state": state,
            "message": self._get_advice(part, reason, outcome),
            "latency_ms": round(outcome.seconds * 1000, 1) if state == parts.HEALTHY else False,
        }
        kept = {key: vals[key] for key in ("version", "listen") if vals[key]}
        return vals | own | kept

    def _prepare_odoo_vals(self):
        """Odoo as it knows itself. That this is answered is the proof that it works."""
        threaded = odoo.evented or not config["workers"]
        # In prefork mode the master, which starts the workers again and again, is the parent of this process.
        master = psutil.Process() if threaded else psutil.Process(os.getppid())
        workers = self.env._("1, with threads") if threaded else config["workers"]
        return {
            "name": "odoo",
            "title": self.env._("Odoo"),
            "purpose": self.env._("Serves users, runs scheduled actions"),
            "state": parts.HEALTHY,
            "message": "",
            "version": odoo.release.version,
            "listen": f"{config['http_interface']}:{config['http_port']}",
            "figures": [
                {"label": self.env._("Database"), "value": self.env.cr.dbname},
                {"label": self.env._("HTTP workers"), "value": workers},
                {"label": self.env._("Cron workers"), "value": config["max_cron_threads"]},
                {
                    "label": self.env._("Running for"),
                    "value": int(time.time() - master.create_time()),
                    "unit": "s",
                },
            ],
        }

    def _prepare_postgresql_vals(self):
        """PostgreSQL as seen through the connection that this request has anyway."""
        start = time.monotonic()
        [(version, size, used, limit)] = self.env.execute_query(
            # pg_stat_database counts all sessions; of pg_stat_activity an ordinary role sees its own in full.
            SQL("""
                SELECT current_setting('server_version'),
                       pg_database_size(current_database()),
                       (SELECT sum(numbackends)::int FROM pg_stat_database),
                       current_setting('max_connections')::int
            """)
        )
        seconds = time.monotonic() - start
        server = self.env.cr._cnx.info
        return {
            "name": "postgresql",
            "title": self.env._("PostgreSQL"),
            "purpose": self.env._("Keeps Odoo's data"),
            "state": parts.HEALTHY,
            "message": "",
            "version": version.split()[0],
            "listen": f"{server.host}:{server.port}",
            "latency_ms": round(seconds * 1000, 1),
            "figures": [
                {"label": self.env._("Database size"), "value": size, "unit": "By"},
                {"label": self.env._("Connections"), "value": used, "limit": limit},
            ],
        }

    def _prepare_configuration_vals(self):
        """The configuration, where there is something to say: a list of the values of one part, or of none."""
        problems = self.env["odooops.setting"]._get_problems()
        version = self.env["odooops.configuration.version"].sudo()._get_current()
        if not (version or problems or server_file.read().path):
            return []
        if version.has_drifted:
            problems.append(
                self.env._(
                    "The platform is no longer what the applied configuration says: see its page Drift."
                )
            )
        vals = {
            "name": "configuration",
            "title": self.env._("Configuration"),
            "purpose": self.env._("Says how the platform is set up"),
            "state": parts.FAILING if problems else parts.HEALTHY,
            "message": " ".join(problems),
            "figures": [
                {"label": self.env._("Set here"), "value": len(self.env["odooops.setting"]._get_stored())}
            ],
        }
        if version:
            moment = fields.Datetime.to_string(version.applied_at)
            vals["figures"].append({"label": self.env._("Applied"), "value": moment, "unit": "datetime"})
        return [vals]

    def _load_listed(self):
        """Reads the file that lists the parts.

        :return: the parts, and what is wrong with the list: a list of the values of one part, or of none
        """
        path = os.environ.get(COMPONENTS_FILE)
        if not path:
            return [], [self._prepare_missing_vals(self.env._("No list of parts is given to this Odoo."))]
        try:
            with Path(path).open("rb") as file:
                return parts.parse(file.read(FILE_LIMIT).decode()), []
        except FileNotFoundError:
            return [], [self._prepare_missing_vals(self.env._("%(path)s does not exist.", path=path))]
        except OSError as error:
            reason = error.strerror
        except UnicodeDecodeError:
            reason = self.env._("the file is not UTF-8 text")
        except parts.ComponentsError as error:
            reason = str(error)
        advice = self.env._("Correct it, or run setup/up, which writes it anew.")
        return [], [self._prepare_list_vals(parts.FAILING, f"{path}: {reason}. {advice}")]

    def _prepare_missing_vals(self, reason):
        advice = self.env._(
            "setup/up writes the list and names it in the environment variable %(variable)s. Where Odoo is run in "
            "another way, the addon's configuration notes say how to write one.",
            variable=COMPONENTS_FILE,
        )
        return self._prepare_list_vals(parts.UNKNOWN, f"{reason} {advice}")

    def _prepare_list_vals(self, state, message):
        return {
            "name": "components",
            "title": self.env._("List of parts"),
            "purpose": self.env._("Says which other parts there are and how to check them"),
            "state": state,
            "message": message,
        }

    def _prepare_summary(self, components):
        summary = parts.summarise(component["state"] for component in components)
        concerning = summary.failing + summary.warning
        values = {"total": summary.total, "healthy": summary.healthy, "failing": concerning}
        if concerning == 1:
            title = self.env._("1 of %(total)s parts needs attention", **values)
        elif concerning:
            title = self.env._("%(failing)s of %(total)s parts need attention", **values)
        elif summary.unknown:
            title = self.env._(
                "%(healthy)s of %(total)s parts are healthy, the state of the others is not known", **values
            )
        else:
            title = self.env._("All %(total)s parts are healthy", **values)
        states = (parts.FAILING, parts.WARNING) if concerning else (parts.UNKNOWN,)
        message = "" if summary.state == parts.HEALTHY else self._get_worst(components, states)
        return asdict(summary) | {"title": title, "message": message}

    def _get_worst(self, components, states):
        names = [component["title"] for component in components if component["state"] in states]
        return self.env._("See %(names)s for what to do.", names=format_list(self.env, names))

    def _get_advice(self, part, reason, outcome):
        """What is wrong with a part and what to do, as one or two sentences; empty if nothing is."""
        if not reason:
            return ""
        values = {"address": part.check and part.check.address, "status": outcome and outcome.status}
        advice = self.env._(ADVICE[reason])
        return advice % values
