"""Kills commands at random moments and damages their input files at random, from a fixed seed.

    python3 tests/python/robustness.py MOTHERLODE FOLDER [--kills 100] [--mutations 2000] [--seed 1]

MOTHERLODE is the program, FOLDER one to work in, which is made. Needs Python alone, and a system with /proc.

Kills: a command is stopped by SIGKILL, SIGINT or SIGTERM once or more, and then runs to its end. Files must be those of an uninterrupted
run, with no file besides; SIGINT and SIGTERM must end in 130 and 143, with a word on how to go on.

Mutations: a damaged file is given to a command that reads it, which must end with the exit code 0, 1 or 2 in 20 seconds and 4 GiB,
without a panic, and with a message that names a file, an option or a value if it fails. A command that fails leaves no output.

Each case has a number and depends on that and on the seed alone: `--only kill:7` or `--only mutation:1234` repeats it; only the moments of kills,
and the states of interrupted commands that are damaged, are not the same twice. The folders of faults, ready for the command to be run in, are
kept in FOLDER/mutations/faults, and all kinds of messages in FOLDER/messages.txt.
"""

import argparse
import collections
import gzip
import hashlib
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = REPOSITORY / "tests/data"
SIGNALS = [signal.SIGKILL, signal.SIGINT, signal.SIGTERM]
# The program takes 10 seconds to stop at most.
LONGEST_STOP = 12
CPU_LIMIT = 20
# Longer than the limit of CPU time, for machines with other work.
WALL_LIMIT = 90
ADDRESS_SPACE = 4 << 30


class Report:
    """Counts of outcomes, and faults."""

    def __init__(self, seed):
        self.seed = seed
        self.outcomes = collections.Counter()
        self.faults = []
        self.kinds = collections.Counter()
        self.messages = collections.Counter()
        self.slowest = (0.0, "", "")

    def fault(self, case, command, text):
        line = f"{case} (--seed {self.seed}): {text}\n    {' '.join(map(str, command))}"
        self.faults.append(line)
        self.kinds[case.split(":")[0], re.sub(r"\d+", "#", text.partition(":")[0].partition(" [")[0])] += 1
        print("fault:", line, flush=True)

    def print(self):
        for (part, outcome), count in sorted(self.outcomes.items()):
            print(f"{part:>10} {count:6} {outcome}")
        if self.slowest[1]:
            print("slowest mutation: {:.1f} s, {}, {}".format(*self.slowest))
        print(f"{len(self.faults)} faults")
        for (part, kind), count in self.kinds.most_common():
            print(f"{part:>10} {count:6} {kind}")


