"use strict";
// One stream of changes for all tabs of a browser. It runs twice: in a page it gives `presenceStream`, and as a shared
// worker it holds the stream. A browser has few connections to a server, and each stream takes one. Where there are no shared
// workers, each page has a stream of its own.
(() => {
  const PAUSE_MS_MAX = 30000;
  const ALIVE_MS = 10000;
  const SILENT_MS_MAX = 35000;

  // Opens a stream and keeps it open: a stream that the browser gave up (an answer of a proxy is enough for that) is opened
  // again where it ended. `state` is told whether it is open, `take` each change. Gives what closes it.
  const keepOpen = (address, state, take) => {
    let source = null;
    let timer = 0;
    let failures = 0;
    let last = "";
    const open = () => {
      timer = 0;
      const from = new URL(address);
      if (last) from.searchParams.set("after", last);
      source = new EventSource(from.href, { withCredentials: true });
      source.addEventListener("open", () => {
        failures = 0;
        state(true);
      });
      const taken = (event) => {
        if (event.lastEventId) last = event.lastEventId;
        take(event.data);
      };
      source.addEventListener("message", taken);
      source.addEventListener("change", taken);
      source.addEventListener("error", () => {
        state(false);
        if (source.readyState !== EventSource.CLOSED || timer) return;
        failures += 1;
        timer = setTimeout(open, Math.min(500 * 2 ** failures, PAUSE_MS_MAX));
      });
    };
    open();
    return () => {
      clearTimeout(timer);
      source.close();
    };
  };

  if (typeof window === "undefined") {
    // The worker: a stream for each address, as long as a page listens to it.
    const streams = new Map();
    const leave = (port) => {
      for (const [key, stream] of streams) {
        if (!stream.ports.delete(port) || stream.ports.size > 0) continue;
        stream.close();
        streams.delete(key);
      }
    };
    const join = (port, address) => {
      const key = new URL(address);
      key.searchParams.delete("after");
      let stream = streams.get(key.href);
      if (!stream) {
        const ports = new Map();
        stream = { ports, isOpen: false };
        const all = (message) => ports.forEach((_, one) => one.postMessage(message));
        stream.close = keepOpen(
          address,
          (isOpen) => {
            stream.isOpen = isOpen;
            all({ isOpen });
          },
          (change) => all({ change }),
        );
        streams.set(key.href, stream);
      }
      stream.ports.set(port, Date.now());
      port.postMessage({ isOpen: stream.isOpen });
    };
    self.addEventListener("connect", (event) => {
      const [port] = event.ports;
      port.onmessage = ({ data }) => {
        if (data.join) join(port, data.join);
        if (data.leave) leave(port);
        if (data.alive) streams.forEach(({ ports }) => ports.has(port) && ports.set(port, Date.now()));
      };
    });
    // A page that was killed says nothing any more.
    setInterval(() => {
      const since = Date.now() - SILENT_MS_MAX;
      streams.forEach(({ ports }) => ports.forEach((at, port) => at < since && leave(port)));
    }, ALIVE_MS);
    return;
  }

  const script = document.currentScript.src;
  window.presenceStream = (address, state, take) => {
    let worker;
    try {
      worker = new SharedWorker(script, { name: "presence" });
    } catch {
      return keepOpen(address, state, take);
    }
    const { port } = worker;
    let own = null;
    // A worker that cannot be loaded is none.
    worker.addEventListener("error", () => {
      own ??= keepOpen(address, state, take);
    });
    port.onmessage = ({ data }) => {
      if ("isOpen" in data) state(data.isOpen);
      if ("change" in data) take(data.change);
    };
    port.postMessage({ join: address });
    const timer = setInterval(() => port.postMessage({ alive: true }), ALIVE_MS);
    return () => {
      clearInterval(timer);
      port.postMessage({ leave: true });
      port.close();
      own?.();
    };
  };
})();
