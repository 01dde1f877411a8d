"""ClickHouse in the process, through chdb: two MergeTrees, by person and by unit."""

import shutil

import chdb
import chdb.session
import pyarrow as pa

WHOLE = "one statement"
STEPS = "two steps, units listed"


# Rows of a mark of the sparse index. 8,192 is the default; 128, 512 and 2,048 were no faster at 10^7 visits.
GRANULARITY = 8_192


class Rival:
    def open(self, data, work, memory_gb, first_minute, longest, area_from, granularity=GRANULARITY, **_):
        self.first_minute, self.longest, self.area_from = first_minute, longest, area_from
        self.folder = os.path.join(work, "clickhouse")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.session = chdb.session.Session(self.folder)
        run = self.session.query
        run("CREATE DATABASE IF NOT EXISTS rival ENGINE = Atomic")
        limit = f"SETTINGS max_memory_usage = {memory_gb * 10**9}, max_bytes_before_external_sort = {memory_gb * 4 * 10**8}"
        began = time.perf_counter()
        for table, order in (("by_person", "person, start"), ("by_unit", "unit, start")):
            run(f"CREATE TABLE rival.{table} (person UInt32 CODEC(T64, LZ4), unit UInt32 CODEC(Delta, LZ4), "
                f"start UInt16 CODEC(Delta, LZ4), finish UInt16 CODEC(T64, LZ4)) ENGINE = MergeTree "
                f"ORDER BY ({order}) SETTINGS index_granularity = {granularity}")
            run(f"INSERT INTO rival.{table} SELECT person, unit, "
                f"intDiv(toUnixTimestamp64Micro(start), 60000000) - {first_minute}, "
                f"intDiv(toUnixTimestamp64Micro(assumeNotNull(\"end\")), 60000000) - {first_minute} "
                f"FROM file('{data}/day-*.parquet', Parquet) {limit}")
            run(f"OPTIMIZE TABLE rival.{table} FINAL")
        seconds = time.perf_counter() - began
        size = int(run("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'rival'", "CSV").bytes())
        version = run("SELECT version()", "CSV").bytes().decode().strip().strip('"')
        return {"version": f"ClickHouse {version} (chdb {chdb.__version__})", "load_seconds": seconds, "bytes": size,
                "forms": [WHOLE, STEPS]}

    def column(self, statement, *names):
        answer = self.session.query(statement, "ArrowStream").bytes()
        if not answer:
            return [np.array([], dtype=np.int64) for _ in names]
        table = pa.ipc.open_stream(answer).read_all()
        return [table.column(name).to_numpy() for name in names]

    def trace(self, form, rings, person, **window):
        since, until = window["from"] - self.first_minute, window["until"] - self.first_minute
        find = {WHOLE: self.whole, STEPS: self.steps}[form]
        (first, second), elapsed = timed(lambda: find(rings, person, since, until))
        return {"ns": elapsed, "first": digest(first), "second": digest(second)}

    def meeting(self):
        return (f"v.start < o.e AND v.finish > o.s AND v.person != o.person "
                f"AND toInt32(least(v.finish, o.e)) - toInt32(greatest(v.start, o.s)) >= {MINIMUM_MINUTES}")

    def own(self, person, since, until):
        return (f"SELECT person, unit, greatest(start, toUInt16({since})) AS s, least(finish, toUInt16({until})) AS e "
                f"FROM rival.by_person WHERE person = {person} AND start < {until} AND finish > {since} "
                f"AND unit < {self.area_from}")

    def first(self, stays, units):
        return (f"SELECT v.person AS person, min(greatest(v.start, o.s)) AS since FROM "
                f"(SELECT * FROM rival.by_unit WHERE unit IN ({units})) AS v INNER JOIN ({stays}) AS o ON v.unit = o.unit "
                f"WHERE {self.meeting()} GROUP BY v.person")

    def whole(self, rings, person, since, until):
        own = self.own(person, since, until)
        first = self.first(own, f"SELECT unit FROM ({own})")
        if rings == 1:
            return self.column(first, "person")[0], []
        return self.second(person, until, first)

    def steps(self, rings, person, since, until):
        unit, s, e = self.column(self.own(person, since, until), "unit", "s", "e")
        if not len(unit):
            return [], []
        rows = ", ".join(f"({person}, {u}, {b}, {f})" for u, b, f in zip(unit, s, e))
        stays = f"SELECT * FROM values('person UInt32, unit UInt32, s UInt16, e UInt16', {rows})"
        first = self.first(stays, ", ".join(str(u) for u in sorted(set(unit))))
        if rings == 1:
            return self.column(first, "person")[0], []
        return self.second(person, until, first)

    def second(self, person, until, first):
        people, since = self.column(first, "person", "since")
        if not len(people):
            return [], []
        run = self.session.query
        run("DROP TABLE IF EXISTS rival.first_ring SYNC")
        run("CREATE TABLE rival.first_ring (person UInt32, since UInt16) ENGINE = Memory")
        run("INSERT INTO rival.first_ring VALUES " + ", ".join(f"({p}, {s})" for p, s in zip(people, since)))
        run("DROP TABLE IF EXISTS rival.reached SYNC")
        run(f"CREATE TABLE rival.reached ENGINE = Memory AS SELECT v.person AS person, v.unit AS unit, "
            f"greatest(v.start, f.since) AS s, least(v.finish, toUInt16({until})) AS e FROM "
            f"(SELECT * FROM rival.by_person WHERE person IN (SELECT person FROM rival.first_ring)) AS v "
            f"INNER JOIN rival.first_ring AS f ON v.person = f.person "
            f"WHERE v.start < {until} AND v.finish > f.since AND v.unit < {self.area_from}")
        found = self.column(
            f"SELECT DISTINCT v.person AS person FROM "
            f"(SELECT * FROM rival.by_unit WHERE unit IN (SELECT unit FROM rival.reached)) AS v "
            f"INNER JOIN rival.reached AS o ON v.unit = o.unit WHERE {self.meeting()} AND v.person != {person} "
            f"AND v.person NOT IN (SELECT person FROM rival.first_ring)", "person")[0]
        return people, found

    def close(self):
        self.session.close()


serve(Rival())
