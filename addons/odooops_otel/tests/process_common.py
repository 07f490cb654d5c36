"""Odoo processes of their own, and the receiver that they send to."""

import concurrent.futures
import tempfile
from pathlib import Path

from odoo.tests import BaseCase

from .odoo_process import OdooProcess
from .otlp_receiver import OtlpReceiver

DURATION = "http.server.request.duration"
HEALTH = {"http.route": "/web/health"}


class ReceiverCase(BaseCase):
    """One receiver for the tests of a class, which start processes."""

    options: dict = {}
    # What :meth:`send` sends to
    server: OdooProcess

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receiver = OtlpReceiver()
        cls.addClassCleanup(cls.receiver.stop)

    @classmethod
    def make_server(cls, options: dict | None = None, **environ: str) -> OdooProcess:
        temporary = tempfile.TemporaryDirectory(prefix="odooops-", ignore_cleanup_errors=True)
        cls.addClassCleanup(temporary.cleanup)
        defaults = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": cls.receiver.url,
            "OTEL_METRIC_EXPORT_INTERVAL": "200",
            "OTEL_TRACES_EXPORTER": "none",
        }
        return OdooProcess(Path(temporary.name), {**defaults, **environ}, **(options or cls.options))

    def send(self, count: int, path: str = "/web/health", threads: int = 4) -> None:
        """Send requests, several at once; each is answered."""
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            statuses = list(pool.map(lambda _: self.server.get(path), range(count)))
        self.assertEqual(set(statuses), {200})

    def counted(self, **attributes) -> int:
        return int(self.receiver.total(DURATION, **(attributes or HEALTH)))

    def assert_counted(self, count: int, **attributes) -> None:
        self.receiver.wait_for(lambda: self.counted(**attributes) >= count)
        self.assertEqual(self.counted(**attributes), count)

    def instances(self, kind: str) -> set[str]:
        """The slots from which something arrived."""
        slots = {name.rpartition("/")[2] for name in self.receiver.instances()}
        return {name for name in slots if name.startswith(f"{kind}-")}


class ProcessCase(ReceiverCase):
    """One server, too, for the tests of a class."""

    environ: dict[str, str] = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.make_server(**cls.environ)
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
