"use strict";

/** Share of what came that has to be lost, and how many at least, to be the first thing said. */
const LOST = {share: 0.1, least: 10};

/** The first lines of the page: what the server is, and what is wrong with it, in words alone. */
class Verdict {
  constructor() {
    this.rows = [];
    this.name = "";
    this.note = "";
    this.told = "";
    this.say({mood: "quiet", state: "Connecting"});
  }

  /** A server answers: the one from before, or another. */
  begin(head, earlier) {
    this.name = nameOf(head);
    if (earlier && earlier.info.started !== head.info.started) {
      this.rows = [];
      this.note = `Restarted at ${clock(Date.parse(head.info.started) / 1000)}. `;
    }
  }

  state(text) {
    this.told = text;
    this.since = clock(Date.now() / 1000);
    this.judge();
  }

  /**
   * Nobody answers, or only to refuse.
   *
   * @param why what was said, if anything
   * @param seen when something was heard last, if ever
   */
  lost(why, seen) {
    const stopped = this.told === "stopped";
    if (!stopped) {
      this.told = "";
    }
    if (why) {
      this.say({mood: "quiet", state: "Not connected", detail: `${why}. Trying again.`});
    } else if (stopped) {
      this.say({mood: "bad", state: "Stopped",
        detail: `At ${this.since}. Waiting for it to come back.`});
    } else {
      this.say({mood: "bad", state: "Connection lost", detail:
          seen ? `Last seen at ${clock(seen)}. Trying again.` : "Nobody answers. Trying again."});
    }
  }

  /** Takes in a row; what it shows stays true for some seconds, so that it can be read. */
  hear(row, columns, limits) {
    this.rows = [...this.rows.filter(({0: time}) => time > row[0] - 10_000), row];
    Object.assign(this, {columns, limits});
    if (this.told && this.told !== "stopped") {
      this.judge();
    }
  }

  judge() {
    const step = this.rows.length > 1
        ? new Step(this.columns, this.rows[0], this.rows.at(-1)) : null;
    const troubles = step ? this.troubles(step) : [];
    const live = true;
    if (this.told === "stopped") {
      this.say({mood: "bad", state: "Stopped", detail: `At ${this.since}.`});
    } else if (this.told === "draining") {
      this.say({mood: "warn", state: "Draining", live, troubles,
        detail: `Since ${this.since}: what is in flight may finish, then it stops.`});
    } else if (this.told !== "ok") {
      this.say({mood: "bad", state: "Not ready", live, troubles,
        detail: `${capital(this.told)}.`});
    } else {
      const losses = step ? this.losses(step) : [];
      this.say({
        mood: losses.length ? "bad" : troubles.length ? "warn" : "good",
        state: capital(losses.join(" and ")) || "Serving",
        live,
        detail: this.note + (troubles.length ? "In the last ten seconds:"
            : "Nothing dropped or rejected in the last ten seconds."),
        troubles,
      });
    }
  }

  /** What the server does not do although it is asked to, when that is more than a little. */
  losses(step) {
    const [datagrams, unread] = [`${UDP}_dropped_total`, "echo_udp_receive_buffer_dropped_total"];
    const dropped = step.count(datagrams) + step.count(unread);
    const rejected = step.count(`${TCP}_rejected_total`);
    return [
      ["dropping", "datagrams", dropped,
        step.count(`${UDP}_received_total`) + step.count(unread)],
      ["rejecting", "connections", rejected, step.count(`${TCP}_accepted_total`) + rejected],
    ].filter(([,, lost, came]) => lost >= LOST.least && lost >= LOST.share * came)
        .map(([does, what, lost, came]) => `${does} ${share(lost, came)} ${what}`);
  }

  /** Each thing that is wrong, the losses first and of those the largest. */
  troubles(step) {
    const reasons = (metric, what) => this.columns.of(metric)
        .filter(name => step.count(name) > 0)
        .sort((one, other) => step.count(other) - step.count(one))
        .map(name => `${what}, ${name.match(/"(\w+)"/)[1].replace("_", " ")}: `
            + small(this.columns.help.get(name).replace(": reset.", ".")));
    const slow = (histogram, most) => step.quantile(0.99, histogram) > most;
    return [
      ...reasons(`${UDP}_dropped_total`, "Datagrams dropped"),
      step.count("echo_udp_receive_buffer_dropped_total") > 0
          && "Datagrams dropped by the kernel before they were read: a receive buffer was full.",
      ...reasons(`${TCP}_rejected_total`, "Connections rejected"),
      slow('echo_time_seconds{protocol="udp"}', 0.01) && "p99 of echo time over UDP above 10 ms.",
      slow('echo_time_seconds{protocol="tcp"}', 0.01) && "p99 of echo time over TCP above 10 ms.",
      slow("echo_loop_lag_seconds", 0.05) && "p99 of event-loop lag above 50 ms.",
      ...LIMITS.filter(({calm, used, limit}) =>
          !calm && step.value(used) > 0.8 * this.limits[limit])
          .map(({name}) => `Above 80 % of a limit: ${name}.`),
    ].filter(Boolean);
  }

  /**
   * Changes only what is not said already: a screen reader reads out what changes.
   *
   * @param live false when the numbers on the page are not of now
   */
  say({mood, state, detail = "", troubles = [], live = false}) {
    const set = (id, text) => {
      if ($(id).textContent !== text) {
        $(id).textContent = text;
      }
    };
    $("verdict").dataset.mood = mood;
    document.title = `${state} - Echo ${this.name}`.trim();
    document.body.dataset.stale = !live;
    set("name", `Echo ${this.name}`.trim());
    set("state", state);
    set("detail", detail.trim());
    if ($("troubles").textContent !== troubles.join("")) {
      $("troubles").replaceChildren(...troubles.map(textContent => make("li", {textContent})));
    }
  }
}

/** The machine, or what the browser calls it, and the port of the echo. */
function nameOf({machine, info}) {
  const port = [...info.udp ?? [], ...info.tcp ?? []][0]?.split(":").at(-1);
  return [machine || location.hostname, port].filter(Boolean).join(":");
}

/** So much of all; in steps, for a number that changes each second cannot be read. */
function share(part, all) {
  const percent = Math.min(95, 5 * Math.round(20 * part / all));
  return part === all ? "all" : `about ${percent} % of`;
}

const capital = text => text && text[0].toUpperCase() + text.slice(1);
const small = text => text[0].toLowerCase() + text.slice(1);
