"""A PostgreSQL server of its own, all in memory, with B-trees and with a GiST index over ranges."""

import pwd
import shutil
import socket
import subprocess
import tempfile

import duckdb
import psycopg

COVERING = "B-tree"
RANGES = "GiST"


class Rival:
    def open(self, data, programs, memory_gb, first_minute, longest, area_from, **_):
        self.first_minute, self.longest, self.area_from = first_minute, longest, area_from
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="firebreak-bench-postgresql-")
        # The server refuses to run as root.
        self.prefix = []
        if os.getuid() == 0:
            os.chown(self.folder, pwd.getpwnam("postgres").pw_uid, -1)
            self.prefix = ["runuser", "-u", "postgres", "--"]
        run = lambda *command: subprocess.run([*self.prefix, *command], cwd=self.folder, check=True,
                                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        run(f"{programs}/initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C",
            "-D", f"{self.folder}/data")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        # Durable as it comes: fsync and synchronous commits stay on.
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": self.folder,
                    "shared_buffers": f"{memory_gb}GB", "work_mem": "256MB", "maintenance_work_mem": "1GB",
                    "max_wal_size": "8GB", "effective_cache_size": f"{memory_gb}GB", "random_page_cost": 1.0,
                    "max_parallel_workers_per_gather": 0, "jit": "off"}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self.server = subprocess.Popen(
            [*self.prefix, f"{programs}/postgres", "-D", f"{self.folder}/data", *options.split()],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(os.path.join(self.folder, "log"), "w"))
        for attempt in range(300):
            try:
                self.db = psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres", autocommit=True)
                break
            except psycopg.OperationalError:
                if attempt == 299:
                    raise
                time.sleep(0.1)
        run = self.db.execute
        run("CREATE EXTENSION btree_gist")
        run("CREATE UNLOGGED TABLE visits (person int NOT NULL, unit int NOT NULL, start int NOT NULL, finish int NOT NULL)")
        began = time.perf_counter()
        csv = duckdb.connect()
        csv.execute("SET TimeZone = 'UTC'")
        minutes = lambda column: f"(epoch_us({column}) // 60000000) - {first_minute}"
        path = os.path.join(self.folder, "visits.csv")
        csv.execute(f"COPY (SELECT person, unit, {minutes('start')}, {minutes(chr(34) + 'end' + chr(34))} "
                    f"FROM read_parquet('{data}/day-*.parquet')) TO '{path}' (HEADER false)")
        os.chmod(path, 0o644)
        run(f"COPY visits FROM '{path}' (FORMAT csv)")
        os.remove(path)
        run("CREATE INDEX by_person ON visits (person, start) INCLUDE (unit, finish)")
        run("CREATE INDEX by_unit ON visits (unit, start) INCLUDE (person, finish)")
        run("CREATE INDEX by_range ON visits USING gist (unit, int4range(start, finish))")
        run("VACUUM (ANALYZE, FREEZE) visits")
        seconds = time.perf_counter() - began
        run("CREATE EXTENSION pg_prewarm")
        for relation in ("visits", "by_person", "by_unit", "by_range"):
            run(f"SELECT pg_prewarm('{relation}')")
        run("SET plan_cache_mode = force_generic_plan")
        self.prepare()
        sizes = run("SELECT pg_table_size('visits'), pg_relation_size('by_person'), pg_relation_size('by_unit'), "
                    "pg_relation_size('by_range')").fetchone()
        version = run("SHOW server_version").fetchone()[0].split()[0]
        return {"version": f"PostgreSQL {version}", "load_seconds": seconds, "bytes": sum(sizes[:3]),
                "forms": [COVERING, RANGES]}

    def prepare(self):
        meets = {
            COVERING: f"v.unit = o.unit AND v.start > o.s - {self.longest} AND v.start < o.e AND v.finish > o.s",
            RANGES: "v.unit = o.unit AND int4range(v.start, v.finish) && int4range(o.s, o.e)",
        }
        for form, same_time in meets.items():
            name = {COVERING: "btree", RANGES: "gist"}[form]
            meeting = (f"{same_time} AND v.person <> o.person "
                       f"AND least(v.finish, o.e) - greatest(v.start, o.s) >= {MINIMUM_MINUTES}")
            own = (f"SELECT person, unit, greatest(start, $2) AS s, least(finish, $3) AS e FROM visits WHERE person = $1 "
                   f"AND start < $3 AND start > $2 - {self.longest} AND finish > $2 AND unit < {self.area_from}")
            first = (f"SELECT v.person, min(greatest(v.start, o.s)) AS since FROM own o "
                     f"JOIN LATERAL (SELECT * FROM visits v WHERE {meeting} OFFSET 0) v ON true GROUP BY v.person")
            reached = (f"SELECT v.person, v.unit, greatest(v.start, f.since) AS s, least(v.finish, $3) AS e FROM first f "
                       f"JOIN LATERAL (SELECT * FROM visits v WHERE v.person = f.person AND v.start < $3 "
                       f"AND v.start > f.since - {self.longest} AND v.finish > f.since "
                       f"AND v.unit < {self.area_from} OFFSET 0) v ON true")
            second = (f"SELECT DISTINCT v.person FROM reached o "
                      f"JOIN LATERAL (SELECT * FROM visits v WHERE {meeting} OFFSET 0) v ON true")
            self.db.execute(f"PREPARE {name}1(int, int, int) AS WITH own AS ({own}) {first}")
            self.db.execute(
                f"PREPARE {name}2(int, int, int) AS WITH own AS ({own}), first AS MATERIALIZED ({first}), "
                f"reached AS ({reached}), second AS ({second}) SELECT person, 1 AS ring FROM first UNION ALL "
                f"SELECT person, 2 FROM second WHERE person <> $1 AND person NOT IN (SELECT person FROM first)")

    def trace(self, form, rings, person, **window):
        """The server's own time for the statement, and the client's with the answer fetched."""
        name = {COVERING: "btree", RANGES: "gist"}[form]
        since, until = window["from"] - self.first_minute, window["until"] - self.first_minute
        call = f"EXECUTE {name}{rings}({person}, {since}, {until})"
        found, elapsed = timed(lambda: self.db.execute(call, binary=True).fetchall())
        plan = self.db.execute(f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY ON, FORMAT JSON) {call}").fetchone()[0]
        server = int(plan[0]["Execution Time"] * 1e6)
        if rings == 1:
            first, second = [row[0] for row in found], []
        else:
            first, second = ([row[0] for row in found if row[1] == ring] for ring in (1, 2))
        return {"ns": min(server, elapsed), "client_ns": elapsed, "first": digest(first), "second": digest(second)}

    def ingest(self, csv, rows, **_):
        """COPY in transactions of 10,000 rows, durable one by one, into a logged table with both B-trees."""
        run = self.db.execute
        run("DROP TABLE IF EXISTS arrivals")
        run("CREATE TABLE arrivals (person int NOT NULL, unit int NOT NULL, start int NOT NULL, finish int NOT NULL)")
        run("CREATE INDEX ON arrivals (person, start)")
        run("CREATE INDEX ON arrivals (unit, start)")
        with open(csv, "rb") as file:
            lines = file.read().splitlines(keepends=True)[:rows]
        began = time.perf_counter()
        for at in range(0, len(lines), 10_000):
            with self.db.cursor() as cursor, cursor.copy("COPY arrivals FROM STDIN (FORMAT csv)") as copy:
                copy.write(b"".join(lines[at:at + 10_000]))
        return {"rows": len(lines), "seconds": time.perf_counter() - began}

    def close(self):
        if hasattr(self, "db"):
            self.db.close()
        if hasattr(self, "server"):
            subprocess.run([*self.prefix, f"{self.programs}/pg_ctl", "-D", f"{self.folder}/data", "-m", "fast", "stop"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder, ignore_errors=True)


serve(Rival())
