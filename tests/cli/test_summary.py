"""What setup/up tells at its end."""

from odooops.stack.summary import summary


def test_the_summary_names_what_is_there(state, whole_state):
    told = summary(whole_state)
    assert "Loki         http://127.0.0.1:3100   tenants: local, staging" in told
    assert "Alertmanager http://127.0.0.1:9093 " in told
    state.record["whole"] = False
    assert "\nLoki" not in summary(state)
    assert "setup/up without --core adds them" in summary(state)
