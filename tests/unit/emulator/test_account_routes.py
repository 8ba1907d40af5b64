"""Voices, keys, history and dictionaries, through the official SDK as it is."""

import io
import wave

import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.types import PronunciationDictionaryVersionLocator, VoiceSettings

from emulator.voices import PREMADE
from tests.unit.emulator.conftest import FLASH, KEY, VOICE, Listening


@pytest.fixture
def sdk(here: Listening) -> ElevenLabs:
    return ElevenLabs(base_url=here.url, api_key=KEY)


def _wav(seconds: float) -> io.BytesIO:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(bytes(round(seconds * 32_000)))
    file.seek(0)
    file.name = "take.wav"
    return file


def test_the_sdk_reads_voices_models_and_the_subscription(sdk: ElevenLabs) -> None:
    """Every field that it needs is there."""
    assert [voice.name for voice in sdk.voices.get_all().voices] == [name for _, name, _ in PREMADE]
    assert sdk.voices.get(VOICE).category == "premade"
    [flash] = [model for model in sdk.models.list() if model.model_id == FLASH]
    assert flash.model_rates.character_cost_multiplier == 0.5
    subscription = sdk.user.subscription.get()
    assert (subscription.tier, subscription.character_count, subscription.character_limit) == ("creator", 0, 100_000)
    assert sdk.user.get().subscription.tier == "creator"


def test_voices_come_in_pages(sdk: ElevenLabs) -> None:
    """Until there are no more."""
    first = sdk.voices.search(page_size=4)
    second = sdk.voices.search(page_size=4, next_page_token=first.next_page_token)

    assert (len(first.voices), first.has_more, first.total_count) == (4, True, 6)
    assert (len(second.voices), second.has_more, second.next_page_token) == (2, False, None)
    assert [voice.name for voice in sdk.voices.search(search="british").voices] == ["George", "Alice"]


def test_a_cloned_voice_lives_and_dies(sdk: ElevenLabs, here: Listening) -> None:
    """Added, listed, heard, changed, and gone with its samples."""
    sample = _wav(12).read()
    added = sdk.voices.ivc.create(name="Mine", files=[_wav(12)], labels={"accent": "mine"}, description="A test.")
    assert added.requires_verification is False

    voice = sdk.voices.get(added.voice_id)
    assert (voice.name, voice.category, voice.labels) == ("Mine", "cloned", {"accent": "mine"})
    assert (voice.samples[0].size_bytes, voice.samples[0].mime_type) == (len(sample), "audio/x-wav")
    kept = sdk.voices.samples.audio.get(voice_id=added.voice_id, sample_id=voice.samples[0].sample_id)
    assert b"".join(kept) == sample
    assert b"".join(sdk.text_to_speech.stream(added.voice_id, text="Hello", model_id=FLASH))

    sdk.voices.update(added.voice_id, name="Still mine", files=[_wav(3)])
    assert sdk.voices.get(added.voice_id).name == "Still mine"
    assert len(sdk.voices.get(added.voice_id).samples) == 2
    sdk.samples.delete(voice_id=added.voice_id, sample_id=voice.samples[0].sample_id)
    assert len(sdk.voices.get(added.voice_id).samples) == 1

    assert sdk.voices.delete(added.voice_id).status == "ok"
    with pytest.raises(ApiError) as gone:
        sdk.voices.get(added.voice_id)
    assert gone.value.status_code == 404
    assert here.state()["voices_added"] == 0


@pytest.mark.parametrize(
    ("seconds", "code"),
    [pytest.param(5, "sample_too_short", id="short"), pytest.param(None, "invalid_sample", id="no")],
)
def test_samples_that_will_not_do_are_refused(sdk: ElevenLabs, seconds: float | None, code: str) -> None:
    """Ten seconds of readable audio are the least."""
    with pytest.raises(ApiError) as refused:
        sdk.voices.ivc.create(name="Mine", files=[io.BytesIO(b"no sound") if seconds is None else _wav(seconds)])

    assert (refused.value.status_code, refused.value.body["detail"]["code"]) == (400, code)


def test_voice_slots_run_out(sdk: ElevenLabs, here: Listening) -> None:
    """A free plan has three."""
    here.switch(plan="free")
    for number in range(3):
        sdk.voices.ivc.create(name=f"Voice {number}", files=[_wav(11)])

    with pytest.raises(ApiError) as refused:
        sdk.voices.ivc.create(name="One more", files=[_wav(11)])
    assert refused.value.body["detail"]["code"] == "voice_limit_reached"


def test_ready_made_voices_cannot_be_deleted(sdk: ElevenLabs) -> None:
    """They are everybody's."""
    with pytest.raises(ApiError) as refused:
        sdk.voices.delete(VOICE)
    assert refused.value.status_code == 400


