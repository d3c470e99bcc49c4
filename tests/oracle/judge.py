#!/usr/bin/env python3
"""Compares what tenet reads with PostgreSQL's own parser, statement by statement.

    pip install pglast
    cargo build --release --example reprint
    python3 tests/oracle/judge.py [--kind TAG] [--show N] [--refused] PATH...

Every statement of the SQL files under PATH that PostgreSQL's parser accepts is read by tenet and printed again, with
precedence spelled out by parentheses. PostgreSQL's tree of the print, places left out, must equal its tree of the
original. Prints how many are read, how many are refused by node type, and every difference; exits with 1 when there
is a difference.
"""
import argparse, collections, json, os, re, subprocess, sys
from pathlib import Path

from pglast import parser

PLACES = {"location", "stmt_len", "rexpr_list_start", "rexpr_list_end", "list_start", "list_end"}
ROOT = Path(__file__).resolve().parent.parent.parent


def stripped(node):
    if isinstance(node, dict):
        return {k: stripped(v) for k, v in node.items() if k not in PLACES and not k.endswith("_location")}
    return [stripped(v) for v in node] if isinstance(node, list) else node


def tree(sql):
    return stripped(json.loads(parser.parse_sql_json(sql))["stmts"])


def without_psql(text):
    text = re.sub(r"(?ms)^(COPY[^;]*FROM\s+stdin[^;]*;)\n.*?^\\\.$", r"\1", text)
    return re.sub(r"(?m)^\s*\\.*$", "", text).replace("\0", "")


def statements(text):
    text = without_psql(text.lstrip("\ufeff"))
    for by_parser in (True, False):
        try:
            return [s for s in parser.split(text, with_parser=by_parser) if s.strip()]
        except Exception:
            continue
    return [s for s in text.split(";\n") if s.strip()]


def files(paths):
    for path in map(Path, paths):
        yield from sorted(p for p in path.rglob("*.sql") if p.is_file()) if path.is_dir() else [path]


def reprinted(sources):
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    exe = target / "release" / "examples" / "reprint"
    done = subprocess.run([exe], input="\0".join(sources).encode(), capture_output=True)
    if done.returncode:
        sys.exit("reprint failed: " + done.stderr.decode()[-2000:])
    return done.stdout.decode().split("\0")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--kind", help="only this node type, as CreateStmt")
    args.add_argument("--show", type=int, default=20, help="differences and refusals to print")
    args.add_argument("--refused", action="store_true", help="print refused statements too")
    args.add_argument("paths", nargs="+")
    args = args.parse_args()
    seen, cases, unparsed = set(), [], 0
    for file in files(args.paths):
        for sql in statements(file.read_bytes().decode(errors="replace")):
            if sql in seen:
                continue
            seen.add(sql)
            try:
                want = tree(sql)
            except Exception:
                unparsed += 1
                continue
            if len(want) != 1:
                continue
            kind = next(iter(want[0]["stmt"]))
            if args.kind in (None, kind):
                cases.append((file, sql, kind, want))
    read, refused, why, differ = collections.Counter(), collections.Counter(), collections.Counter(), []
    shown = 0
    for (file, sql, kind, want), answer in zip(cases, reprinted([c[1] for c in cases])):
        if answer[:1] == "-":
            refused[kind] += 1
            why[kind, answer[1:]] += 1
            if args.refused and shown < args.show:
                shown += 1
                print(f"-- refused {file.name}: {answer[1:]}\n{sql.strip()[:600]}\n")
            continue
        read[kind] += 1
        try:
            got = tree(answer[1:])
        except Exception as error:
            got = str(error)
        if got != want:
            differ.append((file, sql, answer[1:], got, want))
    for file, sql, printed, got, want in differ[:args.show]:
        print(f"-- DIFFERENT {file.name}\n{sql.strip()[:1200]}\n-- printed\n{printed[:1200]}")
        print(f"-- {got}\n" if isinstance(got, str) else "-- " + first_difference(want, got) + "\n")
    for kind in sorted(set(read) | set(refused), key=lambda k: -refused[k]):
        print(f"{kind:32} read {read[kind]:6} refused {refused[kind]:6}")
    total = sum(read.values()) + sum(refused.values())
    print(f"{total} statements, read {sum(read.values())} ({100 * sum(read.values()) / max(total, 1):.2f} %), "
          f"different {len(differ)}, refused by PostgreSQL's parser {unparsed}")
    sys.exit(1 if differ else 0)


def first_difference(a, b, path=""):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(set(a) | set(b)):
            if a.get(key) != b.get(key):
                return first_difference(a.get(key), b.get(key), f"{path}.{key}")
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for at, (x, y) in enumerate(zip(a, b)):
            if x != y:
                return first_difference(x, y, f"{path}[{at}]")
    return f"{path}: {json.dumps(a)[:300]} != {json.dumps(b)[:300]}"


if __name__ == "__main__":
    main()
