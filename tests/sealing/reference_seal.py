#!/usr/bin/env python3
"""A slow second implementation of both verdicts of sealing/SEAL_FORMAT.md, for differential tests.

Usage: reference_seal.py DIR. Judges every directory in DIR and prints one JSON object a line:
name, verdict, codes, warnings, style, variant, root, compat (verdict, aborted, messages). Needs
nothing but Python's standard library, shares no code with govseal, and puts clarity before speed.
"""

import hashlib
import json
import os
import re
import stat
import sys
from pathlib import Path

HEX64 = re.compile(r"[0-9a-f]{64}\Z")
LINE = re.compile(r"([0-9a-f]{64})  (.+)\Z", re.S)
ROOT_LINE = re.compile(r"ROOT_SHA256  ([0-9a-f]{64})\Z")
SEAL_FILES = ("manifest.json", "MANIFEST.sha256")
BOM = b"\xef\xbb\xbf"


def sha(data):
    return hashlib.sha256(data).hexdigest()


def root_of(lines):
    return sha(("\n".join(sorted(lines, key=lambda s: s.encode())) + "\n").encode())


# --- strict JSON ---------------------------------------------------------------------------------


class Pairs(list):
    """An object as the list of its members, repeated keys included."""


class Token(str):
    """A number as it was written."""


def has_surrogate(text):
    return any(0xD800 <= ord(c) <= 0xDFFF for c in text)


def surrogates(value, in_path=False):
    """Strings with lone surrogates, but for the relpath of an entry of the top-level array."""
    if isinstance(value, str) and not isinstance(value, Token):
        return has_surrogate(value) and not in_path
    if isinstance(value, Pairs):
        return any(has_surrogate(k) or surrogates(v) for k, v in value)
    if isinstance(value, list):
        return any(surrogates(v) for v in value)
    return False


def depth(text):
    """How deep containers lie inside each other in text that is JSON."""
    deepest = level = 0
    for bracket in re.sub(r'"(\\.|[^"\\])*"', "", text):
        if bracket in "[{":
            level += 1
            deepest = max(deepest, level)
        elif bracket in "]}":
            level -= 1
    return deepest


def strict_json(text):
    """The value, or raises ValueError."""

    def refuse(name):
        raise ValueError(name)

    decoder = json.JSONDecoder(
        object_pairs_hook=Pairs, parse_int=Token, parse_float=Token, parse_constant=refuse
    )
    stripped = text.strip(" \t\r\n")
    value, end = decoder.raw_decode(stripped)
    if end != len(stripped) or depth(stripped) > 256:
        raise ValueError("something follows, or nested too deep")
    return value


def members(pairs):
    return {k: v for k, v in pairs}


def twice(items):
    return len(items) != len(set(items))


# --- paths ---------------------------------------------------------------------------------------


def path_codes(path):
    if has_surrogate(path):
        return {"path.not_unicode"}
    if path == "":
        return {"path.empty"}
    codes = set()
    if path.startswith("/"):
        codes.add("path.absolute")
    elements = path.lstrip("/").split("/")
    if ".." in elements:
        codes.add("path.dotdot")
    if "" in elements or "." in elements:
        codes.add("path.segment")
    if "\\" in path:
        codes.add("path.backslash")
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in path):
        codes.add("path.control")
    if path == "-":
        codes.add("path.dash")
    if len(path.encode()) > 4096 or any(len(e.encode()) > 255 for e in elements):
        codes.add("path.too_long")
    return codes


def fold(path):
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in path)


RESERVED = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?\Z", re.S)


def name_warnings(paths):
    warnings = set()
    paths = set(paths)
    if twice([fold(p) for p in paths]):
        warnings.add("name.case_collision")
    for path in paths:
        elements = path.split("/")
        if any("\u0300" <= c <= "\u036f" for c in path):
            warnings.add("name.combining_mark")
        if any(RESERVED.match(fold(e)) for e in elements):
            warnings.add("name.windows_reserved")
        if any(e.endswith((".", " ")) for e in elements):
            warnings.add("name.trailing_dot_or_space")
        if any(e.startswith(" ") for e in elements):
            warnings.add("name.leading_space")
        if ":" in path:
            warnings.add("name.colon")
    return warnings


