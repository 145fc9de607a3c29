// What node-oracledb (thin mode) reads and writes here; prints one JSON line. Run by tests/demo/test_wire.py.
const oracledb = require("oracledb");

async function main(connectString) {
  const connection = await oracledb.getConnection({ user: "app", password: "app", connectString });
  const seen = {};
  const numbers = await connection.execute("select n, t from numbers where n < 250 order by n");
  seen.rows = [numbers.rows.length, numbers.rows[249]];
  seen.inserted = (await connection.execute("insert into t (a, b) values (:1, :2)", [1, "한글"])).rowsAffected;
  seen.many = (await connection.executeMany("insert into t (a, b) values (:1, :2)", [[1, "a"], [2, "b"]])).rowsAffected;
  await connection.rollback();
  const lobs = await connection.execute("select n, c, b from lobs order by n");
  seen.locator = (await lobs.rows[1][1].getData()).length;
  const fetchTypeHandler = (column) => (column.dbType === oracledb.DB_TYPE_CLOB ? { type: oracledb.STRING } : undefined);
  seen.text = (await connection.execute("select n, c, b from  lobs order by n", [], { fetchTypeHandler })).rows[2][1].length;
  const out = { dir: oracledb.BIND_OUT, type: oracledb.STRING };
  seen.out = (await connection.execute("begin :1 := :2; end;", [out, "q"])).outBinds;
  seen.error = await connection.execute("select * from nothing_here").catch((error) => error.errorNum);
  connection.callTimeout = 200;
  seen.timeout = await connection.execute("begin dbms_session.sleep(20); end;").catch((error) => error.code);
  connection.callTimeout = 0;
  seen.after = (await connection.execute("select 1 from dual")).rows;
  await connection.close();
  console.log(JSON.stringify(seen));
}

main(process.argv[2]);
