"""Alerts: one for each cause, to a mail server and a webhook on this machine; one that cannot be sent fails nothing."""

import json
import socket
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from orchestration.alerts import Alert, channels, send
from orchestration.sensors import run_failed, source_stale
from warehouse.errors import InvalidSetting, ReleaseBlocked
from warehouse.storage.home import Home
from warehouse.storage.landing import SourceStatus
from warehouse.storage.workspace import Warehouse

NAMES = ("SMTP", "SMTP_PASSWORD", "SMTP_PASSWORD_FILE", "ALERT_TO", "ALERT_FROM", "ALERT_WEBHOOK", "ALERT_WEBHOOK_FILE")
PATH = "/hooks/a-token-made-up-for-a-test"
ALERT = Alert("a run of build failed", "What to do: nothing.\nWhat happened: cafés.")


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch, tmp_path):
    for name in NAMES:
        monkeypatch.delenv(f"CPOWER_{name}", raising=False)
    monkeypatch.setenv("CPOWER_HOME", str(tmp_path / "home"))


@pytest.fixture
def webhook(httpserver, monkeypatch, tmp_path):
    """A receiver of alerts, whose address, a secret, is in a file."""
    httpserver.expect_request(PATH, method="POST").respond_with_data("ok")
    (tmp_path / "webhook").write_text(httpserver.url_for(PATH) + "\n", "utf-8")
    monkeypatch.setenv("CPOWER_ALERT_WEBHOOK_FILE", str(tmp_path / "webhook"))
    return lambda: [request.get_json() for request, _ in httpserver.log]


@pytest.fixture
def mailbox(monkeypatch, tmp_path):
    """A mail server that asks for a password, and the messages that it has received."""
    pytest.importorskip("aiosmtpd", reason="needs the package aiosmtpd")
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Message
    from aiosmtpd.smtp import AuthResult

    received = []

    class Keep(Message):
        def handle_message(self, message):
            received.append(message)

    def admit(_server, _session, _envelope, _mechanism, credentials):
        right = (credentials.login, credentials.password) == (b"alerts", b"made up, 9c1d")
        return AuthResult(success=right, handled=False)

    options = {"authenticator": admit, "auth_required": True, "auth_require_tls": False}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Keep(), hostname="127.0.0.1", port=port, **options)
    controller.start()
    monkeypatch.setenv("CPOWER_SMTP", f"smtp://alerts@127.0.0.1:{port}")
    (tmp_path / "smtp-password").write_text("made up, 9c1d\n", "utf-8")
    monkeypatch.setenv("CPOWER_SMTP_PASSWORD_FILE", str(tmp_path / "smtp-password"))
    monkeypatch.setenv("CPOWER_ALERT_TO", "data@council.example, it@council.example")
    yield received
    controller.stop()


def test_without_a_setting_nothing_is_sent():
    assert channels() == {}
    assert send(ALERT) == ""


def test_an_alert_is_posted_as_json(webhook):
    assert send(ALERT) is None
    assert webhook() == [{"title": ALERT.title, "text": f"{ALERT.title}\n{ALERT.text}"}]


def test_an_alert_is_mailed_to_everyone_who_is_named(mailbox):
    assert send(ALERT) is None
    [message] = mailbox
    assert message["Subject"] == "Community Power: a run of build failed"
    assert message["From"] == "data@council.example"
    assert message["X-RcptTo"] == "data@council.example, it@council.example"
    assert message.get_payload(decode=True).decode("utf-8").splitlines() == ALERT.text.splitlines()


def test_why_an_alert_was_not_sent_is_told_without_the_secret(mailbox, webhook, httpserver, monkeypatch):
    monkeypatch.delenv("CPOWER_SMTP_PASSWORD_FILE")
    monkeypatch.setenv("CPOWER_SMTP_PASSWORD", "a wrong one, 4e7b")
    httpserver.clear()
    httpserver.expect_request(PATH).respond_with_data("no", status=403)
    told = send(ALERT)
    assert told == "mail: the mail server answered with code 535; webhook: the receiver answered with status 403"
    httpserver.stop()
    told = send(ALERT)
    assert "webhook: not sent (ConnectionError)" in told
    assert "token" not in told
    httpserver.start()


def test_a_password_is_not_sent_to_another_machine_without_encryption(mailbox, monkeypatch):
    monkeypatch.setattr("orchestration.alerts._is_loopback", lambda _host: False)
    assert send(ALERT) == "mail: CPOWER_SMTP: the server has no TLS, so the password was not sent. Use smtps://."
    assert mailbox == []


