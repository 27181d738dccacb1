"""A language model, asked by the worker: Gemini through Google's library, which is imported when it is first asked.

Nothing is asked without a key. What comes back is text that others have written: whoever asks checks it.
"""

from dataclasses import dataclass
from typing import Any

from hampa.platform.config import settings

SECONDS, TRIES, MOST_TOKENS = 40, 2, 8_000
TOO_OFTEN, REFUSED_KEY = (429,), (400, 401, 402, 403, 404)


class ModelFailed(Exception):
    """The model has not answered; `reason` is "busy", "away", "unusable" or "rejected", and `tokens` what it took."""

    def __init__(self, reason: str, tokens: tuple[int, int] = (0, 0)) -> None:
        super().__init__(reason)
        self.reason = reason
        self.tokens = tokens


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model wrote, JSON as a text, and the tokens that were read and written."""

    text: str
    model: str
    tokens: tuple[int, int]


def has_model() -> bool:
    """Return whether a model can be asked here."""
    return bool(settings().gemini_key)


def ask_model(instruction: str, content: str, schema: dict[str, Any]) -> ModelAnswer:
    """Return what the model answers to an instruction and a content, as JSON of a schema. Raise ModelFailed.

    It waits for a minute and a half at most; a caller holds no transaction meanwhile.
    """
    import httpx2
    from google import genai
    from google.genai import errors, types

    options = types.HttpOptions(
        base_url=settings().gemini_url or None,
        timeout=SECONDS * 1_000,
        retry_options=types.HttpRetryOptions(attempts=TRIES, initial_delay=1.0, max_delay=3.0),
    )
    config = types.GenerateContentConfig(
        system_instruction=instruction,
        response_mime_type="application/json",
        response_json_schema=schema,
        temperature=0.2,
        max_output_tokens=MOST_TOKENS,
    )
    client = genai.Client(api_key=settings().gemini_key, vertexai=False, http_options=options)
    try:
        response = client.models.generate_content(model=settings().gemini_model, contents=content, config=config)
    except errors.APIError as error:
        reason = "busy" if error.code in TOO_OFTEN else "rejected" if error.code in REFUSED_KEY else "away"
        raise ModelFailed(reason) from error
    except (httpx2.HTTPError, OSError) as error:
        raise ModelFailed("away") from error
    except ValueError as error:  # what is no answer of this service
        raise ModelFailed("unusable") from error
    finally:
        client.close()
    tokens = _tokens(response.usage_metadata)
    if not response.text:
        raise ModelFailed("unusable", tokens)
    return ModelAnswer(response.text, settings().gemini_model, tokens)


def _tokens(use: Any) -> tuple[int, int]:
    """Return the tokens that were read and written; what a model thinks is written too."""
    if use is None:
        return 0, 0
    return use.prompt_token_count or 0, (use.candidates_token_count or 0) + (use.thoughts_token_count or 0)