def prefix_conflict(paths):
    known = set(paths)
    for path in known:
        elements = path.split("/")
        if any("/".join(elements[:i]) in known for i in range(1, len(elements))):
            return True
    return False


# --- the tree ------------------------------------------------------------------------------------


class Tree:
    """Everything below a folder: {path: stat}, and the codes that the walk alone gives."""

    def __init__(self, folder):
        self.folder = folder
        self.stats = {}
        self.codes = set()
        self.walk(os.fsencode(folder), "")

    def walk(self, directory, prefix):
        for name in os.listdir(directory):
            full = os.path.join(directory, name)
            info = os.lstat(full)
            try:
                path = prefix + name.decode("utf-8")
                bad = bool(path_codes(path))
            except UnicodeDecodeError:
                bad = True
            if bad:
                self.codes.add("tree.bad_name")
                continue
            self.stats[path] = info
            if stat.S_ISDIR(info.st_mode):
                if not os.listdir(full):
                    self.codes.add("tree.empty_dir")
                self.walk(full, path + "/")
            elif stat.S_ISLNK(info.st_mode):
                self.codes.add("tree.symlink")
            elif not stat.S_ISREG(info.st_mode):
                self.codes.add("tree.special")
            else:
                if info.st_nlink > 1:
                    self.codes.add("tree.hardlink")
                if info.st_mode & (stat.S_ISUID | stat.S_ISGID):
                    self.codes.add("tree.setid")

    def regular(self, path):
        return path in self.stats and stat.S_ISREG(self.stats[path].st_mode)

    def read(self, path):
        with open(os.path.join(self.folder, path), "rb") as file:
            return file.read()


def to_crlf(data):
    return re.sub(rb"(?<!\r)\n", b"\r\n", data)


def to_lf(data):
    return data.replace(b"\r\n", b"\n")


def content_code(data, size, digest):
    """The content.* code of a file, or None."""
    same_size = size is None or len(data) == size
    if same_size and (digest is None or sha(data) == digest):
        return None
    if digest is not None and sha(data) != digest:
        for changed in (to_crlf(data), to_lf(data)):
            if sha(changed) == digest and (size is None or len(changed) == size):
                return "content.eol"
    return "content.hash" if same_size else "content.size"


def check_listed(tree, listed, codes, walked):
    """Codes of [(path, size, digest)] that may be looked up."""
    done = set()
    for path, size, digest in listed:
        if path not in tree.stats:
            codes.add("tree.missing")
        elif stat.S_ISDIR(tree.stats[path].st_mode):
            codes.add("tree.listed_dir")
        elif not tree.regular(path):
            if not walked:
                link = stat.S_ISLNK(tree.stats[path].st_mode)
                codes.add("tree.symlink" if link else "tree.special")
        else:
            code = content_code(tree.read(path), size, digest)
            if code and path not in done:
                codes.add(code)
                done.add(path)


# --- the parts of a contract seal ----------------------------------------------------------------


