"""Feeds on a real SFTP server: who it is, who we are, and what goes wrong in the middle."""

import os
import time

import asyncssh
import pytest

from channels.base import ConfigurationError, TransientError
from channels.file import FileAdapter
from channels.file.sftp import LEFTOVER_AGE
from outbound.errors import AddressRefused, NotSent
from outbound.guard import AddressPolicy
from outbound.session import GuardedSession
from tests.channels.conformance import SECRET, product
from tests.channels.feed_stages import adapter_to, products_in
from tests.channels.sftp_server import running_sftp
from tests.secrets_watch import plant


@pytest.fixture
def server(tmp_path):
    plant(SECRET)
    with running_sftp(tmp_path, password=SECRET) as server:
        yield server


@pytest.fixture
def feeds(tmp_path):
    return tmp_path / "feeds"


def adapter_for(server, **values):
    settings = {"password": SECRET, "host_key": server.fingerprint, **values}
    return adapter_to(settings.pop("destination", server.address()), **settings)


def publish(adapter, *products):
    return adapter.publish(lambda: iter(products))


def held(feeds):
    return set(products_in((feeds / "products.jsonl").read_bytes(), "jsonl"))


def test_the_feed_and_its_manifest_are_there_and_nothing_else(server, feeds):
    publish(adapter_for(server), product("a"))
    publish(adapter_for(server), product("b"))

    assert held(feeds) == {"b"}
    assert set(os.listdir(feeds)) == {"products.jsonl", "products.manifest.json"}


def test_names_of_others_that_are_no_text_stop_no_feed(server, feeds):
    feeds.mkdir()
    for name in (b"\xdcbersicht.csv", b"\xed\xa0\x80"):
        (feeds / os.fsdecode(name)).touch()

    publish(adapter_for(server), product("a"))

    assert held(feeds) == {"a"}
    assert len(os.listdir(feeds)) == 4


def test_folders_are_made(server, tmp_path):
    adapter = adapter_for(server, destination=server.address("/in/shop%201"))

    publish(adapter, product("a"))

    assert held(tmp_path / "in" / "shop 1") == {"a"}


def test_a_server_that_nobody_looked_at_is_told_nothing_and_its_key_is_shown(server):
    adapter = adapter_for(server, host_key="")

    with pytest.raises(ConfigurationError) as caught:
        adapter.check()

    assert f"shows the host key {server.fingerprint} (ssh-ed25519)" in caught.value.message
    assert server.asked_to_sign_in == 0


def test_another_host_key_than_the_one_that_is_set_is_told_nothing(server):
    other = asyncssh.generate_private_key("ssh-ed25519").get_fingerprint()
    adapter = adapter_for(server, host_key=other)

    with pytest.raises(ConfigurationError, match="Somebody may be in between") as caught:
        publish(adapter, product("a"))

    assert server.fingerprint in caught.value.message
    assert server.asked_to_sign_in == 0


def test_a_host_key_may_be_a_line_of_known_hosts_or_one_of_several(server):
    other = asyncssh.generate_private_key("ssh-ed25519").get_fingerprint()

    adapter_for(server, host_key=f"127.0.0.1 {server.public_key}").check()
    adapter_for(server, host_key=f"{other}, {server.fingerprint}").check()

    assert server.signed_in == 2


@pytest.mark.parametrize("key_type", ["ssh-rsa", "ecdsa-sha2-nistp256"])
def test_other_types_of_host_keys_are_known_too(tmp_path, key_type):
    with running_sftp(tmp_path, password=SECRET, key_type=key_type) as server:
        adapter_for(server).check()
        adapter_for(server, host_key=server.public_key).check()

        assert server.signed_in == 2


@pytest.mark.parametrize("passphrase", ["", "locked-with-this"])
def test_a_private_key_signs_in(server, passphrase):
    key = server.client_key.export_private_key(passphrase=passphrase or None).decode()

    adapter_for(server, private_key=key, password=passphrase).check()

    assert server.signed_in == 1


def test_another_private_key_does_not(server):
    key = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()

    with pytest.raises(ConfigurationError, match="does not accept the user “ferry” with this priv"):
        adapter_for(server, private_key=key).check()


@pytest.mark.parametrize(
    ("key", "told"), [("no key at all", "cannot be read"), (None, "locked with a passphrase")]
)
def test_a_private_key_that_cannot_be_used_is_told(server, key, told):
    locked = server.client_key.export_private_key(passphrase="its-own").decode()

    with pytest.raises(ConfigurationError, match=told):
        adapter_for(server, private_key=key or locked, password="").check()


