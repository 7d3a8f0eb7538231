"""The ways to a mail server: encrypted, to one that proves its name, by one that knows us."""

import ssl
import subprocess
from pathlib import Path

import pytest

from tests.support.loopback import HOST
from tests.support.mail_server import MailServer
from tests.web.mails.office import NEW
from tests.web.site import PASSWORD
from web.mail_server import MailServer as Server
from web.mail_server import MailServerAway
from web.mail_texts import compose


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate with its key in one file, of a name that this machine has."""
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    crt = f"{file}.crt"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    subprocess.run(
        [*make.split(), "-addext", f"subjectAltName=IP:{HOST}", "-keyout", file, "-out", crt],
        check=True,
        capture_output=True,
    )
    file.write_text(file.read_text() + Path(crt).read_text())
    return file


# Of the server's library, which sees no TLS where it comes first.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("scheme", ["smtps://{}", "smtp://{}?starttls"])
def test_mails_go_encrypted_to_who_proves_its_name_and_knows_us(
    app, rider, certificate, monkeypatch, scheme
):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    with app.app_context():
        key = {"city": "amsterdam", "user_id": rider.user.id}
        rider.movr.change_password(**key, old_password=PASSWORD, new_password=NEW, mail_in="en")
        (mail,) = rider.movr.get_due_mails(city="amsterdam")
        message = compose(mail, rider.user)
    server = MailServer(password="se/cret", tls=tls, is_smtps=scheme.startswith("smtps"))
    with server:

        def send(who: str) -> None:
            uri = scheme.format(f"{who}@{HOST}:{server.port}")
            Server.at(uri).send(message, to=rider.user.email, own_name="movr.example")

        with pytest.raises(MailServerAway, match="SSLCertVerificationError"):
            send("movr:se%2Fcret")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(MailServerAway, match="SMTPAuthenticationError 535"):
            send("movr:wrong")
        send("movr:se%2Fcret")
        assert server.recipients == [rider.user.email]
