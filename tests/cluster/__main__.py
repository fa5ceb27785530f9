"""`make cluster`: run the topology of compose.yaml on throwaway data, until Ctrl-C or SIGTERM."""

import json
import sys
import time

from config.instance import NotStartedError, interrupt_at_signals
from tests.cluster.topology import Cluster, running

_WORDS = """
The cluster is ready at {url}

  people       alice@example.com, password {alice}
  client apps  client ID     {client_id}
               client secret {client_secret}
  nodes        {nodes}
  certificate  {certificate}

  Stop a node, or its database, and see what becomes of it: docs/operating.md, "Many nodes".
  All of its data is thrown away at the end. Ctrl-C stops it all.
"""


def describe(cluster: Cluster) -> str:
    """Make a person and a client app, and return the words that say how to use it all."""
    person = json.loads(cluster.manage("create_person", "--email", "alice@example.com"))
    client = json.loads(
        cluster.manage(
            *("register_client", "--name", "Photo Album"),
            *("--redirect-uri", "http://127.0.0.1:9/callback"),
            *("--grants", "authorization_code refresh_token client_credentials"),
        )
    )
    nodes = [
        f"http://127.0.0.1:{node.instance.port} (process {node.process.pid})"
        for node in cluster.nodes
    ]
    return _WORDS.format(
        url=cluster.url,
        alice=person["password"],
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        nodes=", ".join(nodes),
        certificate=cluster.proxy.certificate,
    )


def main() -> int:
    interrupt_at_signals()
    try:
        with running() as cluster:
            sys.stdout.write(describe(cluster))
            sys.stdout.flush()
            told = ""
            while True:
                if (ended := cluster.ended()) != told and ended:
                    sys.stdout.write(f"  {ended} has ended.\n")
                    sys.stdout.flush()
                told = ended
                time.sleep(0.5)
    except NotStartedError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        sys.stdout.write("\nStopped.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
