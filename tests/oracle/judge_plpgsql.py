#!/usr/bin/env python3
"""Compares the PL/pgSQL bodies that tenet reads with PostgreSQL's own PL/pgSQL parser.

    pip install pglast
    cargo build --release --example bodies
    python3 tests/oracle/judge_plpgsql.py [--show N] [--opaque] [--profile release] PATH...

The bodies of all functions, procedures and DO blocks in the SQL files under PATH are read by both. For each body that
both read, the SQL texts within (statements, PERFORM, EXECUTE, RETURN QUERY, conditions, assignments, defaults) must be
the same, as PostgreSQL's scanner sees them. Prints how many bodies are read, how many texts within are opaque, and
every difference; exits with 1 when there is a difference.
"""
import argparse, collections, json, os, re, subprocess, sys
from pathlib import Path

from pglast import parser

from judge import files, statements

ROOT = Path(__file__).resolve().parent.parent.parent


def bodies(sql):
    """The PL/pgSQL bodies in a statement's tree: usually none or one."""
    if not re.search(r"plpgsql|\bdo\b", sql, re.I):
        return
    try:
        tree = json.loads(parser.parse_sql_json(sql))
    except Exception:
        return
    for raw in tree["stmts"]:
        node = raw["stmt"].get("CreateFunctionStmt") or raw["stmt"].get("DoStmt")
        if node is None:
            continue
        items = {d["DefElem"]["defname"]: d["DefElem"]["arg"] for d in node.get("options", node.get("args", []))}
        language = items.get("language", {}).get("String", {}).get("sval", "plpgsql" if "DoStmt" in raw["stmt"] else "sql")
        body = items.get("as")
        if language.lower() != "plpgsql" or body is None:
            continue
        body = body["List"]["items"][0] if "List" in body else body
        yield body["String"].get("sval", "")


def texts(node, found):
    """All queries and expressions in libpg_query's tree of a function."""
    if isinstance(node, list):
        for item in node:
            texts(item, found)
    elif isinstance(node, dict):
        if "PLpgSQL_expr" in node:
            text = node["PLpgSQL_expr"]["query"]
            case = re.match(r'"__Case__Variable_\d+__" IN \((.*)\)\s*$', text, re.S)
            found.extend(items(case[1]) if case else [plain(text)])
        elif "argquery" in node:
            texts({k: v for k, v in node.items() if k != "argquery"}, found)
            arguments = items(node["argquery"]["PLpgSQL_expr"]["query"])
            found.extend(re.sub(r" AS [^ ]+$", "", argument) for argument in arguments)
        else:
            for item in node.values():
                texts(item, found)
    return found


def records(node):
    """The names of the variables of composite types."""
    datums = node[0]["PLpgSQL_function"]["datums"] if node else []
    return {datum["PLpgSQL_rec"]["refname"] for datum in datums if "PLpgSQL_rec" in datum}


def items(text):
    """A list of expressions, split at the commas outside parentheses."""
    found, depth = [[]], 0
    for token in plain(text).split(" "):
        depth += (token in "([") - (token in ")]")
        if token == "," and depth == 0:
            found.append([])
        else:
            found[-1].append(token)
    return [" ".join(item) for item in found]


def plain(text):
    """A text as its tokens: white space and comments are left out."""
    try:
        raw = text.encode()
        tokens = [t for t in parser.scan(text) if t.name not in ("SQL_COMMENT", "C_COMMENT")]
        return " ".join(text[t.start:t.end + 1] for t in tokens)
    except Exception:
        return " ".join(text.split())


NAME = re.compile(r'^[\w$"]+( ?\. ?[\w$"]+)*$')


def differences(ours, theirs, records):
    # A returned variable is no text to PostgreSQL; what a record begins with is left out of the tree.
    may_lack = collections.Counter(t for k, t in ours if k == "returned" and NAME.match(t))
    ours = [(k, *t.split(" ", 1)) if k == "default" else (k, None, t) for k, t in ours]
    may_lack.update(t for _, name, t in ours if name in records)
    a, b = collections.Counter(t for _, _, t in ours), collections.Counter(theirs)
    return b - a, (a - b) - may_lack


def read(sources, profile):
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    done = subprocess.run([target / profile / "examples" / "bodies"], input="\0".join(sources).encode(),
                          capture_output=True)
    if done.returncode:
        sys.exit("bodies failed: " + done.stderr.decode()[-2000:])
    return done.stdout.decode().split("\0")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--show", type=int, default=20, help="differences and refusals to print")
    args.add_argument("--opaque", action="store_true", help="count why texts are opaque")
    args.add_argument("--profile", default="release", help="which build of the example to run")
    args.add_argument("paths", nargs="+")
    args = args.parse_args()
    cases, seen = [], set()
    for file in files(args.paths):
        for sql in statements(file.read_bytes().decode(errors="replace")):
            for body in bodies(sql):
                if body not in seen:
                    seen.add(body)
                    cases.append((file, sql, body))
    count, why, differ = collections.Counter(), collections.Counter(), 0
    for (file, sql, body), answer in zip(cases, read([c[2] for c in cases], args.profile)):
        try:
            tree = json.loads(parser.parse_plpgsql_json(sql))
            theirs = texts(tree, [])
        except Exception as error:
            theirs, reason = None, str(error)
        count["bodies"] += 1
        count["read by PostgreSQL"] += theirs is not None
        if answer[0] == "-":
            count["refused by both" if theirs is None else "refused by tenet alone"] += 1
            if theirs is not None:
                print(f"-- REFUSED {file}: {answer[1:]}\n{body.strip()[:1500]}\n")
            continue
        count["read by tenet"] += 1
        found = json.loads(answer[1:])
        count["texts"] += len(found["texts"])
        count["opaque texts"] += len(found["opaque"])
        why.update(m.split(": ")[0] if ": " in m else m for m in found["opaque"])
        if args.opaque:
            for message in found["opaque"]:
                print(f"-- opaque {file.name}: {message[:400]}")
        if theirs is None:
            count["read by tenet alone"] += 1
            continue
        ours = [(k, plain(t)) for k, t in found["texts"]]
        missing, extra = differences(ours, theirs, records(tree))
        if missing or extra:
            differ += 1
            if differ <= args.show:
                print(f"-- DIFFERENT {file}\n   theirs: {list(missing)}\n   ours:   {list(extra)}")
    for name, number in count.items():
        print(f"{name:24} {number:7}")
    both = count["read by PostgreSQL"]
    print(f"read of those that PostgreSQL reads: {100 * (1 - count['refused by tenet alone'] / max(both, 1)):.2f} %, "
          f"different {differ}")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
