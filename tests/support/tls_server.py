"""A server behind TLS that answers as Odoo's health check does, or as it is told to."""

import http.server
import threading

HEALTHY = (200, b'{"status": "pass"}')


class Server:
    """An Odoo behind TLS that answers one thing; ``asked`` has the path and the host of each request."""

    def __init__(self, context, answer=HEALTHY):
        self.asked: list[tuple[str, str]] = []
        asked, (status, body) = self.asked, answer

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, self.headers["Host"]))
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:9090/")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]

    def __enter__(self) -> "Server":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exc_info):
        self._server.shutdown()
        self._server.server_close()
