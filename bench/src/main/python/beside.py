#!/usr/bin/env python3
"""Compares the load command with a sleeping loader in C, both loading one C echo, not pinned.

usage: beside.py [--rounds N] [--seconds S] [--rates R,...] [--jar FILE] [-- FLAG ...]

In each round the C loader, the load command and the C loader again run one after the other, in
turn from the first and from the last. A line shows the medians over the rounds, with the ranges, of
the ratio of the load command's p50, p90 and p99 of `service` to the mean of the two runs in C, and
of the ratio of the two runs in C to each other. Where the median of the latter is outside 0.8 to
1.25 the machine was too busy to tell, and the line ends in "void". Flags after -- go to `load`.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
C = os.path.join(HERE, "..", "c")
JAR = os.path.join(HERE, "..", "..", "..", "target", "echo-bench.jar")
FIGURES = ("p50", "p90", "p99")
GOALS = {"p50": 1.25, "p90": 1.25, "p99": 1.5}
QUIET = (0.8, 1.25)


def build(directory):
    def cc(name, *sources):
        program = os.path.join(directory, name)
        files = [os.path.join(C, source) for source in sources]
        subprocess.run(["cc", "-O2", "-o", program, *files], check=True)
        return program

    loader = cc("load", "load.c", "common.c", "udp.c", "tcp.c", "usage.c")
    return cc("echo", "echo.c"), loader


def run_c(loader, protocol, port, rate, seconds):
    words = [loader, protocol, str(port), "sleep=1", f"rate={rate}", f"seconds={seconds}"]
    line = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    found = dict(word.split("=") for word in line.split())
    return {figure: float(found[figure + "_us"]) for figure in FIGURES}


def run_ours(options, protocol, port, rate):
    words = ["java", "-jar", options.jar, "load", f"{protocol}://127.0.0.1:{port}"]
    words += [f"--rate={rate}", f"--duration={options.seconds}s", "--warmup=2s", "--json=-"]
    ended = subprocess.run(words + options.flags, capture_output=True, text=True)
    if not ended.stdout:
        sys.exit(ended.stderr)
    result = json.loads(ended.stdout)
    return result["service_us"], result["send_lateness_us"]["p99"]


def middle(values):
    return f"{statistics.median(values):5.2f} ({min(values):.2f}..{max(values):.2f})"


def compare(options, programs, protocol, rate):
    echo, loader = programs
    server = subprocess.Popen(
        [echo, protocol, "86400"], stdout=subprocess.PIPE, text=True
    )
    try:
        port = int("".join(filter(str.isdigit, server.stdout.readline())))
        ratios = {figure: [] for figure in FIGURES}
        controls = {figure: [] for figure in FIGURES}
        times = {figure: [] for figure in FIGURES}
        lateness = []
        for number in range(options.rounds):
            first = run_c(loader, protocol, port, rate, options.seconds)
            ours, late = run_ours(options, protocol, port, rate)
            second = run_c(loader, protocol, port, rate, options.seconds)
            if number % 2:
                first, second = second, first
            lateness.append(late)
            for figure in FIGURES:
                times[figure].append((first[figure] + second[figure]) / 2)
                ratios[figure].append(ours[figure] / times[figure][-1])
                controls[figure].append(first[figure] / second[figure])
        for figure in FIGURES:
            ratio = statistics.median(ratios[figure])
            quiet = QUIET[0] <= statistics.median(controls[figure]) <= QUIET[1]
            verdict = "void" if not quiet else "met" if ratio <= GOALS[figure] else "missed"
            print(
                f"| {protocol} | {rate:,} | {figure} | {statistics.median(times[figure]):.1f}"
                f" | {middle(ratios[figure])} | {middle(controls[figure])} | {verdict} |"
                f" {statistics.median(lateness):.1f} |",
                flush=True,
            )
    finally:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser(usage=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rates", default="100,1000,10000")
    parser.add_argument("--protocols", default="udp,tcp")
    parser.add_argument("--jar", default=JAR)
    parser.add_argument("flags", nargs="*")
    options = parser.parse_args()
    print("| | rate | | C, us | load / C | C / C | goal | p99 of send lateness, us |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as directory:
        programs = build(directory)
        for protocol in options.protocols.split(","):
            for rate in options.rates.split(","):
                compare(options, programs, protocol, int(rate))


main()