def envelope(tree, name, has_checks):
    """Codes, warnings, dialect, run_id present."""
    if not tree.regular("run.json"):
        return {"run_json.missing"}, set(), None, False
    data = tree.read("run.json")
    if data.startswith(BOM):
        return {"run_json.bom"}, set(), None, False
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return {"run_json.not_utf8"}, set(), None, False
    try:
        value = strict_json(text)
        if surrogates(value):
            raise ValueError("surrogate")
    except (ValueError, RecursionError):
        return {"run_json.json"}, set(), None, False
    if not isinstance(value, Pairs):
        return {"run_json.not_object"}, set(), None, False
    codes, warnings = set(), set()
    if twice([k for k, _ in value]):
        codes.add("run_json.duplicate_key")
    fields = members(value)

    def text_of(key):
        found = fields.get(key)
        good = isinstance(found, str) and not isinstance(found, Token) and found
        return found if good else None

    run_id = text_of("run_id")
    if run_id is None:
        codes.add("run_json.run_id")
    elif run_id != name:
        codes.add("run_json.id_mismatch")
    dialect = None
    if text_of("created_utc") is not None:
        dialect = "envelope"
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
                            fields["created_utc"]):
            warnings.add("run_json.created_utc_format")
    elif "created_utc" not in fields and text_of("finished_utc") is not None and has_checks:
        dialect = "runwriter"
    else:
        codes.add("run_json.created_utc")
    return codes, warnings, dialect, run_id is not None


def read_manifest(data):
    """(codes, entries or None); entries are (path, size or None, digest or None)."""
    if data.startswith(BOM):
        return {"manifest.bom"}, None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return {"manifest.not_utf8"}, None
    try:
        value = strict_json(text)
        check = value
        if isinstance(value, list) and not isinstance(value, Pairs):
            # A relpath may hold what is no Unicode; anything else may not.
            check = [
                Pairs((k, "" if k == "relpath" and isinstance(v, str) else v) for k, v in item)
                if isinstance(item, Pairs) else item
                for item in value
            ]
        if surrogates(check):
            raise ValueError("surrogate")
    except (ValueError, RecursionError):
        return {"manifest.json"}, None
    if isinstance(value, Pairs) or not isinstance(value, list):
        return {"manifest.not_array"}, None
    codes, entries = set(), []
    for item in value:
        if not isinstance(item, Pairs):
            codes.add("manifest.entry_type")
            continue
        keys = [k for k, _ in item]
        fields = members(item)
        if not {"relpath", "bytes", "sha256"} <= set(keys):
            codes.add("manifest.missing_key")
        if set(keys) - {"relpath", "bytes", "sha256"}:
            codes.add("manifest.unknown_key")
        if twice(keys):
            codes.add("manifest.duplicate_key")
        size = fields.get("bytes")
        good = isinstance(size, Token) and re.fullmatch(r"0|[1-9][0-9]*", size)
        size = int(size) if good and int(size) <= 2**53 - 1 else None
        if "bytes" in fields and size is None:
            codes.add("manifest.bytes")
        digest = fields.get("sha256")
        good = isinstance(digest, str) and not isinstance(digest, Token) and HEX64.match(digest)
        digest = digest if good else None
        if "sha256" in fields and digest is None:
            codes.add("manifest.sha256")
        if "relpath" not in fields:
            continue
        path = fields["relpath"]
        if not isinstance(path, str) or isinstance(path, Token):
            codes.add("manifest.relpath_type")
        elif has_surrogate(path):
            codes.add("path.not_unicode")
        else:
            if entries and path.encode() < entries[-1][0].encode():
                codes.add("manifest.order")
            entries.append((path, size, digest))
    paths = [e[0] for e in entries]
    if twice(paths):
        codes.add("manifest.duplicate_path")
    for path in paths:
        codes |= path_codes(path)
        if path in SEAL_FILES:
            codes.add("manifest.reserved_path")
    if prefix_conflict([p for p in paths if may_look_up(p)]):
        codes.add("path.prefix_conflict")
    return codes, entries


def may_look_up(path):
    return not path_codes(path) and path not in SEAL_FILES


