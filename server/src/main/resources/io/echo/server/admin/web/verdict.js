"use strict";

/** The first lines of the page: what the server is, and what is wrong with it, in words alone. */
class Verdict {
  constructor() {
    this.rows = [];
    this.note = "";
    this.stopped = "";
    this.say("quiet", "Connecting", "");
  }

  /** A server answers: the one from before, or another. */
  begin(head, earlier) {
    if (earlier && earlier.info.started !== head.info.started) {
      this.rows = [];
      this.note = `Restarted at ${clock(Date.parse(head.info.started) / 1000)}. `;
    }
  }

  state(text) {
    const now = clock(Date.now() / 1000);
    this.stopped = text === "stopped" ? now : "";
    this.serving = text === "ok";
    if (this.serving) {
      this.judge();
    } else if (text === "draining") {
      this.say("warn", "Draining", `Since ${now}: what is in flight may finish, then it stops.`);
    } else if (this.stopped) {
      this.say("bad", "Stopped", `At ${now}.`);
    } else {
      this.say("bad", "Not ready", `${text[0].toUpperCase()}${text.slice(1)}.`);
    }
  }

  /**
   * Nobody answers, or only to refuse.
   *
   * @param why what was said, if anything
   * @param seen when something was heard last, if ever
   */
  lost(why, seen) {
    this.serving = false;
    if (why) {
      this.say("quiet", "Not connected", `${why}. Trying again.`);
    } else if (this.stopped) {
      this.say("bad", "Stopped", `At ${this.stopped}. Waiting for it to come back.`);
    } else {
      this.say("bad", "Connection lost",
          seen ? `Last seen at ${clock(seen)}. Trying again.` : "Nobody answers. Trying again.");
    }
  }

  /** Takes in a row; what it shows stays true for some seconds, so that it can be read. */
  hear(row, columns, limits) {
    this.rows = [...this.rows.filter(({0: time}) => time > row[0] - 10_000), row];
    Object.assign(this, {columns, limits});
    if (this.serving) {
      this.judge();
    }
  }

  judge() {
    const troubles = this.rows.length > 1 ? this.troubles() : [];
    this.say(troubles.length ? "warn" : "good", "Serving", this.note + (troubles.length
        ? "In the last ten seconds:" : "Nothing dropped or rejected in the last ten seconds."),
    troubles);
  }

  troubles() {
    const step = new Step(this.columns, this.rows[0], this.rows.at(-1));
    const reasons = metric => this.columns.of(metric)
        .filter(name => step.rate(name) > 0)
        .map(name => name.match(/"(\w+)"/)[1].replace("_", " "))
        .join(", ");
    const dropped = reasons("echo_udp_datagrams_dropped_total");
    const rejected = reasons("echo_tcp_connections_rejected_total");
    const slow = (histogram, most) => step.quantile(0.99, histogram) > most;
    return [
      step.rate("echo_udp_receive_buffer_dropped_total") > 0
          && "The kernel dropped datagrams before they were read: a receive buffer was full.",
      dropped && `Datagrams dropped: ${dropped}.`,
      rejected && `Connections rejected: ${rejected}.`,
      slow('echo_time_seconds{protocol="udp"}', 0.01) && "p99 of echo time over UDP above 10 ms.",
      slow('echo_time_seconds{protocol="tcp"}', 0.01) && "p99 of echo time over TCP above 10 ms.",
      slow("echo_loop_lag_seconds", 0.05) && "p99 of event-loop lag above 50 ms.",
      ...LIMITS.filter(({calm, used, limit}) =>
          !calm && step.value(used) > 0.8 * this.limits[limit])
          .map(({name}) => `Above 80 % of a limit: ${name}.`),
    ].filter(Boolean);
  }

  /** Changes only what is not said already: a screen reader reads out what changes. */
  say(mood, state, detail, troubles = []) {
    const set = (id, text) => {
      if ($(id).textContent !== text) {
        $(id).textContent = text;
      }
    };
    $("verdict").dataset.mood = mood;
    document.title = `Echo: ${state.toLowerCase()}`;
    document.body.dataset.stale = !["Serving", "Draining", "Not ready"].includes(state);
    set("state", state);
    set("detail", detail.trim());
    if ($("troubles").textContent !== troubles.join("")) {
      $("troubles").replaceChildren(...troubles.map(textContent => make("li", {textContent})));
    }
  }
}
