"""Chromium, driven by chromedriver, and programs that go on until they are ended; for scripts that look at the pages."""

import json
import re
import subprocess
import sys
import urllib.request


def request(method, address, body=None):
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(address, data=data, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer)["value"]


class Browser:
    """A session of chromedriver."""

    def __init__(self, driver):
        arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"]
        options = {"goog:chromeOptions": {"args": arguments}}
        session = request("POST", f"{driver}/session", {"capabilities": {"alwaysMatch": options}})
        self.address = f"{driver}/session/{session['sessionId']}"

    def post(self, path, body):
        return request("POST", f"{self.address}/{path}", body)

    def chrome(self, command, **parameters):
        return self.post("goog/cdp/execute", {"cmd": command, "params": parameters})

    def script(self, text, *arguments):
        return self.post("execute/sync", {"script": text, "args": list(arguments)})

    def close(self):
        request("DELETE", self.address)


def started(command, folder, pattern):
    """A program that goes on, and what the first line that matches says."""
    program = subprocess.Popen(
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": folder},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    for line in program.stdout:
        found = re.search(pattern, line)
        if found:
            return program, found.group(1)
    sys.exit(f"{command[0]} ended before it was ready")