class HashFile:
    def __init__(self, data):
        self.stop = None
        self.warnings = set()
        self.lines, self.others, self.roots, self.last = [], [], [], None
        self.bad = False
        if data.startswith(BOM):
            self.stop = "hashfile.bom"
            return
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            self.stop = "hashfile.not_utf8"
            return
        if "\r" in text:
            crlf = text.count("\r\n")
            if crlf != text.count("\r") or crlf != text.count("\n"):
                self.stop = "hashfile.eol"
                return
            self.warnings.add("hashfile.crlf")
            text = text.replace("\r\n", "\n")
        if text.endswith("\n"):
            text = text[:-1]
            pieces = text.split("\n")
        else:
            self.warnings.add("hashfile.no_final_newline")
            pieces = text.split("\n") if text else []
        for line in pieces:
            if line == "":
                self.warnings.add("hashfile.blank_line")
                continue
            self.last = line
            if line.startswith("ROOT_SHA256"):
                self.roots.append(line)
                continue
            self.others.append(line)
            match = LINE.match(line)
            if match:
                self.lines.append((match.group(2), match.group(1), line))
            else:
                self.bad = True
        self.root_computed = root_of(self.others)


def check_root(file, codes):
    if not file.roots:
        codes.add("root.missing")
        return None
    if len(file.roots) > 1:
        codes.add("root.duplicate")
    if not file.last.startswith("ROOT_SHA256"):
        codes.add("root.not_last")
    good = [ROOT_LINE.match(line) for line in file.roots]
    if not all(good):
        codes.add("root.malformed")
    if good[-1] and good[-1].group(1) != file.root_computed:
        codes.add("root.mismatch")
    claimed = [m.group(1) for m in good if m]
    return claimed[-1] if claimed else None


def check_lines(file, entries, codes):
    own = set()
    line_paths = [path for path, _, _ in file.lines]
    listed = {}
    for path, _, digest in entries:
        listed.setdefault(path, []).append(digest)
    if "manifest.json" not in line_paths:
        own.add("hashfile.no_manifest_line")
    if twice(line_paths):
        own.add("hashfile.duplicate_path")
    for path, digest, _ in file.lines:
        if path == "manifest.json":
            continue
        if path not in listed:
            own.add("hashfile.extra_line")
        elif any(d is not None and d != digest for d in listed[path]):
            codes.add("hashfile.hash_differs")
    if set(listed) - set(line_paths):
        own.add("hashfile.missing_line")
    codes |= own
    if own or file.bad:
        return None

    def is_sorted(items):
        items = [i.encode() for i in items]
        return items == sorted(items)

    if line_paths[-1] == "manifest.json" and is_sorted(line_paths[:-1]):
        return "A"
    if is_sorted([line for _, _, line in file.lines]):
        return "B"
    if is_sorted(line_paths):
        return "C"
    codes.add("hashfile.order")
    return None


def outcome(codes, clean):
    if not codes:
        return clean
    return "EOL_NORMALIZED" if codes == {"content.eol"} else "INVALID"


def contract(tree, name):
    codes, entries = set(), None
    if not tree.regular("manifest.json"):
        codes.add("manifest.missing")
    else:
        codes, entries = read_manifest(tree.read("manifest.json"))
    has_checks = any(path == "checks.json" for path, _, _ in entries or [])
    own, warnings, _, _ = envelope(tree, name, has_checks)
    codes |= own
    file = HashFile(tree.read("MANIFEST.sha256"))
    variant = root = None
    if file.stop:
        codes.add(file.stop)
    else:
        warnings |= file.warnings
        if file.bad:
            codes.add("hashfile.bad_line")
        root = check_root(file, codes)
        if entries is not None:
            variant = check_lines(file, entries, codes)
        if tree.regular("manifest.json"):
            found = [digest for path, digest, _ in file.lines if path == "manifest.json"]
            if not found:
                codes.add("hashfile.no_manifest_line")
            for digest in found:
                code = content_code(tree.read("manifest.json"), None, digest)
                if code:
                    codes.add("content.eol" if code == "content.eol" else "hashfile.manifest_hash")
    codes |= tree.codes
    if entries is not None:
        listed = {path for path, _, _ in entries}
        for path in tree.stats:
            if tree.regular(path) and path not in listed and path not in SEAL_FILES:
                codes.add("tree.unlisted")
        good = [e for e in entries if may_look_up(e[0])]
        check_listed(tree, good, codes, walked=True)
        warnings |= name_warnings(e[0] for e in good)
    return {"verdict": outcome(codes, "VALID"), "codes": codes, "warnings": warnings,
            "style": "contract", "variant": variant, "root": root}


