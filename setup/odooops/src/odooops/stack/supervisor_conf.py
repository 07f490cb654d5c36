"""supervisord.conf: how each program of the stack is started, stopped and logged."""

from .programs import Program
from .state import State

# A fast-failing program is tried again for about four minutes before it is given up (supervisor waits 1, 2, 3 … s).
START_RETRIES = 20

HEADER = """\
; Written by setup/up; changes here are overwritten.
[supervisord]
logfile = {state}/log/supervisord.log
logfile_maxbytes = 5MB
logfile_backups = 2
loglevel = info
pidfile = {state}/run/supervisord.pid
childlogdir = {state}/log
identifier = odooops
umask = 027
directory = {state}

[unix_http_server]
file = {state}/run/supervisor.sock
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl = unix://{state}/run/supervisor.sock
"""
PROGRAM = """
[program:{name}]
command = /bin/sh {state}/run/programs/{name}.sh
environment = ODOOOPS_FINGERPRINT="{fingerprint}"
priority = {priority}
autostart = false
autorestart = true
startsecs = 2
startretries = {retries}
stopsignal = {stop_signal}
stopwaitsecs = {stop_seconds}
stopasgroup = false
killasgroup = true
stdout_logfile = {state}/log/{name}.log
stdout_logfile_maxbytes = 20MB
stdout_logfile_backups = 5
{stderr}
"""
# nginx writes its access log, one JSON object a line, to standard output; messages stay apart.
STDERR_APART = """\
stderr_logfile = {state}/log/{name}-error.log
stderr_logfile_maxbytes = 5MB
stderr_logfile_backups = 2"""
STDERR_JOINED = "redirect_stderr = true"


def render(state: State, programs: list[Program]) -> str:
    """The text of supervisord.conf."""
    text = HEADER.format(state=state.directory)
    for program in programs:
        stderr = (
            STDERR_APART.format(state=state.directory, name=program.name)
            if program.name == "nginx"
            else STDERR_JOINED
        )
        text += PROGRAM.format(
            state=state.directory,
            name=program.name,
            fingerprint=program.fingerprint(),
            priority=program.priority,
            retries=START_RETRIES,
            stop_signal=program.stop_signal,
            stop_seconds=program.stop_seconds,
            stderr=stderr,
        )
    return text
