"""What stands around the nodes: Redis, the proxy with its certificate; each from a package."""

import datetime
import os
import re
import shutil
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.instance import BASE_DIR, HOST, NotStartedError, Process, stop

TEMPLATE = BASE_DIR / "deploy/nginx.conf.template"
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")

# What compose.yaml has of nginx's image: the frame around the site's own configuration.
_FRAME = """
daemon off;
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log crit;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def program(name: str, package: str) -> str:
    """Return the path of a program. Raises NotStartedError where it is missing."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    found = shutil.which(name, path=path)
    if not found:
        raise NotStartedError(f"{name} is missing: `make cluster` installs it (Debian: {package}).")
    return found


class Redis:
    """Run a Redis that keeps nothing."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"redis://{HOST}:{port}/0"
        self._command = [
            program("redis-server", "redis-server"),
            *("--bind", HOST, "--port", str(port), "--dir", str(folder)),
            *("--save", "", "--appendonly", "no", "--loglevel", "warning"),
        ]

    def start(self) -> Process:
        self.process = _start(self._command)
        return self.process

    def stop(self) -> None:
        stop(self.process)


class Proxy:
    """Run nginx on the configuration that compose.yaml has, before `nodes` at their ports."""

    def __init__(self, folder: Path, port: int, plain_port: int, nodes: tuple[int, int]) -> None:
        folder.mkdir()
        self.folder = folder
        self.url = f"https://localhost:{port}"
        self.plain_url = f"http://localhost:{plain_port}"
        self.certificate = folder / "certificate.pem"
        self.access_log = folder / "access.log"
        _make_certificate(self.certificate, folder / "key.pem")
        site = fill_in(
            HTTP_PORT=f"{HOST}:{plain_port}",
            HTTPS_PORT=f"{HOST}:{port}",
            AUTHORITY=f"localhost:{port}",
            NODE_1=f"{HOST}:{nodes[0]}",
            NODE_2=f"{HOST}:{nodes[1]}",
            CERTIFICATE=str(self.certificate),
            CERTIFICATE_KEY=str(folder / "key.pem"),
            ACCESS_LOG=str(self.access_log),
            ERROR_LOG=str(folder / "error.log"),
        )
        user = "user root;" if os.getuid() == 0 else ""
        (folder / "site.conf").write_text(site)
        (folder / "nginx.conf").write_text(_FRAME.format(folder=folder, user=user))

    def start(self) -> Process:
        nginx = program("nginx", "nginx-light")
        self.process = _start([nginx, "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr"])
        return self.process

    def stop(self) -> None:
        stop(self.process)


def fill_in(**values: str) -> str:
    """Return the proxy's configuration with `values` for its variables, as nginx's image does."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), TEMPLATE.read_text())


def _start(command: list[str]) -> Process:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def _make_certificate(certificate: Path, key: Path) -> None:
    """Make a certificate for localhost that signs itself and ends tomorrow."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    key.chmod(0o600)