def path1_seal(tree):
    file = HashFile(tree.read("MANIFEST.sha256"))
    codes = {"hashfile.bad_line"} if file.bad else set()
    for path, _, _ in file.lines:
        codes |= path_codes(path)
    good = [(path, None, digest) for path, digest, _ in file.lines if not path_codes(path)]
    if prefix_conflict([p for p, _, _ in good]):
        codes.add("path.prefix_conflict")
    check_listed(tree, good, codes, walked=False)
    return {"verdict": outcome(codes, "LEGACY"), "codes": codes, "warnings": file.warnings,
            "style": "path1", "variant": None, "root": None}


PATH1 = ("RUN.md", "DIS_v1_1_evidence.md", "RES_v1_0_evidence.md", "LID_v1_0_evidence.md",
         "outputs/study_dis_v1_1.txt", "outputs/study_res_v1_0.txt", "outputs/study_lid_v1_0.txt")


def unsealed(tree, name):
    has_checks = False
    if tree.regular("checks.json"):
        try:
            data = tree.read("checks.json")
            value = strict_json(data.decode("utf-8"))
            has_checks = not data.startswith(BOM) and not surrogates(value)
        except (ValueError, RecursionError):
            pass
    own, warnings, dialect, has_id = envelope(tree, name, has_checks)
    complete = dialect is not None and has_id
    path1 = not complete and all(tree.regular(p) and tree.stats[p].st_size for p in PATH1)
    if complete or path1:
        names = name_warnings(p for p in tree.stats if tree.regular(p))
        codes = set()
        if complete:
            codes = (own & {"run_json.id_mismatch", "run_json.duplicate_key"}) | tree.codes
            names |= warnings
        return {"verdict": "UNSEALED", "codes": codes, "warnings": names}
    own.discard("run_json.missing")
    return {"verdict": "OPEN", "codes": own | {"run.no_envelope"}, "warnings": set()}


def strict(folder):
    tree = Tree(folder)
    name = os.path.basename(folder)
    empty = {"style": None, "variant": None, "root": None}
    if tree.regular("MANIFEST.sha256"):
        file = HashFile(tree.read("MANIFEST.sha256"))
        is_contract = (file.stop or file.roots or not file.others or "manifest.json" in tree.stats
                       or any(path == "manifest.json" for path, _, _ in file.lines))
        return contract(tree, name) if is_contract else path1_seal(tree)
    if "manifest.json" in tree.stats:
        return {**empty, "verdict": "INCOMPLETE", "codes": {"seal.incomplete"}, "warnings": set()}
    return {**empty, **unsealed(tree, name)}


# --- compat: the reference validator of Registry Seal Contract v0.1, as sealing.md 5 tells it -----


class Abort(Exception):
    pass


def read_text(path):
    if not path.is_file():
        raise Abort
    return path.read_text(encoding="utf-8")