def test_settings_of_a_voice_are_heard(sdk: ElevenLabs, here: Listening) -> None:
    """Where a request gives none of its own."""
    assert sdk.voices.settings.get_default().speed == 1.0
    usual = here.speech("Hello everybody")
    sdk.voices.settings.update(VOICE, request=VoiceSettings(speed=0.8))

    slow = here.speech("Hello everybody")
    own = here.speech("Hello everybody", body={"voice_settings": {"speed": 1.0}})

    assert sdk.voices.settings.get(VOICE).speed == 0.8
    assert len(slow.content) / len(usual.content) == pytest.approx(1.25, rel=0.02)
    assert len(own.content) == pytest.approx(len(usual.content), rel=0.01)


def test_the_history_lists_and_forgets(sdk: ElevenLabs, here: Listening) -> None:
    """Newest first, in pages."""
    for text in ("One.", "Two.", "Three."):
        here.speech(text)

    page = sdk.history.list(page_size=2)
    assert [item.text for item in page.history] == ["Three.", "Two."]
    assert page.has_more
    rest = sdk.history.list(start_after_history_item_id=page.last_history_item_id)
    assert [item.text for item in rest.history] == ["One."]
    item = sdk.history.get(page.history[0].history_item_id)
    assert (item.model_id, item.voice_name, item.source) == (FLASH, "Rachel", "TTS")
    assert item.character_count_change_to - item.character_count_change_from == 3

    sdk.history.delete(item.history_item_id)
    assert [item.text for item in sdk.history.list().history] == ["Two.", "One."]


def test_usage_adds_up(sdk: ElevenLabs, here: Listening) -> None:
    """Credits a day."""
    here.speech("Good morning.")
    now_ms = int(here.emulator.now() * 1_000)

    usage = sdk.usage.get(start_unix=now_ms - 86_400_000, end_unix=now_ms)

    assert usage.usage == {"All": [7.0]}


def test_keys_of_service_accounts_are_made_limited_and_taken_back(sdk: ElevenLabs, here: Listening) -> None:
    """Scope, limit, switch and deletion each take effect at once."""
    with here.client() as client:
        account = client.post("/v1/service-accounts", json={"name": "machines"}).json()["service-account-user-id"]
    made = sdk.service_accounts.api_keys.create(
        account, name="speaks", permissions=["text_to_speech"], character_limit=10
    )

    assert here.speech("Hello", key=made.xi_api_key).status_code == 200
    refused = ElevenLabs(base_url=here.url, api_key=made.xi_api_key)
    with pytest.raises(ApiError) as missing:
        refused.voices.get_all()
    assert (missing.value.status_code, missing.value.body["detail"]["code"]) == (401, "missing_permissions")
    assert here.speech("Much too long for ten", key=made.xi_api_key).json()["detail"]["code"] == "quota_exceeded"

    path = f"/v1/service-accounts/{account}/api-keys/{made.key_id}"
    with here.client() as client:
        client.patch(path, json={"is_enabled": False}).raise_for_status()
        assert here.speech("Hi", key=made.xi_api_key).json()["detail"]["code"] == "invalid_api_key"
        client.patch(path, json={"is_enabled": True, "character_limit": "clear"}).raise_for_status()
        assert here.speech("Much too long for ten", key=made.xi_api_key).status_code == 200
        client.delete(path).raise_for_status()
    assert here.speech("Hi", key=made.xi_api_key).status_code == 401
    assert sdk.service_accounts.api_keys.list(account).api_keys == []


def test_a_dictionary_is_heard_in_the_version_that_is_named(sdk: ElevenLabs, here: Listening) -> None:
    """The newest, where none is."""
    rules = [{"type": "alias", "string_to_replace": "Siobhan", "alias": "shivawn", "word_boundaries": True}]
    dictionary = sdk.pronunciation_dictionaries.create_from_rules(name="names", rules=rules)
    changed = sdk.pronunciation_dictionaries.rules.add(
        dictionary.id, rules=[{"type": "alias", "string_to_replace": "Siobhan", "alias": "sheevon"}]
    )
    assert changed.version_rules_num == 1

    for version, said in ((dictionary.version_id, "shivawn"), (changed.version_id, "sheevon"), (None, "sheevon")):
        locator = PronunciationDictionaryVersionLocator(pronunciation_dictionary_id=dictionary.id, version_id=version)
        list(
            sdk.text_to_speech.stream(
                VOICE, text="Siobhan", model_id=FLASH, pronunciation_dictionary_locators=[locator]
            )
        )
        assert here.voice.said[-1][0] == said

    listed = sdk.pronunciation_dictionaries.list().pronunciation_dictionaries
    assert [(each.name, each.latest_version_id) for each in listed] == [("names", changed.version_id)]
    pls = b"".join(sdk.pronunciation_dictionaries.download(dictionary.id, changed.version_id))
    again = sdk.pronunciation_dictionaries.create_from_file(name="again", file=("names.pls", pls))
    assert sdk.pronunciation_dictionaries.get(again.id).rules[0].alias == "sheevon"
    sdk.pronunciation_dictionaries.rules.remove(again.id, rule_strings=["Siobhan"])
    assert sdk.pronunciation_dictionaries.get(again.id).rules == []
    sdk.pronunciation_dictionaries.update(again.id, archived=True)
    assert len(sdk.pronunciation_dictionaries.list().pronunciation_dictionaries) == 1
