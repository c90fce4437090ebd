"use strict";

/**
 * Listens to the server for as long as the page can be seen, and comes back when the connection
 * ends or nothing has been heard. A page that nobody sees takes no viewer's place: what it misses
 * is sent when it is looked at again.
 *
 * The listener has head(object), row(numbers), state(text), lost(why).
 */
function listen(listener) {
  const silentMs = 5000;
  const waitMs = {first: 1000, most: 5000};
  let source = null;
  let silence = 0;
  let retry = 0;
  let wait = waitMs.first;

  function open() {
    close();
    if (document.hidden) {
      return;
    }
    source = new EventSource(new URL("events", here()));
    const on = (name, act) => source.addEventListener(name, ({data}) => {
      wait = waitMs.first;
      heard();
      act(data);
    });
    on("head", data => listener.head(JSON.parse(data)));
    on("message", data => listener.row(JSON.parse(data)));
    on("state", data => listener.state(data));
    source.addEventListener("error", lose);
    heard();
  }

  function close() {
    clearTimeout(silence);
    clearTimeout(retry);
    source?.close();
    source = null;
  }

  function heard() {
    clearTimeout(silence);
    silence = setTimeout(lose, silentMs);
  }

  async function lose() {
    const refused = source.readyState === EventSource.CLOSED;
    close();
    retry = setTimeout(open, wait);
    wait = Math.min(2 * wait, waitMs.most);
    listener.lost("");
    const why = refused ? await reason() : "";
    if (why && source?.readyState !== EventSource.OPEN) {
      listener.lost(why);
    }
  }

  /** Why there are no events, in the server's words. */
  async function reason() {
    try {
      const answer = await fetch(
          new URL("events", here()), {cache: "no-store", signal: AbortSignal.timeout(1000)});
      if (!answer.ok && answer.headers.get("content-type")?.startsWith("text/plain")) {
        return (await answer.text()).trim();
      }
      await answer.body.cancel();
    } catch {
      // Nobody answers.
    }
    return "";
  }

  document.addEventListener("visibilitychange", open);
  open();
}

/** The folder that this page stands for, also where a proxy's prefix has lost its last slash. */
function here() {
  return location.origin + location.pathname.replace(/\/?$/, "/");
}
