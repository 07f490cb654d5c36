"""What setup/up prints at its end: where everything is, and what to do next."""

from . import environments, ports
from .state import State

LOGIN = "admin"


def summary(state: State) -> str:
    """A line for each server, then what to do next and where the state is."""
    lines = {
        "Odoo": f"{_url(state, 'nginx')}   login {LOGIN}, password in {state.path('admin_password')}",
        "Prometheus": f"{_url(state, 'prometheus')}   (API only; built without its web pages)",
        "Alertmanager": f"{_url(state, 'alertmanager')}   (API only; setup/cli status says whether it works)",
        **(_stores(state) if state.is_whole else _CORE),
        "Next": "log in and open the OdooOps menu; setup/cli status shows every part; setup/down stops it all",
    }
    table = "\n".join(f"{name:<12} {text}" for name, text in lines.items())
    return f"\n{table}\nState {state.directory}, logs in {state.path('log')}"


_CORE = {"Core": "without collector, Loki and Tempo: metrics only; setup/up without --core adds them"}


def _stores(state: State) -> dict[str, str]:
    tenants = ", ".join(environments.known(state))
    return {
        "Collector": f"{_url(state, 'otlp')}   (OTLP over HTTP)",
        "Loki": f"{_url(state, 'loki')}   tenants: {tenants}",
        "Tempo": f"{_url(state, 'tempo')}   tenants: {tenants}",
    }


def _url(state: State, port: str) -> str:
    return f"http://{ports.LOOPBACK}:{state.ports[port]}"
