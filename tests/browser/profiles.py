"""Browser profiles that are cleaned and used again: a new one loads and compiles all scripts anew.

A test still finds an empty profile: no cookie, nothing stored, no page, no route. What cannot be
taken back (a script put into every page) makes a profile one that is thrown away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from tests import patience

_STAYS = ("add_init_script", "set_offline", "expose_function", "expose_binding", "on")
"""What a test may do to a profile that cannot be undone."""


class Profiles:
    """The profiles of one browser.

    Args:
        make: Playwright's ``new_context``.
    """

    def __init__(self, make: Callable[..., BrowserContext]) -> None:
        self._make = make
        self._idle: defaultdict[str, list[BrowserContext]] = defaultdict(list)
        self._used: dict[BrowserContext, str] = {}
        self._spoiled: set[BrowserContext] = set()

    def take(self, **options: Any) -> BrowserContext:
        """An empty profile with these options; its ``close`` gives it back.

        Playwright waits for a condition by evaluating a text in the page, which its content
        security policy forbids: it is not enforced, but for who asks with ``bypass_csp=False``.
        """
        options = {"bypass_csp": True, **options}
        kind = repr(sorted(options.items()))
        profile = self._idle[kind].pop() if self._idle[kind] else self._fresh(options)
        self._used[profile] = kind
        return profile

    def in_use(self) -> set[BrowserContext]:
        """What was taken and not given back."""
        return set(self._used)

    def _fresh(self, options: dict[str, Any]) -> BrowserContext:
        profile = self._make(**options)
        # As long as a busy machine needs.
        profile.set_default_timeout(patience.MILLISECONDS)
        really_close = profile.close

        def close(**_: Any) -> None:
            if self._give_back(profile):
                really_close()

        profile.close = close
        for name in _STAYS:
            setattr(profile, name, self._spoiling(profile, getattr(profile, name)))
        return profile

    def _spoiling(self, profile: BrowserContext, act: Callable[..., Any]) -> Callable[..., Any]:
        def acted(*given: Any, **named: Any) -> Any:
            self._spoiled.add(profile)
            return act(*given, **named)

        return acted

    def _give_back(self, profile: BrowserContext) -> bool:
        """Empty it and keep it; whether it has to be thrown away instead."""
        kind = self._used.pop(profile, None)
        if kind is None:
            return False
        if profile in self._spoiled:
            return True
        try:
            for page in profile.pages:
                _empty(page)
            profile.clear_cookies()
            profile.clear_permissions()
            profile.unroute_all()
        except PlaywrightError:  # a page or the browser crashed: another one is made
            return True
        self._idle[kind].append(profile)
        return False


def _empty(page: Page) -> None:
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear()")
    page.close()
