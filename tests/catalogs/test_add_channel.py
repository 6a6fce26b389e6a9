import pytest

from catalogs.models import Channel
from channels.registry import KINDS
from connections.models import Connection
from tests.factories import make_connection
from tests.programs import call

pytestmark = pytest.mark.django_db

PIM = "https://acme.cloud.akeneo.com"
ENDPOINT = "https://shop.example.com/products"
SECRET = "planted-secret-0123456789"


@pytest.fixture(autouse=True)
def pim():
    return make_connection(pim_url=PIM)


def add(*settings, name="Web shop", pim=PIM, kind="http"):
    given = [part for setting in settings for part in ("--set", setting)]
    return call("add_channel", name, "--pim", pim, "--kind", kind, *given, "--json")


def test_it_creates_a_channel(pim):
    ended = add(f"endpoint={ENDPOINT}", f"secret={SECRET}", "batch_size=20")

    channel = Channel.objects.get()
    assert (ended.status, ended.err) == (0, "")
    assert ended.answer == {"id": channel.pk, "name": "Web shop", "kind": "http"}
    assert (channel.connection, channel.kind) == (pim, "http")
    assert channel.settings == {
        "endpoint": ENDPOINT,
        "batch_size": "20",
        "hides": "no",
        "media": "pim",
    }
    assert channel.secrets == {"secret": SECRET}


def test_the_pim_may_be_written_in_other_ways():
    ended = add(f"endpoint={ENDPOINT}", pim="HTTPS://ACME.cloud.akeneo.com:443/")

    assert ended.answer["id"] == Channel.objects.get().pk


def test_a_pim_that_is_only_registered_will_do(pim):
    Connection.objects.update(state=Connection.State.REGISTERED, token="")

    assert add(f"endpoint={ENDPOINT}").status == 0


def test_a_value_may_hold_an_equals_sign_and_be_set_twice():
    add("endpoint=https://first.example.com", f"endpoint={ENDPOINT}?a=b", "secret=a=b c")

    channel = Channel.objects.get()
    assert channel.settings["endpoint"] == f"{ENDPOINT}?a=b"
    assert channel.secrets == {"secret": "a=b c"}


def test_a_command_may_use_any_folder(tmp_path):
    ended = add(f"destination={tmp_path}", kind="file")

    assert ended.status == 0
    assert Channel.objects.get().settings["destination"] == str(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"kind": "fax"}, f"There is no kind of channel “fax”. There are: {', '.join(KINDS)}."),
        ({"kind": ""}, "There is no kind of channel “”."),
        ({"pim": "https://unknown.cloud.akeneo.com"}, "Register it with register_pim"),
        ({"pim": "acme"}, "This is not the address of a PIM: it must start with https://."),
        ({"pim": ""}, "The address of the PIM is missing."),
        ({"name": ""}, "A name is needed."),
        ({"name": "  "}, "A name is needed."),
        ({"name": "x" * 101}, "The name is too long: 100 characters at most."),
    ],
)
def test_what_cannot_be_is_an_error_in_one_line(arguments, says):
    ended = add(f"endpoint={ENDPOINT}", f"secret={SECRET}", **arguments)

    assert (ended.status, ended.out) == (1, "")
    assert says in ended.problem
    assert SECRET not in ended.err
    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ([], "“Endpoint” (endpoint) is missing."),
        (["endpoint="], "“Endpoint” (endpoint) is missing."),
        ([f"password={SECRET}"], "There is no setting “password” for a channel of kind “http”."),
        ([f"Secret={SECRET}"], "Its settings: endpoint, secret, batch_size, hides, media."),
        (["batch_size=many"], "“Batch size” must be a whole number from 1 to 1000."),
        ([f"secret={SECRET}\n{SECRET}"], "“Secret” must be one line"),
        ([f"endpoint=https://me:{SECRET}@shop.example.com"], "must not contain a user name"),
        (["endpoint=https://169.254.169.254/"], "not on the public internet"),
        (["endpoint"], "Write each setting as --set key=value."),
        ([SECRET], "Write each setting as --set key=value."),
        ([f"={SECRET}"], "Write each setting as --set key=value."),
        ([""], "Write each setting as --set key=value."),
    ],
)
def test_a_wrong_setting_is_an_error_that_repeats_no_secret(settings, says):
    ended = add(*settings)

    assert (ended.status, ended.out) == (1, "")
    assert says in ended.problem
    assert SECRET not in ended.err
    assert not Channel.objects.exists()


def test_several_wrong_settings_are_told_at_once():
    ended = add("batch_size=0", "colour=red")

    assert "There is no setting “colour”" in ended.problem
    assert "“Endpoint” (endpoint) is missing." in ended.problem
    assert "“Batch size” must be" in ended.problem


@pytest.mark.parametrize("missing", ["--pim", "--kind"])
def test_it_needs_a_pim_and_a_kind(missing):
    arguments = {"--pim": PIM, "--kind": "http"}
    del arguments[missing]

    ended = call("add_channel", "Web shop", *(part for pair in arguments.items() for part in pair))

    assert ended.status
    assert missing in ended.problem
