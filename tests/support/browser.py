"""A headless Chromium, driven by chromedriver's WebDriver interface. Standard library only; Debian: chromium, chromium-driver."""

import base64
import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request

from promptly import PATIENCE

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb"]


def why_missing():
    """Why no page can be opened here; None: one can."""
    missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    return f"needs {' and '.join(missing)} (chromium, chromium-driver)" if missing else None


class Browser:
    """One window. Ends with close()."""

    def __init__(self):
        self._driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._session = None
        self._url = None
        for line in self._driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                self._url = f"http://127.0.0.1:{found[1]}"
                break
        assert self._url, "chromedriver did not start"
        capabilities = {"browserName": "chrome", "goog:chromeOptions": {"args": ARGUMENTS},
                        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        self._session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]

    def close(self):
        try:
            if self._session:
                self._call("DELETE", f"/session/{self._session}")
        finally:
            self._driver.terminate()
            self._driver.wait()
            self._driver.stdout.close()

    def _call(self, method, path, body=None):
        request = urllib.request.Request(self._url + path, method=method, headers={"Content-Type": "application/json"},
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def _do(self, path, body):
        return self._call("POST", f"/session/{self._session}{path}", body)

    def devtools(self, command, **parameters):
        return self._do("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def run(self, script, *arguments):
        """What the script returns in the page."""
        return self._do("/execute/sync", {"script": script, "args": list(arguments)})

    def open(self, path, fragment=""):
        """A file, anew: another fragment alone would not load it again."""
        self._do("/url", {"url": "about:blank"})
        self.console()
        self.requests()
        self._do("/url", {"url": f"file://{path}{fragment}"})

    def wait(self, script, *arguments):
        """Until the script returns something true, which it returns."""
        deadline = time.monotonic() + PATIENCE
        while not (value := self.run(script, *arguments)):
            assert time.monotonic() < deadline, script
            time.sleep(0.02)
        return value

    def console(self):
        """What has been logged since the last time."""
        return [entry["message"] for entry in self._do("/se/log", {"type": "browser"})]

    def requests(self):
        """The addresses that have been asked for since the last time."""
        messages = [json.loads(entry["message"])["message"] for entry in self._do("/se/log", {"type": "performance"})]
        return [message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"]

    def look(self, width, dark=False, medium=""):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia", media=medium,
                      features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, path):
        """The whole page as PNG."""
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        path.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self):
        return base64.b64decode(self._do("/print", {}))
