"""Name the ways in which an authorization request is answered (OAuth 2.0 Multiple Response Type
Encoding Practices, Form Post, JARM section 2.3)."""

# The last four are signed; "jwt" is how `code` is answered by default, in the query.
RESPONSE_MODES = (
    *("query", "fragment", "form_post"),
    *("jwt", "query.jwt", "fragment.jwt", "form_post.jwt"),
)