def listing(folder):
    """Relative names of all files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def tail(text, n=300):
    return text.strip()[-n:]


# Kills


class Task:
    """A command of which all outputs lie in the folder that it runs in."""

    def __init__(self, name, arguments):
        self.name = name
        self.arguments = [str(argument) for argument in arguments]


def without_times(value):
    """JSON without the seconds that something took."""
    if isinstance(value, dict):
        return {key: without_times(inner) for key, inner in value.items() if not key.endswith("seconds")}
    if isinstance(value, list):
        return [without_times(inner) for inner in value]
    return value


def same_content(path, expected):
    if path.suffix == ".json":
        try:
            return without_times(json.loads(path.read_text())) == without_times(json.loads(expected.read_text()))
        except ValueError:
            return False
    if path.suffix == ".html":  # says how long it took
        return path.read_text().rstrip().endswith("</html>")
    return path.read_bytes() == expected.read_bytes()


class Kills:
    def __init__(self, motherlode, folder, options, report):
        self.motherlode, self.report = motherlode, report
        self.folder = folder
        self.inputs = fresh(folder / "inputs")
        for arguments in (["mine", "galton", "-n", "2000", "--seed", "5", "-o", "a.h5"],
                          ["mine", "galton", "-n", "100", "--reference", "-0.7", "-o", "seen.h5"],
                          ["mine", "random-walk", "-n", str(options.events // 2), "--shard", "1/2", "-o", "s1.h5"],
                          ["mine", "random-walk", "-n", str(options.events // 2), "--shard", "2/2", "-o", "s2.h5"],
                          ["train", "alices", "a.h5", "--steps", "200", "--hidden", "8", "--no-certificate", "-o", "a.model"]):
            subprocess.run([motherlode, *arguments], cwd=self.inputs, check=True, capture_output=True)
        a, seen, model = (self.inputs / name for name in ("a.h5", "seen.h5", "a.model"))
        events, steps = options.events, options.steps
        self.tasks = [
            Task("mine", ["mine", "random-walk", "-n", events, "--seed", 5, "-o", "out.h5"]),
            Task("train", ["train", "alices", a, "--steps", steps, "--seed", 2, "-o", "out.model"]),
            Task("compare", ["compare", "galton", "--methods", "carl,alices", "--budgets", "200,400", "--seeds", 2,
                             "--steps", max(1, steps // 10), "-o", "study"]),
            Task("limit", ["limit", DATA / "cases/BkgOnly.json", "--patch", f"{DATA}/cases/patchset.json:sig_400", "--json"]),
            Task("limit of events", ["limit", DATA / "madminer/toy2d_v083.h5", "--at", "sm", "--luminosity", 10, "--json"]),
            Task("import", ["import", REPOSITORY / "book/src/analysis.toml", "--seed", 3, "-o", "out.h5"]),
            Task("train an ensemble", ["train", "carl", a, "--members", 2, "--steps", steps // 2, "-o", "out.model"]),
            Task("infer with toys", ["infer", model, seen, "--toys", max(100, steps // 10), "--events", 50, "-o", "inferred"]),
            Task("calibrate", ["calibrate", model, "--events", max(1000, events // 10), "-o", "out.model"]),
            Task("merge", ["merge", self.inputs / "s1.h5", self.inputs / "s2.h5", "-o", "out.h5"]),
            Task("mine a file", ["mine", DATA / "madminer/toy2d_v083.h5", "-n", events // 20, "-o", "out.h5"]),
        ]
        self.references = {}

    def start(self, task, cwd):
        return subprocess.Popen([self.motherlode, *task.arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def reference(self, task):
        """Folder, standard output and seconds of the command when nothing interrupts it."""
        if task.name not in self.references:
            folder = fresh(self.folder / "references" / task.name)
            began = time.monotonic()
            process = self.start(task, folder)
            out, err = process.communicate()
            if process.returncode != 0:
                sys.exit(f"{task.name} fails without a kill: {err.decode()}")
            self.references[task.name] = (folder, out, time.monotonic() - began)
        return self.references[task.name]

    @staticmethod
    def catches(process, number):
        """True if the program has begun to watch for a signal; before, it ends by the signal itself."""
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            return False
        mask = re.search(r"SigCgt:\s*([0-9a-f]+)", status)
        return mask is not None and bool(int(mask[1], 16) >> (number - 1) & 1)

    def compare(self, task, folder, whole):
        """What differs from the files of an uninterrupted run; of an unfinished one, only files of the final names are looked at."""
        expected = self.reference(task)[0]
        there, wanted = listing(folder), listing(expected)
        for name in wanted:
            # Toys are appended to their file, one a line.
            if not whole and name.endswith(".jsonl"):
                continue
            if name in there and not same_content(folder / name, expected / name):
                yield f"{name} differs from that of an uninterrupted run"
        if whole:
            if missing := sorted(set(wanted) - set(there)):
                yield f"files are missing: {missing}"
            if extra := sorted(set(there) - set(wanted)):
                yield f"files are left behind: {extra}"
            directories = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_dir() and not any(path.iterdir())]
            if directories:
                yield f"empty folders are left behind: {directories}"

    def stop(self, task, folder, number, delay, complain):
        """Runs the command, and sends it a signal; returns the outcome."""
        began = time.monotonic()
        process = self.start(task, folder)
        try:
            process.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            pass
        caught = self.catches(process, number)
        sent = time.monotonic()
        process.send_signal(number)
        try:
            err = process.communicate(timeout=WALL_LIMIT)[1].decode(errors="replace")
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            complain(f"does not end in {WALL_LIMIT} s after {number.name}")
            return "no end"
        took = time.monotonic() - sent
        if took > LONGEST_STOP:
            complain(f"ended {took:.1f} s after {number.name}")
        if "panicked" in err:
            complain(f"panic: {tail(err)}")
        code = process.returncode
        if code == 0:
            # Other work on the machine may have slowed the uninterrupted run down.
            folder, out, seconds = self.reference(task)
            self.references[task.name] = (folder, out, min(seconds, sent + took - began))
            return "had finished"
        if number == signal.SIGKILL or not caught:
            if code != -number:
                complain(f"exit code {code} after {number.name}: {tail(err)}")
            return f"{number.name}" if caught or number == signal.SIGKILL else f"{number.name} before the program watched for it"
        if code != 128 + number:
            complain(f"exit code {code} instead of {128 + number} after {number.name}, {delay:.3f} s from the start: {tail(err)}")
        if not re.search(rf"stopped by {number.name}: .*(goes on|starts anew)", err):
            complain(f"no word on how to go on: {tail(err)!r}")
        return number.name

    def run(self, index):
        """Stops a command once to three times, then lets it finish. Returns the number of kills, without those that came too late."""
        chance = random.Random(f"{self.report.seed} kill {index}")
        task = self.tasks[index % len(self.tasks)]
        _, out_expected, seconds = self.reference(task)
        folder = fresh(self.folder / "case")
        done, n_kills = [], 0

        def complain(text):
            self.report.fault(f"kill:{index}", task.arguments, f"{text} [after {', '.join(done)}]")

        first = chance.randrange(len(SIGNALS))
        for turn in range(chance.choice([1, 1, 2, 3])):
            number = SIGNALS[(first + turn) % len(SIGNALS)]
            # Many of the interesting moments are at the start and at the end.
            delay = seconds * chance.choice([chance.random(), 0.1 * chance.random(), 0.85 + 0.15 * chance.random()])
            done.append(f"{number.name} at {delay:.3f} s")
            outcome = self.stop(task, folder, number, delay, complain)
            self.report.outcomes["kill", f"{task.name}: {outcome}"] += 1
            for text in self.compare(task, folder, whole=False):
                complain(f"half-written: {text}")
            if outcome == "had finished":
                break
            n_kills += 1
        if outcome != "had finished":
            process = self.start(task, folder)
            out, err = process.communicate()
            err = err.decode(errors="replace")
            # A kill in the last instant, between the output and the exit.
            was_there = process.returncode in (1, 2) and "already exists" in err
            if process.returncode != 0 and not was_there:
                complain(f"the same command does not go on: exit code {process.returncode}: {tail(err)}")
                return n_kills
            if not was_there and "--json" in task.arguments and without_times(json.loads(out)) != without_times(json.loads(out_expected)):
                complain("the numbers differ from those of an uninterrupted run")
            if was_there:
                self.report.outcomes["kill", f"{task.name}: the output was complete at the kill"] += 1
        for text in self.compare(task, folder, whole=True):
            complain(text)
        return n_kills


# Mutations

NUMBER = re.compile(rb"(?<![\w.])[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
HOSTILE_TEXT = [b"nan", b"inf", b"-inf", b"1e308", b"-1", b"0", b"1e400", b"99999999999999999999", b"1e-320", b'""', b"null", b"[]"]
HOSTILE_DOUBLES = [float("nan"), float("inf"), -float("inf"), 1e308, -1.0, 0.0, 5e-324]


def flip_bits(chance, data):
    data = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 8, 32])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def part(chance, data):
    """A random range, of few bytes or of many."""
    start = chance.randrange(len(data))
    return start, min(len(data), start + 1 + int(min(len(data), 10_000) ** chance.random()))


def cut(chance, data):
    return data[: chance.randrange(len(data))]


def insert(chance, data):
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.randbytes(chance.choice([1, 4, 8, 100])) + data[place:]


def repeat(chance, data):
    start, end = part(chance, data)
    return data[:end] + data[start:end] * chance.choice([1, 1, 2, 50]) + data[end:]


def delete(chance, data):
    start, end = part(chance, data)
    return data[:start] + data[end:]


def fill(chance, data):
    start, end = part(chance, data)
    return data[:start] + chance.choice([b"\0", b"\xff"]) * (end - start) + data[end:]


def replace_text_number(chance, data):
    found = list(NUMBER.finditer(data))
    if not found:
        return flip_bits(chance, data)
    match = chance.choice(found)
    return data[: match.start()] + chance.choice(HOSTILE_TEXT) + data[match.end():]


def replace_binary_number(chance, data):
    size = chance.choice([4, 8, 8])
    if len(data) < size:
        return flip_bits(chance, data)
    place = chance.randrange(len(data) - size + 1) // 4 * 4
    number = chance.choice(HOSTILE_DOUBLES)
    if size == 8:
        new = chance.choice([struct.pack("<d", number), struct.pack("<q", chance.choice([-1, 0, 1 << 62, 1 << 40, 1 << 31, 1]))])
    else:
        number = min(max(number, -3e38), 3e38) if number == number else number
        new = chance.choice([struct.pack("<f", number), struct.pack("<i", chance.choice([-1, 0, 1 << 30, 65536, 1]))])
    return data[:place] + new + data[place + size:]


def on_lines(change):
    def mutate(chance, data):
        lines = data.split(b"\n")
        return b"\n".join(change(chance, lines))

    mutate.__name__ = change.__name__
    return mutate


@on_lines
def swap_lines(chance, lines):
    i, j = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    return lines


@on_lines
def delete_line(chance, lines):
    del lines[chance.randrange(len(lines))]
    return lines


@on_lines
def repeat_line(chance, lines):
    i = chance.randrange(len(lines))
    return lines[:i] + [lines[i]] * chance.choice([2, 2, 1000]) + lines[i + 1:]


@on_lines
def swap_words(chance, lines):
    words = [(i, j) for i, line in enumerate(lines[:2000]) for j in range(len(line.split(b" ")))]
    (i, j), (k, l) = chance.choice(words), chance.choice(words)
    split = {n: lines[n].split(b" ") for n in (i, k)}
    split[i][j], split[k][l] = split[k][l], split[i][j]
    for n in (i, k):
        lines[n] = b" ".join(split[n])
    return lines


BINARY = [flip_bits, flip_bits, cut, insert, repeat, delete, fill, replace_binary_number, replace_binary_number, replace_binary_number]
TEXT = [flip_bits, cut, insert, repeat, delete, replace_text_number, replace_text_number, replace_text_number, replace_text_number,
        swap_lines, delete_line, repeat_line, swap_words]


def of_text(chance, data):
    change = chance.choice(TEXT)
    return change.__name__, change(chance, data)


def of_binary(chance, data):
    change = chance.choice(BINARY)
    return change.__name__, change(chance, data)


def of_gzip(chance, data):
    """Mostly what is compressed; sometimes the compressed bytes."""
    if chance.random() < 0.2:
        return of_binary(chance, data)
    name, inner = of_text(chance, gzip.decompress(data))
    return f"{name} inside", gzip.compress(inner, 1)


def of_zip(chance, data):
    """Mostly one member; sometimes the archive."""
    if chance.random() < 0.3:
        return of_binary(chance, data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    victim = chance.choice(sorted(members))
    if chance.random() < 0.1:
        name = "without a member"
        del members[victim]
    else:
        name, members[victim] = of_binary(chance, members[victim])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return f"{name} of {victim}", out.getvalue()


HOSTILE_VALUES = [None, True, -1, 0, 1, 1e308, -1e308, 1e-320, 1 << 63, 10**18, 0.5, "", "x", "x" * 10_000, [], {}, [[]], [-1.0], [1e308, 1e308]]


def change_json(chance, value):
    """Changes one value, list or key of a tree of JSON in place, and says which."""
    places = []

    def walk(inner):
        for key, below in inner.items() if isinstance(inner, dict) else enumerate(inner):
            places.append((inner, key))
            if isinstance(below, (dict, list)):
                walk(below)

    walk(value)
    # Long lists of numbers are not to take all damage.
    keyed = [place for place in places if isinstance(place[0], dict)]
    parent, key = chance.choice(keyed if keyed and chance.random() < 0.7 else places)
    change = chance.choice(["replace", "replace", "replace", "delete", "repeat", "swap"])
    if change == "replace":
        parent[key] = chance.choice(HOSTILE_VALUES)
    elif change == "delete":
        del parent[key]
    elif change == "repeat":
        if isinstance(parent[key], list):
            parent[key] = parent[key] * 2
        elif isinstance(parent, list):
            parent.insert(key, parent[key])
        else:
            parent[f"{key}2"] = parent[key]
    else:
        other, name = chance.choice(places)
        inside = json.dumps(parent[key])
        if name in other if isinstance(other, dict) else name < len(other):
            parent[key] = json.loads(json.dumps(other[name]))
            other[name] = json.loads(inside)
    return f"{change} at {key}"


def of_json(chance, data):
    """Mostly JSON of other contents; sometimes no JSON."""
    if chance.random() < 0.4:
        return of_text(chance, data)
    value = json.loads(data)
    name = change_json(chance, value)
    return name, json.dumps(value, indent=1).encode()


def sealed(names, header, numbers):
    """A file of tensors with the checksum that motherlode adds to it (src/nn/tensor_file.rs)."""
    entry, text = names
    digest = hashlib.sha256(text.encode())
    for name in sorted(key for key in header if key != "__metadata__"):
        tensor = header[name]
        start, end = tensor["data_offsets"]
        digest.update(f"{name} {tensor['dtype']} {tensor['shape']}".encode() + numbers[start:end])
    header["__metadata__"][entry] = f'{text},"sha256":"{digest.hexdigest()}"}}'
    encoded = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    encoded += b" " * (-len(encoded) % 8)
    return len(encoded).to_bytes(8, "little") + encoded + numbers


def of_tensors(chance, data):
    """Mostly with a checksum that is right again, so that more than its check is reached."""
    if chance.random() < 0.25:
        return of_binary(chance, data)
    length = int.from_bytes(data[:8], "little")
    header, numbers = json.loads(data[8: 8 + length]), data[8 + length:]
    (entry, text), = header["__metadata__"].items()
    text = text[: text.rindex(',"sha256":"')]
    if chance.random() < 0.25:
        size = chance.randrange(len(numbers) // 4) * 4
        new = struct.pack("<f", chance.choice([float("nan"), float("inf"), 3e38, -1.0, 0.0, 1e-40]))
        return f"number {size // 4} replaced", sealed((entry, text), header, numbers[:size] + new + numbers[size + 4:])
    if chance.random() < 0.15:
        tensors = {key: value for key, value in header.items() if key != "__metadata__"}
        change = chance.choice(["drop", "reshape", "swap"])
        victim, other = chance.choice(sorted(tensors)), chance.choice(sorted(tensors))
        if change == "reshape":
            header[victim]["shape"] = header[victim]["shape"][::-1] if len(header[victim]["shape"]) > 1 else [1, *header[victim]["shape"]]
        elif change == "drop":
            del header[victim]
            header["none"] = tensors[victim]
        else:
            header[victim], header[other] = tensors[other], tensors[victim]
        return f"{change} of {victim}", sealed((entry, text), header, numbers)
    value = json.loads(text + "}")
    name = change_json(chance, value)
    # Numbers such as 1e308 stay as they are; those that JSON has no word for cannot occur.
    return f"{name} in {entry}", sealed((entry, json.dumps(value, separators=(",", ":"), ensure_ascii=False)[:-1]), header, numbers)


# What reads the Les Houches files, with FILE for them.
ANGULAR = """
[parameters]
g = [-1.0, 1.0]
[benchmarks]
sm = [0.0]
plus = [1.0]
minus = [-1.0]
[observables]
c = "mu[0].costheta if mu[0].charge < 0 else mu[1].costheta"
[[samples]]
file = "FILE"
benchmark = "sm"
"""
HIGGSSTRAHLUNG = """
reference = "sm"
[parameters]
theta_W = { range = [-0.5, 0.5], card = ["dim6", 2] }
theta_WW = { range = [-0.5, 0.5], card = ["dim6", 7] }
[benchmarks]
sm = [0, 0]
w_p = [0.5, 0]
w_m = [-0.5, 0]
ww_p = [0, 0.5]
ww_m = [0, -0.5]
w_ww = [0.4, 0.4]
chk_0 = [0.3, -0.2]
chk_1 = [-0.1, 0.15]
chk_2 = [0.05, -0.05]
[[samples]]
file = "FILE"
benchmark = "chk_2"
[observables]
m_mumu = "(mu[0] + mu[1]).m"
m_bb = "sum(j).m"
"""


class Target:
    """A file, how it is damaged, and commands that read it: lists with FILE for it, or functions of the file that return one."""

    def __init__(self, source, mutate, *commands, name=None, beside=(), analysis=None):
        self.source, self.mutate, self.commands = Path(source), mutate, commands
        self.name = name or self.source.name
        # Folder that the command goes on in, of which the file is a part, and one with what comes out without an interruption.
        self.whole = self.uninterrupted = None
        # Text of an analysis that reads the file.
        self.analysis = analysis
        # Files that the command needs in the same folder.
        self.beside = [Path(path) for path in beside]


class Mutations:
    def __init__(self, motherlode, folder, report, with_states):
        self.motherlode, self.report, self.folder = motherlode, report, folder
        inputs = self.inputs = fresh(folder / "good")
        self.targets = self.make_targets(inputs, with_states)
        self.kept = fresh(folder / "faults")

    def make(self, arguments, code=0):
        process = subprocess.run([self.motherlode, *arguments.split()], cwd=self.inputs, capture_output=True)
        if process.returncode != code:
            sys.exit(f"{arguments} fails: {process.stderr.decode()}")

    # Commands whose interrupted state is damaged, with a file of it; they go on for a second or so.
    INTERRUPTED = {
        "train alices ../a.h5 --steps 1000 --no-certificate --hidden 4 -o out.model": "out.model.training",
        "mine random-walk -n 100000 --seed 5 -o out.h5": "out.h5.partial/cursor.json",
        "compare galton --methods alice --budgets 100,200 --seeds 1 --steps 50 -o study": "study/runs/alice-*.json",
        "infer ../a.model ../seen.h5 --toys 100 -o inferred": "inferred/toys.jsonl",
    }

    def interrupt(self, index, arguments, state):
        """Starts a command in a folder of its own, and stops it as soon as its state is there."""
        for attempt in range(20):
            folder = fresh(self.inputs / f"half_{index}")
            process = subprocess.Popen([self.motherlode, *arguments.split()], cwd=folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            if arguments.startswith(("train", "mine")):  # whose state appears when they are asked to stop
                time.sleep(0.1 + 0.02 * attempt)
            while process.poll() is None and not arguments.startswith(("train", "mine")) and not list(folder.glob(state)):
                time.sleep(0.002)
            process.send_signal(signal.SIGINT)
            if process.wait() == 130 and list(folder.glob(state)):
                return folder
        sys.exit(f"{arguments} cannot be interrupted")

    def interrupted_targets(self):
        for index, (arguments, state) in enumerate(self.INTERRUPTED.items()):
            folder = self.interrupt(index, arguments, state)
            files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
            command = arguments.replace("../", f"{self.inputs}/").split()
            uninterrupted = fresh(self.inputs / f"whole_{index}")
            subprocess.run([self.motherlode, *command], cwd=uninterrupted, check=True, capture_output=True)
            for victim in files:
                mutate = {".json": of_json, ".jsonl": of_text, ".training": of_tensors}.get(victim.suffix, of_binary)
                target = Target(victim, mutate, command, name=str(victim.relative_to(folder)))
                target.whole, target.uninterrupted = folder, uninterrupted
                yield target

    def make_targets(self, inputs, with_states):
        self.make("mine galton -n 200 --seed 4 -o a.h5")
        self.make("mine galton -n 40 --reference -0.7 --seed 3 -o seen.h5")
        self.make("mine galton -n 80 --seed 4 --shard 1/2 -o s1.h5")
        self.make("mine galton -n 80 --seed 4 --shard 2/2 -o s2.h5")
        self.make("train alices a.h5 --steps 20 --hidden 4 -o a.model")
        self.make("train sally seen.h5 --steps 20 --hidden 4 -o score.model --no-certificate")
        self.make("train scandal a.h5 --steps 20 --hidden 4 -o density.model --no-certificate")
        self.make("export seen.h5 -o seen.npz")
        with zipfile.ZipFile(inputs / "seen.npz") as archive:
            (inputs / "seen.npy").write_bytes(archive.read("x.npy"))
        a, seen, model = inputs / "a.h5", inputs / "seen.h5", inputs / "a.model"
        train = ["train", "alices", "FILE", "--steps", 5, "--hidden", 4, "-o", "out.model"]
        model_commands = [
            ["inspect", "FILE"], ["infer", "FILE", seen], ["export", "FILE", "-o", "out.onnx"],
            ["calibrate", "FILE", "--events", 1000, "-o", "out.model"], ["fisher", "FILE", "--events", 500],
            ["evaluate", "FILE", a, "-o", "out.csv"],
        ]
        events = DATA / "madminer/toy2d_v083.h5"
        analysis = (REPOSITORY / "book/src/analysis.toml").read_text().replace("../../tests/data", str(DATA))
        (inputs / "analysis.toml").write_text(analysis)
        toy = analysis.replace(f"{DATA}/lhe/lhe_average.lhe.gz", "FILE")
        lhe = [("lhe/lhe_average.lhe.gz", toy), ("lhe/lhe_sum_scalevar.lhe.gz", toy), ("lhe/eemumuH_60.lhe.gz", HIGGSSTRAHLUNG),
               ("cases/two_runs.lhe.gz", ANGULAR), ("cases/first_declaration_beside_tag.lhe.gz", ANGULAR)]
        convert = ["import", "analysis.toml", "-o", "out.h5"]
        plain = inputs / "plain.lhe"
        plain.write_bytes(gzip.decompress((DATA / "cases/trials.lhe.gz").read_bytes()))
        targets = [Target(DATA / path, of_gzip, ["inspect", "FILE"], convert, convert, analysis=text) for path, text in lhe]
        targets += [
            Target(plain, of_text, ["inspect", "FILE"], convert, analysis=ANGULAR),
            Target(inputs / "analysis.toml", of_text, ["inspect", "FILE"], ["import", "FILE", "-o", "out.h5"], ["import", "FILE", "-o", "out.h5"]),
            Target(DATA / "fuzz/analysis.toml", of_text, ["inspect", "FILE"], ["import", "FILE", "-o", "out.h5"], name="fuzz.toml"),
            Target(events, of_binary, ["inspect", "FILE"], ["mine", "FILE", "-n", 50, "-o", "out.h5"], ["merge", "FILE", events, "-o", "out.h5"],
                   ["limit", "FILE", "--at", "sm", "--luminosity", 10, "--box", "-1:1,0:0"], ["fisher", "FILE", "--events", 100],
                   ["export", "FILE", "--pyhf", "--observable", "pt_j1", "--luminosity", 10, "-o", "out.json"], name="events.h5"),
            Target(DATA / "madminer/toy2d_quadratic.setup.h5", of_binary, ["inspect", "FILE"], convert, name="setup.h5",
                   analysis=analysis.replace(f"{DATA}/madminer/toy2d_quadratic.setup.h5", "FILE")),
            Target(inputs / "seen.npy", of_binary, ["infer", model, "FILE"], ["infer", inputs / "score.model", "FILE", "--pool", 1000]),
            Target(DATA / "fuzz/sample.npz", of_zip, ["import", "FILE", "-o", "out.h5", "--theta1", "0,0"], ["import", "FILE", "-o", "out.h5"]),
            Target(inputs / "seen.npz", of_zip, ["infer", model, "FILE"], ["import", "FILE", "-o", "out.h5", "--theta1", "0"]),
            Target(a, of_binary, ["inspect", "FILE"], train, train, ["export", "FILE", "-o", "out.npz"], ["evaluate", model, "FILE", "-o", "out.csv"]),
            Target(seen, of_binary, ["infer", model, "FILE"], ["infer", model, "FILE", "--expect", 20], ["inspect", "FILE"],
                   ["train", "sally", "FILE", "--steps", 5, "--hidden", 4, "-o", "out.model"]),
            Target(inputs / "s1.h5", of_binary, ["merge", "FILE", inputs / "s2.h5", "-o", "out.h5"]),
            Target(model, of_tensors, *model_commands),
            Target(inputs / "score.model", of_tensors, ["inspect", "FILE"], ["infer", "FILE", seen, "--pool", 1000], ["fisher", "FILE", "--events", 500],
                   ["export", "FILE", "-o", "out.onnx"]),
            Target(inputs / "density.model", of_tensors, ["inspect", "FILE"], ["infer", "FILE", seen], ["export", "FILE", "-o", "out.onnx"]),
            Target(DATA / "model_format_1.model", of_tensors, ["inspect", "FILE"], ["infer", "FILE", seen]),
            Target(DATA / "cases/patchset.json", of_json, ["limit", DATA / "cases/BkgOnly.json", "--patch", lambda file: f"{file}:sig_400"]),
        ]
        if with_states:
            targets += self.interrupted_targets()
        for path in sorted((DATA / "pyhf").glob("*.json")):
            workspace = inputs / path.name
            workspace.write_text(json.dumps(json.loads(path.read_text())["workspace"], indent=1))
            targets.append(Target(workspace, of_json, ["limit", "FILE"], ["limit", "FILE", "--test", "1"]))
        estimators = DATA / "madminer_estimators/toy2d_quadratic"
        for estimator in ("alices", "sally", "scandal"):
            files = sorted(estimators.glob(f"{estimator}_*"))
            for victim in files:
                mutate = of_json if victim.suffix == ".json" else of_zip if zipfile.is_zipfile(victim) else of_binary
                command = ["import", estimator, "-o", "out.model"] + (["--reference", "0,0"] if estimator == "sally" else [])
                targets.append(Target(victim, mutate, command, beside=[path for path in files if path != victim]))
        samples = sorted((DATA / "madminer_samples").glob("*.npy"))
        for victim in samples:
            targets.append(Target(victim, of_binary, ["import", ".", "-o", "out.h5"], beside=[path for path in samples if path != victim]))
        return targets

    def limits(self):
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT, CPU_LIMIT + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def run(self, index):
        chance = random.Random(f"{self.report.seed} mutation {index}")
        # The kinds of files in turn, so that those of many files are not most.
        groups = collections.defaultdict(list)
        for target in self.targets:
            groups["state" if target.whole else target.mutate.__name__ + target.source.suffix].append(target)
        target = chance.choice(groups[sorted(groups)[index % len(groups)]])
        good = target.source.read_bytes()
        damage, bad = target.mutate(chance, good)
        if bad == good or (bad and chance.random() < 0.15):
            second, bad = of_binary(chance, bad)
            damage = f"{damage}, {second}"
        template = chance.choice(target.commands)

        def lay_out(folder):
            if target.whole:
                shutil.copytree(target.whole, folder, dirs_exist_ok=True)
            (folder / target.name).write_bytes(bad)
            for path in target.beside:
                shutil.copy(path, folder / path.name)
            if "analysis.toml" in template:
                (folder / "analysis.toml").write_text(target.analysis.replace("FILE", target.name))

        folder = fresh(self.folder / "case")
        lay_out(folder)
        command = [str(target.name if word == "FILE" else word(target.name) if callable(word) else word) for word in template]
        before = set(listing(folder))
        began = time.monotonic()
        process = subprocess.Popen([self.motherlode, *command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, preexec_fn=self.limits)
        try:
            out, err = (text.decode(errors="replace") for text in process.communicate(timeout=WALL_LIMIT))
            code = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            out, err, code = "", "", "no end"
        self.report.slowest = max(self.report.slowest, (time.monotonic() - began, f"mutation:{index}", " ".join(command)))
        faults = list(self.faults(code, err, command, sorted(set(listing(folder)) - before)))
        if code == 0 and target.uninterrupted:
            for name in listing(target.uninterrupted):
                if not (folder / name).exists() or not same_content(folder / name, target.uninterrupted / name):
                    faults.append(f"goes on from a damaged state without a word, and {name} differs from that of an uninterrupted run")
        outcome = {0: "accepted", 1: "refused", 2: "refused as malformed"}.get(code, "fault")
        self.report.outcomes["mutation", f"{command[0]}: {outcome}"] += 1
        # Not a fault in itself: the number may stand in the file.
        if code == 0 and re.search(r"\bnan\b", out, re.IGNORECASE):
            self.report.outcomes["mutation", f"{command[0]}: accepted, and prints NaN (the last is mutation:{index})"] += 1
        if code in (1, 2):
            self.report.messages[self.kind_of(err)] += 1
        for text in faults:
            self.report.fault(f"mutation:{index}", command, f"{text} [{damage} of {target.name}]")
        if faults:
            lay_out(fresh(self.kept / str(index)))
        return 1

    @staticmethod
    def kind_of(err):
        text = next((line for line in err.splitlines() if line.startswith("error:")), err.strip())
        text = re.sub(r"`[^`]*`", "`…`", text)
        return re.sub(r"-?\d[\d.e+-]*", "#", text)[:240]

    @staticmethod
    def faults(code, err, command, new):
        if "panicked" in err or code == 101:
            yield f"panic: {tail(err, 600)}"
        elif code == "no end" or code == -signal.SIGXCPU or code == -signal.SIGKILL:
            yield f"no end in {CPU_LIMIT} s"
        elif code == -signal.SIGABRT and "memory allocation" in err:
            yield f"abort for want of memory: {tail(err)}"
        elif code not in (0, 1, 2):
            yield f"ended by signal or code {code}: {tail(err)}"
        elif code != 0:
            yield from Mutations.faults_of_message(err)
        # What a stopped command continues from may stay; an output or a temporary file may not.
        state = re.compile(r"\.training$|\.partial/|^study/|^inferred/toys")
        left = [name for name in new if not state.search(name) or name.endswith((".tmp", ".lock"))]
        if code != 0 and left:
            yield f"failed, and left {left}: {tail(err)}"
        elif any(name.endswith((".tmp", ".lock")) for name in new):
            yield f"left {new}"

    @staticmethod
    def faults_of_message(err):
        message = [line for line in err.splitlines() if line.startswith("error:")]
        if not message:
            yield f"failed without a message: {tail(err)!r}"
            return
        text = " ".join(message)
        if len(text.split()) < 6 or not re.search(r'[`"\d]|--', text):
            yield f"the message says neither what was found nor what is needed: {text}"
        if re.search(r"\d{40}", text):
            yield f"the message has a number of hundreds of digits: {text[:200]}"
        # Words of Python and of files are in backticks.
        if re.search(r"unwrap|RUST_BACKTRACE|internal error|Some\(|None\b|Err\(|Os \{|src/.*\.rs", re.sub(r"`[^`]*`", "", text)):
            yield f"the message is one for programmers: {text}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("motherlode")
    parser.add_argument("folder")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--mutations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=1_000_000, help="of the mining that is killed")
    parser.add_argument("--steps", type=int, default=1000, help="of the training that is killed")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no case after so many seconds")
    parser.add_argument("--threads", type=int, default=1, help="of the program")
    parser.add_argument("--no-states", action="store_true", help="damage no states of interrupted commands, such as OUTPUT.partial")
    parser.add_argument("--only", help="the one case to run, kill:NUMBER or mutation:NUMBER")
    options = parser.parse_args()
    os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    motherlode, folder = str(Path(options.motherlode).resolve()), Path(options.folder).resolve()
    report = Report(options.seed)
    began = time.monotonic()

    def in_time():
        return time.monotonic() - began < options.seconds

    part, _, number = (options.only or "").partition(":")
    if part == "kill" or (not part and options.kills):
        kills = Kills(motherlode, folder / "kills", options, report)
        index, n_kills = int(number or 0), 0
        while n_kills < (1 if part else options.kills) and in_time():
            n_kills += kills.run(index)
            index += 1
        print(f"{n_kills} kills in {time.monotonic() - began:.0f} s", flush=True)
    if part == "mutation" or (not part and options.mutations):
        mutations = Mutations(motherlode, folder / "mutations", report, not options.no_states)
        index, n_mutations = int(number or 0), 0
        while n_mutations < (1 if part else options.mutations) and in_time():
            n_mutations += mutations.run(index)
            index += 1
        print(f"{n_mutations} mutations, {time.monotonic() - began:.0f} s in all", flush=True)
        text = "".join(f"{count:6} {kind}\n" for kind, count in report.messages.most_common())
        (folder / "messages.txt").write_text(text)
    report.print()
    sys.exit(1 if report.faults else 0)


if __name__ == "__main__":
    main()
