"""Headless Chromium over its DevTools protocol: any width down to a telephone's, light and dark, screen and print.

Its command line alone makes no window narrower than 500 pixels and knows no colour scheme.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import aiohttp
import pytest

Theme = Literal["light", "dark"]

#: Texts that people can see whose contrast with what is painted beneath them is too low: [[ratio, text], ...].
_FAINT = """
(least, within) => {
  const channels = (colour) => {
    const found = colour.match(/rgba?\\(([^)]+)\\)/);
    const parts = found ? found[1].split(/[,/ ]+/).map(Number) : [0, 0, 0, 0];
    return parts.length === 4 ? parts : [...parts, 1];
  };
  const over = (top, ground) => {
    const a = top[3];
    return [0, 1, 2].map((i) => a * top[i] + (1 - a) * ground[i]).concat(1);
  };
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const painted = (element) => {
    const style = getComputedStyle(element);
    if (!(element instanceof SVGElement)) return channels(style.backgroundColor);
    if (!(element instanceof SVGGeometryElement) || style.fill === 'none') return [0, 0, 0, 0];
    const colour = channels(style.fill);
    return [...colour.slice(0, 3), colour[3] * style.fillOpacity * style.opacity];
  };
  const found = [];
  const walker = document.createTreeWalker(document.querySelector(within), NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const element = node.parentElement;
    const text = node.textContent.trim();
    if (!text || !element.checkVisibility({visibilityProperty: true}) || element.closest('style, .hidden, .skip')) {
      continue;
    }
    element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (!box.width) continue;
    const stack = document.elementsFromPoint(box.x + box.width / 2, box.y + Math.min(box.height, 20) / 2);
    const own = element instanceof SVGElement ? getComputedStyle(element).fill : getComputedStyle(element).color;
    let ground = channels(getComputedStyle(document.body).backgroundColor);
    for (const below of stack.reverse()) if (below !== element || !(below instanceof SVGElement)) {
      ground = over(painted(below), ground);
    }
    const [a, b] = [light(over(channels(own), ground)), light(ground)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least) found.push([Math.round(ratio * 100) / 100, text.slice(0, 60)]);
  }
  return found;
}
"""

#: Pairs of texts of one plot that lie over one another: [[text, text], ...].
_COLLIDING = """
() => {
  const found = [];
  for (const plot of document.querySelectorAll('figure svg')) {
    const texts = [...plot.querySelectorAll('text')].filter((one) => one.textContent.trim());
    const boxes = texts.map((one) => {
      // A slanted text's own box is mostly empty: its corners, turned, tell what it covers.
      const {x, y, width, height} = one.getBBox();
      const to = one.getScreenCTM();
      const [dx, dy] = [Math.min(1, width / 4), height / 5];
      return [[x + dx, y + dy], [x + width - dx, y + dy], [x + width - dx, y + height - dy], [x + dx, y + height - dy]]
        .map(([px, py]) => [to.a * px + to.c * py + to.e, to.b * px + to.d * py + to.f]);
    });
    // Two convex shapes are apart where a line along one side of either parts them.
    const apart = (one, other) => one.some(([x, y], i) => {
      const [u, v] = one[(i + 1) % 4];
      const side = ([a, b]) => (a - x) * (v - y) - (b - y) * (u - x);
      const mine = one.map(side), theirs = other.map(side);
      return Math.min(...theirs) > Math.max(...mine) - 1e-6 || Math.max(...theirs) < Math.min(...mine) + 1e-6;
    });
    for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
      if (!apart(boxes[i], boxes[j]) && !apart(boxes[j], boxes[i])) {
        found.push([texts[j].textContent.trim(), texts[i].textContent.trim()]);
      }
    }
  }
  return found;
}
"""


class Browser:
    """One open page; a context manager. `show` before anything else."""

    def __init__(self) -> None:
        binary = shutil.which("chromium") or shutil.which("google-chrome")
        if binary is None:
            pytest.skip("no Chromium on this machine")
        self._binary = binary
        self._loop = asyncio.new_event_loop()
        self._folder = tempfile.TemporaryDirectory(prefix="alia-judge-browser-", ignore_cleanup_errors=True)
        self._number = itertools.count(1)

    def __enter__(self) -> Browser:
        command = [self._binary, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        command += [f"--user-data-dir={self._folder.name}", "--remote-debugging-port=0", "about:blank"]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if found := re.search(r"DevTools listening on ws://([^/]+)/", line):
                break
        else:
            pytest.fail("Chromium ended before it listened")
        self._loop.run_until_complete(self._connect(found.group(1)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.run_until_complete(self._session.close())
        self._loop.close()
        self._process.terminate()
        self._process.communicate(timeout=900)
        self._folder.cleanup()

    async def _connect(self, address: str) -> None:
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"http://{address}/json/list") as reply:
            (target,) = [one for one in await reply.json() if one["type"] == "page"]
        self._socket = await self._session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0)

    def _ask(self, method: str, **parameters: Any) -> Any:
        async def asked() -> Any:
            number = next(self._number)
            await self._socket.send_json({"id": number, "method": method, "params": parameters})
            while True:  # events come in between; Chromium answers every call
                reply = await self._socket.receive_json(timeout=900)
                if reply.get("id") == number:
                    assert "error" not in reply, reply
                    return reply["result"]

        return self._loop.run_until_complete(asked())

    def show(self, page: Path, *, width: int = 1280, theme: Theme = "light", media: str = "screen") -> None:
        """Lay the file out at `width` pixels, its folded parts open."""
        self.open(page.resolve().as_uri(), width=width, theme=theme, media=media)
        self.run("document.querySelectorAll('details').forEach((one) => { one.open = true })")

    def open(self, address: str, *, width: int = 1280, theme: Theme = "light", media: str = "screen") -> None:
        """The page at an address, laid out at `width` pixels."""
        self._ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 700
        )
        self._ask(
            "Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": theme}]
        )
        self._ask("Page.enable")
        self.run("window.isLeft = true")
        self._ask("Page.navigate", url=address)
        self.wait_for(self._has_loaded)

    def _has_loaded(self) -> bool:
        try:
            return bool(self.run("!window.isLeft && document.readyState === 'complete'"))
        except AssertionError:  # asked of the page that is being left
            return False

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression on the page."""
        reply = self._ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in reply, reply
        return reply["result"].get("value")

    def press(self, key: str, *, ctrl: bool = False) -> None:
        """A key of the keyboard, down and up: a letter, a digit, or its name (``Enter``, ``Tab``)."""
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 and not ctrl else "")
        code = {"Enter": 13, "Tab": 9, "Escape": 27}.get(key, ord(key[0].upper()))
        what = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 2 if ctrl else 0}
        self._ask("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **what, text=text)
        self._ask("Input.dispatchKeyEvent", type="keyUp", **what)

    def type(self, text: str) -> None:
        """Text into what has the focus."""
        self._ask("Input.insertText", text=text)

    def tap(self, selector: str) -> None:
        """A finger on the middle of an element, which is brought into view."""
        where = f"document.querySelector({json.dumps(selector)})"
        self.run(f"{where}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.run(f"(({{x, y, width, height}}) => ({{x: x + width / 2, y: y + height / 2}}))"
                       f"({where}.getBoundingClientRect())")  # fmt: skip
        self._ask("Emulation.setTouchEmulationEnabled", enabled=True)
        self._ask("Input.dispatchTouchEvent", type="touchStart", touchPoints=[box])
        self._ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        self._ask("Emulation.setTouchEmulationEnabled", enabled=False)

    def cut_network(self) -> None:
        """From here on nothing can be fetched."""
        self._ask("Network.enable")
        self._ask("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)

    def restore_network(self) -> None:
        """The inverse of `cut_network`."""
        self._ask(
            "Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )

    def download_to(self, folder: Path) -> None:
        """Where the files go that the page saves."""
        self._ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def give_file(self, selector: str, path: Path) -> None:
        """Choose a file in an ``<input type=file>``."""
        document = self._ask("DOM.getDocument")["root"]["nodeId"]
        node = self._ask("DOM.querySelector", nodeId=document, selector=selector)["nodeId"]
        self._ask("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def wait_for(self, happened: Callable[[], object]) -> None:
        """Until it is true; half a minute at most."""
        for _ in range(1500):
            if happened():
                return
            time.sleep(0.02)
        pytest.fail("it did not happen in half a minute")

    def accessible(self) -> list[dict[str, str]]:
        """What a screen reader is told of: the role and name of everything that it does not pass over."""
        nodes = self._ask("Accessibility.getFullAXTree")["nodes"]
        return [
            {name: str(node.get(name, {}).get("value", "")) for name in ("role", "name")}
            for node in nodes
            if not node["ignored"]
        ]

    def screenshot(self, path: Path) -> None:
        """The whole page as PNG."""
        size = self._ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 16_000), "scale": 1}
        shot = self._ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.run("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def faint(self, least: float = 4.5, within: str = "body") -> list[list[Any]]:
        """Visible texts with less contrast than `least` to 1, with their ratios."""
        return list(self.run(f"({_FAINT})({least}, {json.dumps(within)})"))

    def colliding(self) -> list[list[str]]:
        """Pairs of labels of a plot that lie over one another."""
        return list(self.run(f"({_COLLIDING})()"))
