"""Which rules an address and an environment give."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from core import configuration
from core.errors import LessonError
from dashboard.access import policy
from dashboard.access.policy import LOOPBACK, Policy


def policy_for(address: str | None, environment: Mapping[str, str]) -> Policy:
    return policy.policy_for(address, configuration.read(environment).settings)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_an_address_of_this_machine_alone_allows_everything(address: str) -> None:
    found = policy_for(address, {})
    assert not found.shared
    assert found.hosts == LOOPBACK
    assert (found.code, found.folders) == ("", None)


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.0.2.7"])
def test_an_address_that_others_reach_has_a_code_and_closes_the_disk(address: str | None) -> None:
    found, other = policy_for(address, {}), policy_for(address, {})
    assert found.shared
    assert len(found.code) == 6
    assert found.code != other.code
    assert found.folders == ()
    assert "evil.example" not in found.hosts


def test_all_interfaces_are_known_by_their_names() -> None:
    hosts = policy_for("0.0.0.0", {}).hosts
    assert {"localhost", "127.0.0.1", socket.gethostname().lower()} <= hosts
    assert policy_for("192.0.2.7", {}).hosts == LOOPBACK | {"192.0.2.7"}


def test_a_proxy_on_this_machine_makes_the_server_a_shared_one() -> None:
    found = policy_for("127.0.0.1", {policy.HOSTS: "lightbox.example.org, www.example.org"})
    assert found.shared
    assert found.proxied
    assert found.hosts == LOOPBACK | {"lightbox.example.org", "www.example.org"}
    assert found.code


def test_the_settings_win(tmp_path: Path) -> None:
    found = policy_for(
        "0.0.0.0", {policy.CODE: "Fracture7", policy.FOLDERS: str(tmp_path), policy.KEY: "K" * 12}
    )
    assert found.role_of(" fracture7 ") == "student"
    assert found.role_of("k" * 12) == "lecturer"
    assert found.role_of("") is None
    assert found.role_of("wrong") is None
    assert found.folders == (tmp_path.resolve(),)
    assert policy_for("0.0.0.0", {policy.CODE: "open"}).code == ""


def test_a_code_that_is_soon_guessed_is_refused() -> None:
    with pytest.raises(LessonError) as caught:
        policy_for("0.0.0.0", {policy.CODE: "123"})
    assert caught.value.code == "settings.invalid"


def test_a_pass_is_one_persons_of_one_server() -> None:
    here, there = policy_for("0.0.0.0", {}), policy_for("0.0.0.0", {})
    sealed = here.sign("a" * 32, "student")
    assert here.read("a" * 32, sealed) == "student"
    assert here.read("b" * 32, sealed) is None
    assert there.read("a" * 32, sealed) is None
    assert here.read("a" * 32, sealed.replace("student", "lecturer")) is None
    assert here.read("a" * 32, "") is None


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.1", False),
        ("::ffff:192.0.2.1", False),
        ("localhost.evil", False),
        ("", False),
    ],
)
def test_loopback_is_told_by_the_address(address: str, own: bool) -> None:
    assert policy.is_loopback(address) is own


def test_proxies_are_named_beside_the_servers_name() -> None:
    found = policy_for("0.0.0.0", {policy.HOSTS: "x.org", policy.PROXIES: "10.0.0.2, fd00::/64"})
    assert [str(one) for one in found.proxies] == ["10.0.0.2/32", "fd00::/64"]
    with pytest.raises(LessonError) as caught:
        policy_for("0.0.0.0", {policy.PROXIES: "10.0.0.2"})
    assert caught.value.code == "settings.invalid"
    for wrong in ("proxy.example.org", "10.0.0.2/24", "0.0.0.0/0", "::/0", "10.0.0.2;10.0.0.3"):
        with pytest.raises(LessonError) as caught:
            policy_for("0.0.0.0", {policy.HOSTS: "x.org", policy.PROXIES: wrong})
        assert "not a list of addresses and networks" in caught.value.problem
