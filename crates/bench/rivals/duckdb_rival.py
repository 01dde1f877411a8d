"""DuckDB, on the Parquet files as they are or on two sorted tables of small integers.

A third form, one prepared statement for each stay, was three to ten times slower than either that is here.
"""

import duckdb

WHOLE = "one statement"
STEPS = "two steps, units listed"


# Rows of a row group: the best of 2,048, 8,192, 32,768 and the default of 122,880 at 10^7 visits.
ROW_GROUP = 32_768


class Rival:
    def open(self, variant, data, work, memory_gb, first_minute, longest, area_from, row_group=ROW_GROUP, **_):
        self.first_minute, self.longest, self.area_from = first_minute, longest, area_from
        self.sorted = variant == "sorted"
        self.path = os.path.join(work, f"duckdb-{variant}.db")
        for old in (self.path, self.path + ".wal"):
            if os.path.exists(old):
                os.remove(old)
        self.settings = [
            f"SET memory_limit = '{memory_gb}GB'",
            f"SET temp_directory = '{work}/duckdb-temporary'",
            "SET TimeZone = 'UTC'",
            "SET enable_progress_bar = false",
            f"ATTACH '{self.path}' AS rival (ROW_GROUP_SIZE {row_group})",
            "USE rival",
        ]
        self.connect()
        self.db.execute(f"CREATE VIEW visits AS SELECT * FROM read_parquet('{data}/day-*.parquet')")
        began = time.perf_counter()
        if self.sorted:
            minutes = lambda column: f"((epoch_us({column}) // 60000000) - {first_minute})::INTEGER"
            columns = (
                f"person::INTEGER AS person, unit::INTEGER AS unit, {minutes('start')} AS start, "
                f"{minutes(chr(34) + 'end' + chr(34))} AS finish, seat_row::TINYINT AS seat"
            )
            self.db.execute(f"CREATE TABLE by_unit AS SELECT {columns} FROM visits ORDER BY unit, start")
            self.db.execute(f"CREATE TABLE by_person AS SELECT {columns} FROM visits ORDER BY person, start")
            self.db.execute("CHECKPOINT")
        seconds = time.perf_counter() - began
        size = folder_bytes(self.path) if self.sorted else folder_bytes(data)
        return {"version": f"DuckDB {duckdb.__version__}", "load_seconds": seconds, "bytes": size,
                "forms": [WHOLE, STEPS]}

    def connect(self):
        self.db = duckdb.connect()
        for setting in self.settings:
            self.db.execute(setting)

    def reopen(self):
        self.db.close()
        self.connect()
        return {}

    # On the files, times are timestamps; in the tables they are minutes. The statements differ in these only.

    def names(self):
        if self.sorted:
            return {"by_person": "by_person", "by_unit": "by_unit", "finish": "finish",
                    "minimum": str(MINIMUM_MINUTES), "day": str(self.longest)}
        return {"by_person": "visits", "by_unit": "visits", "finish": '"end"',
                "minimum": f"INTERVAL {MINIMUM_MINUTES} MINUTE", "day": f"INTERVAL {self.longest} MINUTE"}

    def instant(self, minute):
        if self.sorted:
            return str(minute - self.first_minute)
        return f"'{time.strftime('%Y-%m-%d %H:%M', time.gmtime(minute * 60))}+00'::TIMESTAMPTZ"

    def trace(self, form, rings, person, **window):
        window = (self.instant(window["from"]), self.instant(window["until"]))
        find = {WHOLE: self.whole, STEPS: self.steps}[form]
        (first, second), elapsed = timed(lambda: find(rings, person, *window))
        return {"ns": elapsed, "first": digest(first), "second": digest(second)}

    def whole(self, rings, person, since, until):
        n = self.names()
        meeting = (
            f"v.start < o.e AND v.{n['finish']} > o.s AND v.start > o.s - {n['day']} AND v.person <> o.person "
            f"AND least(v.{n['finish']}, o.e) - greatest(v.start, o.s) >= {n['minimum']}"
        )
        statement = (
            f"WITH own AS (SELECT person, unit, greatest(start, {since}) AS s, least({n['finish']}, {until}) AS e "
            f"FROM {n['by_person']} WHERE person = {person} AND start < {until} AND {n['finish']} > {since} "
            f"AND unit < {self.area_from}), "
            f"first AS (SELECT v.person, min(greatest(v.start, o.s)) AS since FROM own o "
            f"JOIN {n['by_unit']} v ON v.unit = o.unit AND {meeting} GROUP BY v.person)"
        )
        if rings == 1:
            return self.db.execute(statement + "SELECT person FROM first").fetchnumpy()["person"], []
        statement += (
            f", reached AS (SELECT v.person, v.unit, greatest(v.start, f.since) AS s, "
            f"least(v.{n['finish']}, {until}) AS e FROM first f JOIN {n['by_person']} v ON v.person = f.person "
            f"AND v.start < {until} AND v.{n['finish']} > f.since WHERE v.unit < {self.area_from}), "
            f"second AS (SELECT DISTINCT v.person FROM reached o JOIN {n['by_unit']} v ON v.unit = o.unit AND {meeting}) "
            f"SELECT person, 1 AS ring FROM first UNION ALL SELECT person, 2 FROM second WHERE person <> {person} "
            f"AND person NOT IN (SELECT person FROM first)"
        )
        found = self.db.execute(statement).fetchnumpy()
        return found["person"][found["ring"] == 1], found["person"][found["ring"] == 2]

    def steps(self, rings, person, since, until):
        """The stays first; then only their units, so that the second statement can skip most row groups."""
        n = self.names()
        number = "" if self.sorted else "epoch_us"
        own = self.db.execute(
            f"SELECT unit, {number}(greatest(start, {since})), {number}(least({n['finish']}, {until})) FROM {n['by_person']} "
            f"WHERE person = {person} AND start < {until} AND {n['finish']} > {since} AND unit < {self.area_from}"
        ).fetchall()
        if not own:
            return [], []
        first = self.among(own, person, f"v.person, min(greatest(v.start, o.s)) AS since", "GROUP BY v.person")
        if rings == 1:
            return first.fetchnumpy()["person"], []
        self.db.register("met", first.to_arrow_table())
        self.db.execute(
            f"CREATE OR REPLACE TEMP TABLE reached AS SELECT v.person, v.unit, greatest(v.start, f.since) AS s, "
            f"least(v.{n['finish']}, {until}) AS e FROM met f JOIN {n['by_person']} v ON v.person = f.person "
            f"AND v.start < {until} AND v.{n['finish']} > f.since WHERE v.unit < {self.area_from}"
        )
        second = self.db.execute(
            f"SELECT DISTINCT v.person FROM reached o JOIN {n['by_unit']} v ON v.unit = o.unit AND v.start < o.e "
            f"AND v.{n['finish']} > o.s AND v.start > o.s - {n['day']} AND v.person <> o.person "
            f"AND least(v.{n['finish']}, o.e) - greatest(v.start, o.s) >= {n['minimum']} "
            f"WHERE v.person <> {person} AND v.person NOT IN (SELECT person FROM met)"
        ).fetchnumpy()["person"]
        people = self.db.execute("SELECT person FROM met").fetchnumpy()["person"]
        return people, second

    def among(self, own, person, what, grouped):
        n = self.names()
        literal = (lambda at: str(at)) if self.sorted else (lambda at: f"make_timestamptz({at})")
        stays = ", ".join(f"({unit}, {literal(s)}, {literal(e)})" for unit, s, e in own)
        units = ", ".join(str(unit) for unit in sorted({unit for unit, _, _ in own}))
        since, until = literal(min(s for _, s, _ in own)), literal(max(e for _, _, e in own))
        return self.db.execute(
            f"SELECT {what} FROM (VALUES {stays}) o(unit, s, e) JOIN {n['by_unit']} v ON v.unit = o.unit "
            f"AND v.start < o.e AND v.{n['finish']} > o.s "
            f"AND least(v.{n['finish']}, o.e) - greatest(v.start, o.s) >= {n['minimum']} "
            f"WHERE v.unit IN ({units}) AND v.start < {until} AND v.{n['finish']} > {since} AND v.person <> {person} "
            f"{grouped}"
        )

    def check(self, rules, cases, **_):
        """Both rings of many cases at once, by any table of rules, in plain SQL over sets; minutes throughout."""
        self.db.execute("CREATE OR REPLACE TEMP TABLE rules (first_unit INTEGER, end_unit INTEGER, class INTEGER, "
                        "leads BOOLEAN, minimum INTEGER, tail INTEGER, cap INTEGER, seat_rows INTEGER)")
        self.db.executemany("INSERT INTO rules VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rules)
        zero = self.first_minute
        cases = [(number, c["person"], c["from"] - zero, c["until"] - zero) for number, c in enumerate(cases)]
        self.db.execute("CREATE OR REPLACE TEMP TABLE cases (id INTEGER, person INTEGER, since INTEGER, until INTEGER)")
        values = ", ".join(str(case) for case in cases)
        self.db.execute(f"INSERT INTO cases VALUES {values}")

        def meetings(sources, only):
            return (
                f"SELECT o.id, v.person, o.class, o.leads, greatest(v.start, o.s) AS since FROM ("
                f"  SELECT c.id, v.person, v.unit, v.seat, r.*, greatest(v.start, c.since) AS s, "
                f"  least(v.start + least(v.finish - v.start, r.cap), c.until) AS e, e + r.tail AS e_tail "
                f"  FROM {sources} c JOIN by_person v ON v.person = c.person AND v.start < c.until "
                f"  AND v.finish > c.since JOIN rules r ON v.unit >= r.first_unit AND v.unit < r.end_unit "
                f"  WHERE e > s AND {only}) o "
                f"JOIN by_unit v ON v.unit = o.unit AND v.start < o.e_tail AND v.finish > o.s "
                f"AND v.person <> o.person "
                f"AND least(o.e_tail, v.start + least(v.finish - v.start, o.cap)) - greatest(o.s, v.start) "
                f"    >= greatest(o.minimum, 1) "
                f"AND (o.seat_rows IS NULL OR o.seat IS NULL OR v.seat IS NULL OR abs(o.seat - v.seat) <= o.seat_rows)"
            )

        self.db.execute(
            f"CREATE OR REPLACE TEMP TABLE first_ring AS SELECT id, person, min(class) AS class, "
            f"bool_or(leads) FILTER (class = 0) AS leads, min(since) FILTER (class = 0) AS since "
            f"FROM ({meetings('cases', 'true')}) GROUP BY id, person"
        )
        self.db.execute(
            "CREATE OR REPLACE TEMP TABLE sources AS SELECT f.id, f.person, f.since, c.until FROM first_ring f "
            "JOIN cases c ON c.id = f.id WHERE f.class = 0 AND f.leads AND f.since < c.until"
        )
        first = self.db.execute("SELECT id, person FROM first_ring ORDER BY id, person").fetchnumpy()
        second = self.db.execute(
            f"SELECT DISTINCT m.id, m.person FROM ({meetings('sources', 'r.class = 0')}) m "
            f"WHERE NOT EXISTS (FROM first_ring f WHERE f.id = m.id AND f.person = m.person AND f.class = 0) "
            f"AND NOT EXISTS (FROM cases c WHERE c.id = m.id AND c.person = m.person)"
        ).fetchnumpy()
        order = np.argsort(second["id"], kind="stable")
        second = {"id": second["id"][order], "person": second["person"][order]}

        def of(ring, number):
            begin, end = np.searchsorted(ring["id"], [number, number + 1])
            return digest(ring["person"][begin:end])

        return {"found": [{"first": of(first, n), "second": of(second, n)} for n in range(len(cases))]}

    def ingest(self, csv, rows, indexed, **_):
        """Commits of 10,000 rows each, durable one by one."""
        self.db.execute("CREATE OR REPLACE TABLE arrivals (person INTEGER, unit INTEGER, start INTEGER, finish INTEGER)")
        if indexed:
            self.db.execute("CREATE INDEX arrivals_person ON arrivals(person)")
            self.db.execute("CREATE INDEX arrivals_unit ON arrivals(unit)")
        names = "names=['person', 'unit', 'start', 'finish']"
        batch = self.db.execute(f"SELECT * FROM read_csv('{csv}', header=false, {names}) LIMIT {rows}").to_arrow_table()
        began = time.perf_counter()
        for at in range(0, len(batch), 10_000):
            self.db.register("chunk", batch.slice(at, 10_000))
            self.db.execute("INSERT INTO arrivals SELECT * FROM chunk")
        return {"rows": len(batch), "seconds": time.perf_counter() - began}

    def close(self):
        self.db.close()


serve(Rival())
