"""The emulator as it is run, with the real local voice, driven by the official SDK as it is."""

from __future__ import annotations

import asyncio
import base64
import datetime
import ipaddress
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("elevenlabs", reason="the SDK lives in the services environment")
import audioop
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from elevenlabs import AsyncElevenLabs, ElevenLabs, VoiceSettings
from elevenlabs.core.api_error import ApiError
from websockets.asyncio.client import connect

from tests.emulator_process import KEY, EmulatorProcess, running_emulator
from tests.voice_process import ROOT, have_piper

VOICE = "21m00Tcm4TlvDq8ikWAM"
OTHER_VOICE = "pNInz6obpgDQGcFmaJgB"
FLASH = "eleven_flash_v2_5"
TEXT = "Good morning, everybody. How are you today?"
MS_BYTES = 32
"""Of a millisecond of 16 kHz PCM."""

pytestmark = pytest.mark.skipif(not have_piper(), reason="the local voice is absent; `make models` gets it")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine that nobody else trusts, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "emulator")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "emulator.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture(scope="module")
def emulator(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    with running_emulator(tmp_path_factory.mktemp("emulator"), "--certificate", certificate) as one:
        yield one


@pytest.fixture(autouse=True)
def trusted(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.fixture
def sdk(emulator: EmulatorProcess) -> ElevenLabs:
    return ElevenLabs(base_url=emulator.url, api_key=KEY)


def test_the_sdk_hears_whole_texts(sdk: ElevenLabs) -> None:
    """Real speech, of a length that fits the text, with its cost in the headers."""
    with sdk.text_to_speech.with_raw_response.convert(
        VOICE, text=TEXT, model_id=FLASH, output_format="pcm_16000"
    ) as answer:
        pcm = b"".join(answer.data)

    assert 2_000 < len(pcm) / MS_BYTES < 6_000
    assert audioop.rms(pcm, 2) > 500
    assert answer.headers["character-cost"] == "22"
    assert answer.headers["request-id"]


def test_the_sdk_hears_streams(sdk: ElevenLabs) -> None:
    """In whatever pieces it asks for, odd ones too: joined, they are whole samples."""
    pieces = list(
        sdk.text_to_speech.stream(
            VOICE, text=TEXT, model_id=FLASH, output_format="pcm_16000", request_options={"chunk_size": 777}
        )
    )

    assert {len(piece) for piece in pieces[:-1]} == {777}
    assert sum(map(len, pieces)) % 2 == 0


def test_the_sdk_hears_mp3_where_it_does_not_ask(sdk: ElevenLabs) -> None:
    """The default format."""
    assert b"".join(sdk.text_to_speech.convert(VOICE, text="Hello.", model_id=FLASH))[:2] == b"\xff\xfb"


def test_times_match_the_speech(sdk: ElevenLabs) -> None:
    """Whole and streamed."""
    whole = sdk.text_to_speech.convert_with_timestamps(VOICE, text=TEXT, model_id=FLASH, output_format="pcm_16000")
    assert whole.alignment is not None
    assert whole.alignment.character_end_times_seconds[-1] == pytest.approx(
        len(base64.b64decode(whole.audio_base_64)) / MS_BYTES / 1_000, abs=0.002
    )

    chunks = list(
        sdk.text_to_speech.stream_with_timestamps(VOICE, text=TEXT, model_id=FLASH, output_format="pcm_16000")
    )
    assert "".join("".join(chunk.alignment.characters) for chunk in chunks if chunk.alignment) == TEXT
    heard_s = sum(len(base64.b64decode(chunk.audio_base_64)) for chunk in chunks) / MS_BYTES / 1_000
    assert chunks[-1].alignment is not None
    assert chunks[-1].alignment.character_end_times_seconds[-1] == pytest.approx(heard_s, abs=0.005)


def test_voices_sound_different(sdk: ElevenLabs) -> None:
    """Two ids, two timbres, about the same length."""
    one, other = (
        b"".join(sdk.text_to_speech.convert(voice, text=TEXT, model_id=FLASH, output_format="pcm_16000"))
        for voice in (VOICE, OTHER_VOICE)
    )

    assert one != other
    assert len(one) == pytest.approx(len(other), rel=0.15)


async def test_the_async_sdk_hears_streams(emulator: EmulatorProcess) -> None:
    """Several at once, on kept connections."""
    client = AsyncElevenLabs(base_url=emulator.url, api_key=KEY)

    async def hear() -> int:
        sound = client.text_to_speech.stream(VOICE, text=TEXT, model_id=FLASH, output_format="pcm_16000")
        return sum([len(piece) async for piece in sound])

    assert min(await asyncio.gather(hear(), hear())) > 2_000 * MS_BYTES


async def test_the_async_sdk_gets_errors_as_they_are(emulator: EmulatorProcess) -> None:
    """With status, code and body."""
    client = AsyncElevenLabs(base_url=emulator.url, api_key="wrong")
    with pytest.raises(ApiError) as refused:
        await client.voices.get_all()

    assert (refused.value.status_code, refused.value.body["detail"]["code"]) == (401, "invalid_api_key")


def test_the_realtime_sdk_speaks_while_text_comes(sdk: ElevenLabs) -> None:
    """Over TLS, which it insists on."""
    words = (f"{word} " for word in (TEXT * 3).split())
    settings = VoiceSettings(stability=0.5, similarity_boost=0.75, speed=1.0)

    pieces = list(
        sdk.text_to_speech.convert_realtime(
            VOICE, text=words, model_id=FLASH, output_format="pcm_16000", voice_settings=settings
        )
    )

    assert len(pieces) > 3
    assert 6_000 < len(b"".join(pieces)) / MS_BYTES < 18_000


def test_the_realtime_sdk_is_told_of_errors(emulator: EmulatorProcess) -> None:
    """As an exception, not as silence."""
    client = ElevenLabs(base_url=emulator.url, api_key="wrong")
    with pytest.raises(ApiError):
        list(client.text_to_speech.convert_realtime(VOICE, text=iter(["Hello. "]), model_id=FLASH))


async def test_a_token_opens_a_socket_without_the_key(emulator: EmulatorProcess, sdk: ElevenLabs) -> None:
    """Once; the sound is real."""
    token = sdk.tokens.single_use.create("tts_websocket").token
    address = emulator.url.replace("https", "wss")
    query = f"model_id={FLASH}&output_format=pcm_16000&single_use_token={token}"
    heard = b""
    async with connect(f"{address}/v1/text-to-speech/{VOICE}/multi-stream-input?{query}") as socket:
        await socket.send(json.dumps({"text": f"{TEXT} ", "context_id": "a", "flush": True}))
        await socket.send(json.dumps({"context_id": "a", "close_context": True}))
        while not (frame := json.loads(await asyncio.wait_for(socket.recv(), 20))).get("isFinal"):
            heard += base64.b64decode(frame["audio"])

    assert audioop.rms(heard, 2) > 500
    assert token not in emulator.log


def test_nothing_that_was_spoken_is_in_the_log(emulator: EmulatorProcess, sdk: ElevenLabs) -> None:
    """Nor any key."""
    list(sdk.text_to_speech.stream(VOICE, text="Zanzibar and Timbuktu.", model_id=FLASH))

    assert "characters in" in emulator.log
    for word in ("Zanzibar", "Timbuktu", "morning", KEY, "must not be used"):
        assert word not in emulator.log


def test_it_ends_in_order_with_its_voice(tmp_path: Path) -> None:
    """On SIGTERM, within seconds; nothing is left running."""
    with running_emulator(tmp_path) as one:
        children = one.children()
        assert children
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(15) == 0
        assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
        assert one.log.splitlines()[-1] == "INFO emulator: stopped"


def test_it_refuses_to_listen_to_other_machines() -> None:
    """Unless it is told to."""
    ended = subprocess.run(
        [sys.executable, "-m", "emulator", "--host", "0.0.0.0", "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert "--allow-remote" in ended.stderr
