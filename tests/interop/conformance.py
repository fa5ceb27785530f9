"""The conformance suite of the Model Context Protocol, which nobody here wrote, on the running
site: as an authorization server, and as an MCP server at /mcp."""

import http.client
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import requests

from config.instance import free_ports
from tests.interop.app_process import HERE, node
from tests.interop.site import Known
from tests.processes import started

SUITE = HERE / "node_modules/@modelcontextprotocol/conformance/dist/index.js"
CALLBACK_PORT = "9"  # of site.REDIRECT_URI
_HOP_BY_HOP = {"host", "connection", "content-length", "transfer-encoding", "date", "server"}
SECONDS = 60


def authorization_server(known: Known) -> str:
    """Have the suite send Alice to the site, as its person; return what it says."""
    command = ("authorization", "--url", known.issuer, "--port", CALLBACK_PORT)
    client = ("--client-id", known.native["client_id"], "--resource", f"{known.issuer}/mcp")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with started(node(), str(SUITE), *command, *client, **pipes) as process:
        said, url = "", None
        assert process.stdout
        for line in process.stdout:
            said += line
            url = url or re.search(rf"{known.issuer}/oauth/authorize/\S+", line)
            if "Callback server started" in line and url:
                requests.get(known.person.open(url[0])["url"], timeout=SECONDS)
        return said


def mcp_server(known: Known, token: str, scenario: str) -> str:
    with carrying(known, token) as url:
        command = [node(), str(SUITE), "server", "--url", url, "--scenario", scenario]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    return done.stdout


@contextmanager
def carrying(known: Known, token: str) -> Iterator[str]:
    """Carry what the suite sends to the site's /mcp, with the token that it has none of."""
    site = urlsplit(known.issuer)
    port = free_ports(1)[0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = {name: value for name, value in self.headers.items() if _goes_on(name)}
            sent |= {"Host": site.netloc, "Authorization": f"Bearer {token}"}
            with closing(http.client.HTTPConnection("127.0.0.1", site.port or 80)) as connection:
                connection.request(self.command, self.path, body, sent)
                answer = connection.getresponse()
                content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if _goes_on(name):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{port}/mcp"
        server.shutdown()


def _goes_on(name: str) -> bool:
    return name.lower() not in _HOP_BY_HOP
