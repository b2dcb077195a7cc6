"""The client credentials grant (RFC 6749, 4.4): a request for a token, and what providers answer."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from urllib.parse import parse_qsl, quote_plus, urlencode

import attrs
from twisted.internet.interfaces import IReactorTime

from frp.config.client import OIDCClientConfig
from frp.errors import Refused, Unavailable
from frp.http.fetch import Answer, Fetcher
from frp.values import frozen

__all__ = ["Grant", "Granted"]

_FORM = "application/x-www-form-urlencoded"

#: Characters of a provider's words that are shown.
_SHOWN = 200


@frozen
class Granted:
    """
    A token.

    @ivar since: when it came.
    @ivar lifetime: seconds from then; 0 where the provider did not say.
    """

    token: str = attrs.field(repr=False)
    since: float
    lifetime: float


class Grant:
    """
    Asks one provider for tokens.

    How it wants the credentials is found out, as in the reference: first they are sent as HTTP Basic, and when the
    provider says no, once more in the form. What worked is remembered.
    """

    def __init__(self, oidc: OIDCClientConfig, fetcher: Fetcher) -> None:
        self._oidc = oidc
        self._fetcher = fetcher
        self._styles = [True, False]  # as HTTP Basic?

    async def ask(self, clock: IReactorTime) -> Granted:
        """
        @param clock: tells when the answer came.
        @raise Refused: the provider says no.
        @raise Unavailable: it does not answer, or makes no sense.
        """
        for basic in list(self._styles):
            answer = await self._request(basic)
            try:
                granted = self._read(answer, clock.seconds())
            except (Refused, Unavailable):
                if basic is self._styles[-1]:
                    raise
            else:
                self._styles = [basic]
                return granted
        raise AssertionError("the last style returns or raises")

    async def _request(self, basic: bool) -> Answer:
        oidc = self._oidc
        form = {"grant_type": "client_credentials", "scope": oidc.scope, **oidc.additionalEndpointParams}
        headers = {"Content-Type": _FORM, "Accept": "application/json"}
        if oidc.audience:
            form["audience"] = oidc.audience
        if basic:
            pair = f"{quote_plus(oidc.clientID)}:{quote_plus(oidc.clientSecret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = oidc.clientID
            if oidc.clientSecret:
                form["client_secret"] = oidc.clientSecret
        body = urlencode(sorted(form.items())).encode()
        return await self._fetcher.post(oidc.tokenEndpointURL, headers, body)

    def _read(self, answer: Answer, now: float) -> Granted:
        good = 200 <= answer.code <= 299
        try:
            said = _fields(answer)
        except ValueError as error:
            if good:
                # The answer itself is not shown: there may be a token in it.
                text = "oauth2: cannot parse " + ("response" if answer.type in _FORMS else "json")
                kind = answer.type or "no type"
                raise Unavailable(text, f"{text} ({kind}, {len(answer.body)} bytes): {_why(error)}") from error
            said = {}
        problem = said.get("error")
        if problem or not good:
            raise self._refusal(answer, said, problem)
        token = said.get("access_token")
        if not isinstance(token, str) or not token:
            raise Unavailable("oauth2: server response missing access_token")
        return Granted(token, now, _seconds(said.get("expires_in")))

    def _refusal(self, answer: Answer, said: dict[str, object], problem: object) -> Refused | Unavailable:
        if isinstance(problem, str) and problem:
            words = [problem, *(said.get(key) for key in ("error_description", "error_uri"))]
            brief = " ".join(["oauth2:", *(self._quote(word) for word in words if isinstance(word, str) and word)])
        else:
            brief = f"oauth2: cannot fetch token: {answer.status}"
            if answer.body:
                brief += f"; it says {self._quote(answer.body.decode('utf-8', 'replace'))}"
        detail = brief
        if answer.code == 401 or problem == "invalid_client":
            detail += "; are auth.oidc.clientID and auth.oidc.clientSecret right?"
        # Who said no says so again: that is not asked as often as one that is away.
        return (Unavailable if answer.code >= 500 else Refused)(brief, detail)

    def _quote(self, text: str) -> str:
        """A provider's words, without our secret, in one line."""
        for secret in (self._oidc.clientSecret, quote_plus(self._oidc.clientSecret)):
            if secret:
                text = text.replace(secret, "***")
        return json.dumps(text[:_SHOWN], ensure_ascii=not text.isprintable())


def _why(error: ValueError) -> str:
    """What cannot be read, and nothing of it."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at byte {error.pos}"
    return "it is no UTF-8" if isinstance(error, UnicodeDecodeError) else "it has another shape"


#: What the reference reads as a form.
_FORMS = (_FORM, "text/plain")


def _fields(answer: Answer) -> dict[str, object]:
    """@raise ValueError: there are none."""
    if answer.type in _FORMS:
        return dict(parse_qsl(answer.body.decode(), strict_parsing=True, max_num_fields=1000))
    try:
        found = json.loads(answer.body)
    except RecursionError as error:
        raise ValueError from error
    if not isinstance(found, dict):
        raise ValueError
    return found


def _seconds(given: object) -> float:
    """
    @param given: C{expires_in}: a number, or one in a string; some say null.
    @return: 0 where it says nothing.
    @raise Unavailable: it is no number.
    """
    if given in (None, ""):
        return 0.0
    try:
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise ValueError
        seconds = float(given)
        if not math.isfinite(seconds):
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise Unavailable("oauth2: cannot parse json", "oauth2: cannot parse json: expires_in is no number") from error
    return max(0.0, seconds)