def test_a_redirect_is_not_followed_and_not_taken_for_an_answer(webhook, httpserver):
    httpserver.clear()
    httpserver.expect_request(PATH).respond_with_data("", status=307, headers={"Location": "/elsewhere"})
    assert send(ALERT) == "webhook: the receiver answered with status 307"
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"SMTP": "mail.council.example"}, "CPOWER_SMTP: expected smtp://"),
        ({"SMTP": "smtp://a:5e1f@mail.example", "ALERT_TO": "a@b.example"}, "CPOWER_SMTP: .*without a password"),
        ({"SMTP": "smtp://mail.example"}, "CPOWER_ALERT_TO: expected email addresses"),
        ({"ALERT_WEBHOOK": "hooks.example"}, "CPOWER_ALERT_WEBHOOK: expected an address"),
        ({"ALERT_WEBHOOK_FILE": "/no/such/file"}, "CPOWER_ALERT_WEBHOOK_FILE: /no/such/file cannot be read: No such"),
        ({"ALERT_WEBHOOK_FILE": "/dev/null"}, "is empty"),
        ({"ALERT_WEBHOOK_FILE": "/x", "ALERT_WEBHOOK": "https://y.example"}, "both set"),
    ],
)
def test_a_setting_with_which_nothing_could_be_sent_is_named(settings, told, monkeypatch):
    for name, value in settings.items():
        monkeypatch.setenv(f"CPOWER_{name}", value)
    with pytest.raises(InvalidSetting, match=told) as caught:
        channels()
    assert "5e1f" not in str(caught.value)
    assert send(ALERT) == str(caught.value)


def failing(error):
    """Return a job named build that fails with an error, or succeeds with None."""

    @dg.op
    def step():
        if error:
            raise error

    @dg.job(name="build")
    def build():
        step()

    return build


def run(instance, error):
    """Run a job and, if it failed, the sensor of failed runs; return the tags of the run."""
    made = failing(error).execute_in_process(instance=instance, raise_on_error=False)
    if error:
        event = made.get_run_failure_event()
        run_failed(
            dg.build_run_status_sensor_context(
                sensor_name="run_failed", dagster_event=event, dagster_instance=instance, dagster_run=made.dagster_run
            ).for_run_failure()
        )
    return instance.get_run_by_id(made.run_id).tags


def test_a_cause_is_told_once_until_a_run_succeeds(webhook):
    with dg.DagsterInstance.ephemeral() as instance:
        assert run(instance, InvalidSetting("one"))["alert"] == "sent"
        for _ in range(2):
            assert run(instance, InvalidSetting("one"))["alert"] == "sent before, for an earlier run"
        assert len(webhook()) == 1
        assert run(instance, InvalidSetting("another"))["alert"] == "sent"
        run(instance, None)
        assert run(instance, InvalidSetting("another"))["alert"] == "sent"
    assert [alert["title"] for alert in webhook()] == ["a run of build failed"] * 3
    assert webhook()[0]["text"].splitlines()[1].startswith("What to do: ")


def test_an_edition_that_the_gate_holds_is_told_as_such(webhook):
    with dg.DagsterInstance.ephemeral() as instance:
        run(instance, ReleaseBlocked("40 of 361 localities move."))
    [alert] = webhook()
    assert alert["title"] == "an edition is held by the release gate"
    assert "blocked-changes.md" in alert["text"]
    assert "40 of 361" in alert["text"]


def test_an_alert_that_cannot_be_sent_fails_nothing_and_is_sent_for_the_next_run(webhook, httpserver, capsys):
    httpserver.clear()
    httpserver.expect_ordered_request(PATH).respond_with_data("", status=500)
    httpserver.expect_ordered_request(PATH).respond_with_data("ok")
    with dg.DagsterInstance.ephemeral() as instance:
        tags = run(instance, InvalidSetting("one"))
        assert tags["alert"] == "not sent: webhook: the receiver answered with status 500"
        assert "what_to_do" in tags
        assert run(instance, InvalidSetting("one"))["alert"] == "sent"
    assert "was not sent. webhook" in capsys.readouterr().out


def test_without_a_setting_a_failed_run_has_no_word_on_alerts():
    with dg.DagsterInstance.ephemeral() as instance:
        assert "alert" not in run(instance, InvalidSetting("one"))


def test_a_stale_source_is_told_once_until_it_is_pulled_again(webhook):
    landing, now = Warehouse(Home.resolve().prepare()).landing, datetime.now(UTC)

    def tick(cursor, age_days, state="ok"):
        then = now - timedelta(days=age_days)
        landing.record(
            SourceStatus("nomis_population", state, then, then, then, "No answer." if state == "failed" else "")
        )
        context = dg.build_sensor_context(cursor=cursor)
        assert isinstance(source_stale(context), dg.SkipReason)
        return context.cursor

    cursor = tick(None, 10)
    assert webhook() == []
    cursor = tick(cursor, 20)
    # A pull that fails does not make it less stale.
    for _ in range(2):
        cursor = tick(cursor, 21, "failed")
    assert [alert["title"] for alert in webhook()] == ["the source nomis_population is stale"]
    assert json.loads(cursor) == ["nomis_population"]
    cursor = tick(tick(cursor, 0), 30)
    assert len(webhook()) == 2
    assert "cpower pull nomis_population" in webhook()[1]["text"]


def test_the_alert_of_a_stale_source_is_tried_again(webhook, httpserver):
    landing, then = Warehouse(Home.resolve().prepare()).landing, datetime.now(UTC) - timedelta(days=30)
    landing.record(SourceStatus("nomis_population", "ok", then, then, then))
    httpserver.clear()
    httpserver.expect_ordered_request(PATH).respond_with_data("", status=500)
    httpserver.expect_ordered_request(PATH).respond_with_data("ok")
    context = dg.build_sensor_context()
    assert "tried again" in source_stale(context).skip_message
    again = dg.build_sensor_context(cursor=context.cursor)
    source_stale(again)
    assert json.loads(again.cursor) == ["nomis_population"]
