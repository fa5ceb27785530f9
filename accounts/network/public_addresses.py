"""Recognise addresses on the public internet, by the IANA special-purpose address registries.

Python's `is_global` follows the registries of its own release: 3.11 passes several networks that
lead to this machine, or to the one around it. IPv6 is therefore allowed by what is given out
(2000::/3, RFC 4291 section 2.4) and not by what is not, so that addresses which carry an IPv4 one
inside (mapped, translated, compatible: RFC 4291, RFC 6052, RFC 8215, RFC 2765) are out as a whole.
"""

from ipaddress import IPv4Network, IPv6Network, ip_address

_GIVEN_OUT = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocol assignments, Teredo among them (RFC 2928, RFC 4380)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4, which leads to an IPv4 address (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
    )
]
_NOT_PUBLIC_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network (RFC 791)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # shared, behind a provider's NAT (RFC 6598)
        "127.0.0.0/8",  # this machine (RFC 1122)
        "169.254.0.0/16",  # link-local, clouds' metadata among it (RFC 3927)
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.88.99.0/24",  # 6to4 relays, deprecated (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",  # documentation (RFC 5737)
        "203.0.113.0/24",  # documentation (RFC 5737)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved, and broadcast (RFC 1112, RFC 919)
    )
]


def is_public(address: str) -> bool:
    """Return whether `address` (IPv4 or IPv6, in text) is one that the whole internet reaches."""
    parsed = ip_address(address.partition("%")[0])
    if parsed.version == 4:
        return not any(parsed in network for network in _NOT_PUBLIC_4)
    return parsed in _GIVEN_OUT and not any(parsed in network for network in _NOT_PUBLIC_6)
