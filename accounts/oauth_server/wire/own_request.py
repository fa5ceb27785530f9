"""Name what this site says of requests that it makes itself, where a client has no say."""

from accounts.oauth_server.models import Client
from accounts.oauth_server.wire.form import Form

# In META: the redirect URI of an admin's trial. Whatever a client sends stands there under names
# that begin with HTTP_, or that the gateway gives.
TRIAL = "latchkey.trial_redirect_uri"


class OwnForm(Form):
    """Be the form that `client` would send, whose authentication is not tried: the site knows no
    client's secret. No request from outside is ever one of these."""

    def __init__(self, client: Client, sent: dict[str, str]) -> None:
        self.headers = {}
        self._parameters = dict(sent)
        self.duplicate_params = []
        self.acts_for = client