def test_a_wrong_password_is_told_without_it(server):
    server.password = "another one"

    with pytest.raises(ConfigurationError, match="with this password") as caught:
        adapter_for(server).check()

    assert SECRET not in f"{caught.value.message}{caught.value.detail}{caught.value!r}"


@pytest.mark.parametrize(
    ("fault", "kind", "told"),
    [
        ("cut", TransientError, "broke"),
        ("cut-at-renaming", TransientError, "broke"),
        ("full", ConfigurationError, "has no room for the file"),
        ("forbidden", ConfigurationError, "does not permit to write there"),
        ("no-posix-rename", ConfigurationError, "cannot replace a file in one step"),
    ],
)
def test_a_fault_in_the_middle_leaves_the_old_file_whole(server, feeds, fault, kind, told):
    publish(adapter_for(server), product("a"))
    server.faults.add(fault)

    with pytest.raises(kind, match=told):
        publish(adapter_for(server), product("b", text="x" * 1_000_000))

    assert held(feeds) == {"a"}
    server.faults.clear()
    publish(adapter_for(server), product("c"))
    assert held(feeds) == {"c"}


def test_a_server_without_posix_rename_takes_a_file_where_there_is_none(server, feeds):
    server.faults.add("no-posix-rename")

    publish(adapter_for(server), product("a"))

    assert held(feeds) == {"a"}


def test_what_killed_writers_left_is_removed_after_a_day(server, feeds):
    feeds.mkdir()
    old, fresh = ".products.jsonl.0123abcd.tmp", ".products.jsonl.89abcdef.tmp"
    for name in (old, fresh, ".products.jsonl.mine.tmp"):
        (feeds / name).touch()
    long_ago = time.time() - LEFTOVER_AGE - 60
    os.utime(feeds / old, (long_ago, long_ago))

    publish(adapter_for(server), product("a"))

    assert old not in os.listdir(feeds)
    assert fresh in os.listdir(feeds)


def test_a_report_beside_the_feed_is_found(server, feeds):
    adapter = adapter_for(server, refusals="beside")
    missing = adapter.fetch_refusals()
    feeds.mkdir()
    (feeds / "products.refused.csv").write_text("sku;message\nA;No.\n")

    assert missing is None
    found = adapter.fetch_refusals()
    assert found.content == b"sku;message\nA;No.\n"
    assert found.age < 60
    assert os.listdir(feeds) == ["products.refused.csv"]


def test_the_age_of_a_report_goes_by_the_servers_own_clock(server, feeds):
    """A clock that is an hour late must not make every report look an hour old."""
    adapter = adapter_for(server, refusals="beside")
    feeds.mkdir()
    report = feeds / "products.refused.csv"
    report.write_text("sku;message\n")
    server.clock = time.time() - 3600
    os.utime(report, (server.clock - 120, server.clock - 120))

    assert 110 < adapter.fetch_refusals().age < 130


def test_the_address_guard_is_asked_at_the_moment_of_connecting(server):
    settings = {"password": SECRET, "host_key": server.fingerprint}
    cleaned = FileAdapter.clean({"destination": server.address(), **settings})
    adapter = FileAdapter(cleaned, session=GuardedSession(AddressPolicy(hosts=None)))

    with pytest.raises(AddressRefused, match="not on the public internet"):
        adapter.check()

    assert server.asked_to_sign_in == 0


def test_a_host_in_the_private_network_can_be_admitted(server):
    policy = AddressPolicy(hosts=None, private_hosts=["127.0.0.1"])
    settings = {"password": SECRET, "host_key": server.fingerprint}
    cleaned = FileAdapter.clean({"destination": server.address(), **settings})

    FileAdapter(cleaned, session=GuardedSession(policy)).check()

    assert server.signed_in == 1


@pytest.mark.parametrize(
    ("host", "told"),
    [("127.0.0.1:1", "could not be reached at port 1"), ("nowhere.invalid", "could not be found")],
)
def test_a_server_that_is_not_there_is_tried_again(host, told):
    adapter = adapter_to(f"sftp://ferry@{host}/in", password=SECRET, host_key="SHA256:x")

    with pytest.raises(NotSent, match=told):
        adapter.check()