def compat_messages(run_dir):
    out = []
    run_json = run_dir / "run.json"
    if not run_json.exists():
        out.append("run.json missing")
    else:
        try:
            doc = json.loads(read_text(run_json))
        except ValueError as error:
            out.append(f"run.json parse error: {error}")
        else:
            for key in ("run_id", "created_utc"):
                if key not in doc:
                    out.append(f"run.json missing '{key}'")
    manifest_path = run_dir / "manifest.json"
    if not manifest_path.exists():
        return out + ["manifest.json missing"]
    try:
        manifest = json.loads(read_text(manifest_path))
    except ValueError as error:
        return out + [f"manifest.json parse error: {error}"]
    if not isinstance(manifest, list):
        return out + ["manifest.json is not a JSON array"]
    by_path = {}
    for entry in manifest:
        if not isinstance(entry, dict):
            out.append(f"manifest entry is not an object: {entry}")
            continue
        for key in ("relpath", "bytes", "sha256"):
            if key not in entry:
                out.append(f"manifest entry missing '{key}': {entry}")
        by_path[entry.get("relpath", "")] = entry
    hash_path = run_dir / "MANIFEST.sha256"
    if not hash_path.exists():
        return out + ["MANIFEST.sha256 missing"]
    lines = [line for line in read_text(hash_path).strip().split("\n") if line.strip()]
    root_line, hashes = None, {}
    for line in lines:
        if line.startswith("ROOT_SHA256"):
            root_line = line
        elif "  " in line:
            digest, path = line.split("  ", 1)
            hashes[path] = digest
        else:
            out.append(f"MANIFEST.sha256 bad line: {line}")
    if root_line is None:
        out.append("MANIFEST.sha256 missing ROOT_SHA256 line")
    for entry in manifest:
        relpath = entry.get("relpath", "")
        path = run_dir / relpath
        if not path.exists():
            out.append(f"file missing: {relpath}")
            continue
        if not path.is_file():
            raise Abort
        data = path.read_bytes()
        if entry.get("bytes", -1) != len(data):
            out.append(f"size mismatch on {relpath}: expected={entry.get('bytes', -1)}, "
                       f"actual={len(data)}")
        if entry.get("sha256", "") != sha(data):
            out.append(f"hash mismatch on {relpath}: expected={entry.get('sha256', '')}, "
                       f"actual={sha(data)}")
    for path, digest in hashes.items():
        if path == "manifest.json":
            actual = sha(manifest_path.read_bytes())
            if actual != digest:
                out.append("MANIFEST.sha256 hash for manifest.json does not match actual file: "
                           f"claimed={digest}, actual={actual}")
        elif path in by_path:
            if by_path[path].get("sha256") != digest:
                out.append(f"MANIFEST.sha256 hash for {path} does not match manifest.json")
        else:
            out.append(f"MANIFEST.sha256 lists {path} but it is not in manifest.json")
    if root_line is not None:
        claimed = (root_line.split("  ", 1)[1] if "  " in root_line else root_line).strip()
        lines_of_root = [f"{digest}  {path}" for path, digest in hashes.items()]
        computed = sha(("\n".join(sorted(lines_of_root)) + "\n").encode("utf-8"))
        if claimed != computed:
            out.append(f"ROOT_SHA256 mismatch: claimed={claimed}, computed={computed}")
    unlisted = []
    for directory, _, names in os.walk(run_dir):
        for name in names:
            path = Path(directory) / name
            relative = path.relative_to(run_dir).as_posix()
            if name not in SEAL_FILES and path.is_file() and relative not in by_path:
                unlisted.append(relative)
    out += [f"unlisted file: {path}" for path in sorted(unlisted)]
    relpaths = [entry.get("relpath", "") for entry in manifest]
    if relpaths != sorted(relpaths):
        out.append("manifest.json entries not sorted by relpath")
    if root_line is not None and not lines[-1].startswith("ROOT_SHA256"):
        out.append("ROOT_SHA256 is not the last line in MANIFEST.sha256")
    return out


def compat(folder):
    try:
        messages = ["SEAL_INVALID: " + m for m in compat_messages(Path(folder))]
    except (Abort, TypeError, AttributeError, UnicodeError, OSError):
        return {"verdict": "FAIL", "aborted": True, "messages": []}
    return {"verdict": "FAIL" if messages else "PASS", "aborted": False, "messages": messages}


def printable(text):
    """Lone surrogates cannot be written; both sides show them as U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def main():
    top = sys.argv[1]
    for name in sorted(os.listdir(top)):
        folder = os.path.join(top, name)
        result = strict(folder)
        result["codes"] = sorted(result["codes"])
        result["warnings"] = sorted(result["warnings"])
        result["compat"] = compat(folder)
        result["compat"]["messages"] = [printable(m) for m in result["compat"]["messages"]]
        print(json.dumps({"name": name, **result}))


if __name__ == "__main__":
    main()
