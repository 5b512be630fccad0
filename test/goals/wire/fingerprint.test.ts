import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprint, normaliseMessage } from '../../../goals/wire/fingerprint.ts';

// A type and the text that must be made of each of the messages below it. ⏎ stands for a new line.
const NODE = String.raw`
Error: connect ECONNREFUSED <host>
  connect ECONNREFUSED 127.0.0.1:5432
  connect ECONNREFUSED ::1:5432
  connect ECONNREFUSED 10.1.2.3:8080
  connect ECONNREFUSED fe80::1%eth0:443
  connect ECONNREFUSED 2001:db8::8a2e:370:7334:443
Error: connect ETIMEDOUT <host>
  connect ETIMEDOUT 52.216.10.99:443
  connect ETIMEDOUT 10.0.0.7:5432
Error: ENOENT: no such file or directory, open <quoted>
  ENOENT: no such file or directory, open '/tmp/run-17/orders.csv'
  ENOENT: no such file or directory, open 'C:\Users\it\my data\a.json'
  ENOENT: no such file or directory, open '/data/bob's file.txt'
Error: EACCES: permission denied, mkdir <quoted>
  EACCES: permission denied, mkdir '/var/lib/a'
  EACCES: permission denied, mkdir '/srv/2024-05-01'
Error: listen EADDRINUSE: address already in use <host>
  listen EADDRINUSE: address already in use :::3000
  listen EADDRINUSE: address already in use 0.0.0.0:8080
  listen EADDRINUSE: address already in use 127.0.0.1:7233
ConnectTimeoutError: Connect Timeout Error (attempted addresses: <host>, timeout: <n>)
  Connect Timeout Error (attempted addresses: 104.16.2.34:443, 104.16.3.34:443, timeout: 10000ms)
  Connect Timeout Error (attempted addresses: 52.1.2.3:443, timeout: 10000ms)
  Connect Timeout Error (attempted addresses: 2606:4700::6810:222:443, 104.16.3.34:443, timeout: 5000ms)
FetchError: network timeout at: <url api.example.com>
  network timeout at: https://api.example.com/v1/items?page=2
  network timeout at: https://api.example.com/v1/items?page=31&size=50
AxiosError: Request failed with status code 503
  Request failed with status code 503
  Request failed with status  code 503⏎
AxiosError: timeout of <n> exceeded
  timeout of 5000ms exceeded
  timeout of 10000ms exceeded
Error: HTTP error! status: 503, request took <n>
  HTTP error! status: 503, request took 812 ms
  HTTP error! status: 503, request took 1.2 seconds
Error: {"error":Too many requests,"status":429,"retry_after":<n>,"user":<quoted>,"request_id":<quoted>}
  {"error":"Too many requests","status":429,"retry_after":12,"user":"bob","request_id":"req_8Hf2kLq0vXyZ12"}
  {"error":"Too many requests","status":429,"retry_after":3,"user":"Eve B.","request_id":"req_Zb91LmQ"}
SyntaxError: Unexpected token <quoted> is not valid JSON
  Unexpected token '<', "<!DOCTYPE "... is not valid JSON
  Unexpected token 'h', "{"a": hello}" is not valid JSON
  Unexpected token '}', ..."b": 17, }"... is not valid JSON
SyntaxError: Expected <quoted> or <quoted> after property value in JSON at position <n> (line <n> column <n>)
  Expected ',' or '}' after property value in JSON at position 17 (line 1 column 18)
  Expected ',' or '}' after property value in JSON at position 4096 (line 12 column 3)
SyntaxError: Unexpected token < in JSON at position <n>
  Unexpected token < in JSON at position 0
  Unexpected token < in JSON at position 4711
Error: Cannot find module <quoted> imported from <path>
  Cannot find module '/app/dist/jobs/load.js' imported from /app/dist/worker.js
  Cannot find module '/srv/v2/jobs/save.js' imported from /srv/v2/main.js
Error: src at <path>:<n>:<n> failed
  src at src/jobs/load-orders.ts:12:34 failed
  src at ../lib/save.ts:7:1 failed
  src at file.ts:100:2 failed
RangeError: The value of <quoted> is out of range. It must be >= <n> and <= <n>. Received <n>
  The value of "offset" is out of range. It must be >= 0 and <= 9007199254740991. Received -1
  The value of "length" is out of range. It must be >= 0 and <= 4_294_967_295. Received 4_294_967_296
Error: Command failed with exit code 137: <path> --run <id>
  Command failed with exit code 137: /usr/bin/dbt --run 0b1c2d3e-4f50-4172-8394-a5b6c7d8e9f0
  Command failed with exit code 137: ./bin/dbt --run 11111111-2222-4333-8444-555555555555
Error: ERROR in model <path>
  ERROR in model models/marts/orders.sql
  ERROR in model models/customers.sql
Error: No deploy of <email> since <time>
  No deploy of jane.doe+ci@example.com since 2024-03-01T12:00:00.123Z
  No deploy of bob@mail.example.co.uk since 2023-12-31 23:59:59,999 +01:00
  No deploy of bob@example.com since Tue Jan 02 2024 03:04:05 GMT+0000 (Coordinated Universal Time)
  No deploy of bob@example.com since Tue, 02 Jan 2024 03:04:05 GMT
  No deploy of bob@example.com since Tue Jan 02 03:04:05 UTC 2024
  No deploy of bob@example.com since March 5, 2024 at 3:04 pm
  No deploy of bob@example.com since 02/Jan/2024:03:04:05 +0000
  No deploy of bob@example.com since 1/2/2024, 3:04:05 PM
  No deploy of bob@example.com since 2024/01/02 03:04:05
  No deploy of bob@example.com since 20240102T030405Z
Error: upstream <host api.example.com> is down
  upstream api.example.com is down
  upstream api.example.com:8443/v2 is down
Error: leader is <host>, was <host>
  leader is 10.0.0.1:9092, was 10.0.0.2:9092
  leader is 2001:db8:0:0:0:0:2:1, was 2001:db8::2:2
  leader is localhost:9092, was aa:bb:cc:dd:ee:ff
Error: failed at <time>
  failed at 12:34:56
  failed at 01:02:03,456
  failed at 23:59:59.999
`;

const DATABASES = String.raw`
UniqueViolation: duplicate key value violates unique constraint <name a> DETAIL: Key (name, tenant)=<quoted> already exists.
  duplicate key value violates unique constraint "a"⏎DETAIL:  Key (name, tenant)=(Bob Smith, 17) already exists.⏎
  duplicate key value violates unique constraint "a"⏎DETAIL:  Key (name, tenant)=(O"Neil (sen.), 4) already exists.⏎
error: deadlock detected DETAIL: Process <n> waits for ShareLock on transaction <n>; blocked by process <n>. Process <n> waits for ShareLock on transaction <n>; blocked by process <n>. HINT: See server log for query details.
  deadlock detected⏎DETAIL:  Process 1234 waits for ShareLock on transaction 5678; blocked by process 91.⏎Process 91 waits for ShareLock on transaction 5677; blocked by process 1234.⏎HINT:  See server log for query details.
  deadlock detected⏎DETAIL:  Process 7 waits for ShareLock on transaction 1; blocked by process 8.⏎Process 8 waits for ShareLock on transaction 2; blocked by process 7.⏎HINT:  See server log for query details.
SerializationFailure: could not serialize access due to concurrent update (SQLSTATE 40001) after <n>
  could not serialize access due to concurrent update (SQLSTATE 40001) after 3.4s
  could not serialize access due to concurrent update (SQLSTATE 40001) after 1m2.5s
error: invalid input syntax for type uuid: <quoted>
  invalid input syntax for type uuid: "abc"
  invalid input syntax for type uuid: "a \" b"
error: value too long for type character varying(<n>)
  value too long for type character varying(20)
  value too long for type character varying(255)
MongoServerError: E<n> duplicate key error collection: shop.users index: email_<n> dup key: { email: <quoted> }
  E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "a@example.com" }
  E11000 duplicate key error collection: shop.users index: email_1 dup key: { email: "b@example.com" }
`;

const PYTHON_AND_APIS = String.raw`
KeyError: <quoted>
  "it's"
  "what's"
  "it's"
ConnectionError: (Connection aborted., RemoteDisconnected(Remote end closed connection without response))
  ('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))
  ("Connection aborted.", RemoteDisconnected("Remote end closed connection without response"))
RateLimitError: Error code: 429 - {'error': {'message': Rate limit reached: limit <n>, used <n>. Please try again in <n>., 'type': 'tokens', 'param': None, 'code': 'rate_limit_exceeded'}}
  Error code: 429 - {'error': {'message': 'Rate limit reached: limit 10000, used 9999. Please try again in 6ms.', 'type': 'tokens', 'param': None, 'code': 'rate_limit_exceeded'}}
  Error code: 429 - {'error': {'message': 'Rate limit reached: limit 500, used 500. Please try again in 1.2s.', 'type': 'tokens', 'param': None, 'code': 'rate_limit_exceeded'}}
UnicodeDecodeError: <quoted> codec can't decode byte <n> in position <n>: invalid start byte
  'utf-8' codec can't decode byte 0xff in position 0: invalid start byte
  'utf-8' codec can't decode byte 0x8b in position 4711: invalid start byte
FileNotFoundError: [Errno 2] No such file or directory: <quoted>
  [Errno 2] No such file or directory: '/data/in/2024-05-01.csv'
  [Errno 2] No such file or directory: 'orders.parquet'
ValueError: could not convert string to float: <quoted>
  could not convert string to float: '1,5'
  could not convert string to float: 'n/a'
ParserError: Error tokenizing data. C error: Expected <n> fields in line <n>, saw <n>
  Error tokenizing data. C error: Expected 5 fields in line 17, saw 6
  Error tokenizing data. C error: Expected 12 fields in line 40213, saw 13
ValueError: Length of values (<n>) does not match length of index (<n>)
  Length of values (3) does not match length of index (5)
  Length of values (1000) does not match length of index (999)
JSONDecodeError: Expecting value: line <n> column <n> (char <n>)
  Expecting value: line 1 column 1 (char 0)
  Expecting value: line 12 column 40 (char 1027)
AttributeError: <__main__.Loader object at <n>> has no table
  <__main__.Loader object at 0x7f3a2c1d9e50> has no table
  <__main__.Loader object at 0x10e8b3f10> has no table
TypeError: unsupported value b<n>, expected int64 not float64
  unsupported value b17, expected int64 not float64
  unsupported value b4, expected int64 not float64
SubprocessError: Command <quoted> returned non-zero exit status 1.
  Command '['dbt', 'run']' returned non-zero exit status 1.
  Command 'dbt run --vars "x"' returned non-zero exit status 1.
APIError: {"type":"error","error":{"type":"not_found_error","message":model: <quoted> is gone},"request_id":<quoted>}
  {"type":"error","error":{"type":"not_found_error","message":"model: \"a-4\" is gone"},"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy"}
  {"type":"error","error":{"type":"not_found_error","message":"model: \"b\" is gone"},"request_id":"req_012"}
Error: rpc error: code = Unavailable desc = connection error: desc = transport: error while dialing: dial tcp <host>: connect: connection refused
  rpc error: code = Unavailable desc = connection error: desc = "transport: error while dialing: dial tcp 10.1.2.3:443: connect: connection refused"
  rpc error: code = Unavailable desc = connection error: desc = "transport: error while dialing: dial tcp [::1]:7233: connect: connection refused"
`;

const JAVA = String.raw`
java.sql.SQLTransientConnectionException: HikariPool-<n> - Connection is not available, request timed out after <n> (total=<n>, active=<n>, idle=<n>, waiting=<n>)
  HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=5)
  HikariPool-12 - Connection is not available, request timed out after 30007ms (total=20, active=20, idle=0, waiting=133)
java.sql.SQLException: ORA-00942: table or view does not exist at line <n>
  ORA-00942: table or view does not exist at line 17
  ORA-00942: table or view does not exist at line 4
java.sql.SQLSyntaxErrorException: SQL Error: <n>, SQLState: 42P01
  SQL Error: 0, SQLState: 42P01
  SQL Error: 1146, SQLState: 42P01
java.net.ConnectException: Connection refused: <host>
  Connection refused: localhost/127.0.0.1:5432
  Connection refused: /10.0.0.9:80
java.net.SocketTimeoutException: Read timed out after <n>
  Read timed out after 5000 ms
  Read timed out after 30 seconds
java.lang.NullPointerException: Cannot invoke <quoted> because <quoted> is null
  Cannot invoke "String.length()" because "<local1>" is null
  Cannot invoke "java.util.List.size()" because "this.items[3]" is null
java.lang.OutOfMemoryError: Java heap space: failed reallocation of scalar replaced objects, <n> requested
  Java heap space: failed reallocation of scalar replaced objects, 16777216 bytes requested
  Java heap space: failed reallocation of scalar replaced objects, 1.5 GiB requested
java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits reached (<n>)
  unable to create native thread: possibly out of memory or process/resource limits reached (4096)
  unable to create native thread: possibly out of memory or process/resource limits reached (32768)
java.io.FileNotFoundException: <path> (No such file or directory)
  report-17.csv (No such file or directory)
  /data/in/report.csv (No such file or directory)
  in/report.csv (No such file or directory)
  C:\Program Files\Shop App\report.csv (No such file or directory)
java.lang.ClassCastException: com.example.Order@<n> in pool-<n>-thread-<n>
  com.example.Order@1b6d3586 in pool-3-thread-12
  com.example.Order@4554617c in pool-1-thread-1
  com.example.Order@7a81f in pool-2-thread-2
  com.example.Order@74561234 in pool-1-thread-1
`;

const CLOUD = `
AccessDenied: User: <id> is not authorized to perform: s3:GetObject on resource: <id> because no policy allows it
  User: arn:aws:sts::123456789012:assumed-role/loader/i-0ab12 is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::lake/2024/x.csv because no policy allows it
  User: arn:aws:iam::210987654321:user/bob is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::other because no policy allows it
AmazonS3Exception: The specified key does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey; Request ID: <id>; S3 Extended Request ID: <n>; Proxy: null)
  The specified key does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey; Request ID: 4YRB2ZEXAMPLE; S3 Extended Request ID: abcDEF123/+abcDEF123456==; Proxy: null)
  The specified key does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey; Request ID: TXKQZD3HJGABCDEF; S3 Extended Request ID: Zz0/yy1/xx2+ww3vv4uu5tt6ss7=; Proxy: null)
ThrottlingException: Rate exceeded (Service: AmazonCloudWatch; Status Code: 400; Error Code: Throttling; Request ID: <id>)
  Rate exceeded (Service: AmazonCloudWatch; Status Code: 400; Error Code: Throttling; Request ID: 0b1c2d3e-4f50-4172-8394-a5b6c7d8e9f0)
  Rate exceeded (Service: AmazonCloudWatch; Status Code: 400; Error Code: Throttling; Request ID: ffffffff-0000-4000-8000-000000000001)
ClientError: An error occurred (ThrottlingException) when calling the PutItem operation (reached max retries: <n>): Rate exceeded
  An error occurred (ThrottlingException) when calling the PutItem operation (reached max retries: 4): Rate exceeded
  An error occurred (ThrottlingException) when calling the PutItem operation (reached max retries: 10): Rate exceeded
SignatureDoesNotMatch: Signature expired: <time> is now earlier than <time> (<time> - <n>.)
  Signature expired: 20240102T030405Z is now earlier than 20240102T031005Z (20240102T032005Z - 15 min.)
  Signature expired: 20241231T235959Z is now earlier than 20250101T000459Z (20250101T001959Z - 15 min.)
Error: <time> <id> Task timed out after <n>
  2024-05-01T10:00:00.123Z 0b1c2d3e-4f50-4172-8394-a5b6c7d8e9f0 Task timed out after 3.00 seconds
  2023-01-31T23:59:59.001Z 11111111-2222-4333-8444-555555555555 Task timed out after 900.10 seconds
Error: Back-off restarting failed container in pod <n>
  Back-off restarting failed container in pod orders-worker-7d9c6b5f4-x2x7k
  Back-off restarting failed container in pod orders-worker-5f76b8c9d-kqzwl
  Back-off restarting failed container in pod orders-worker-664d8c5b49-7ngx2
Error: OOMKilled: container used <n> of <n>, killed by signal 9 (trace <n>)
  OOMKilled: container used 512 MB of 500 MB, killed by signal 9 (trace 4bf92f3577b34da6a3ce929d0e0e4736)
  OOMKilled: container used 2.01GiB of 2GiB, killed by signal 9 (trace 00f067aa0ba902b7)
  OOMKilled: container used 900 KB of 1 MB, killed by signal 9 (trace 1234567890)
  OOMKilled: container used 1 byte of 2 bytes, killed by signal 9 (trace deadbee7)
StripeError: No such customer: cus_<n>; see request req_<n>
  No such customer: cus_9s6XKzkNRiz8i3; see request req_8Hf2kLq0vXyZ12
  No such customer: cus_Qk1bN7d0PqLm2z; see request req_a1B2c3D4e5F6g7
Error: Bad token <id> of order ID <id>
  Bad token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxNyJ9.dBjftJeZ4CVP-mB92K27uhbU of order ID 17
  Bad token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0In0.q_x of order ID A-99
`;

const DUCKDB_AND_GRPC = `
Error: Catalog Error: Table with name orders does not exist! Did you mean <quoted>? <sql>
  Catalog Error: Table with name orders does not exist!⏎Did you mean "orders_old"?⏎⏎LINE 1: SELECT * FROM orders⏎                      ^
  Catalog Error: Table with name orders does not exist!⏎Did you mean "temp.items"?⏎⏎LINE 4: JOIN orders USING (id)⏎             ^
Error: Conversion Error: Could not convert string <quoted> to INT32
  Conversion Error: Could not convert string 'abc' to INT32
  Conversion Error: Could not convert string '' to INT32
Error: Out of Memory Error: could not allocate block of size <n> (<n>/<n> used)
  Out of Memory Error: could not allocate block of size 256.0 KiB (12.7 GiB/12.7 GiB used)
  Out of Memory Error: could not allocate block of size 1.0 MiB (953.6 MiB/953.6 MiB used)
Error: IO Error: Could not set lock on file <quoted>: Conflicting lock is held in <path> (PID <n>). See also <url duckdb.org>
  IO Error: Could not set lock on file "/data/a.duckdb": Conflicting lock is held in /usr/bin/python3.11 (PID 123). See also https://duckdb.org/docs/stable/connect/concurrency
  IO Error: Could not set lock on file "b.duckdb": Conflicting lock is held in /opt/node (PID 4711). See also https://duckdb.org/docs/connect/concurrency.html
Error: HTTP Error: HTTP GET error on <url example.com> (HTTP 404)
  HTTP Error: HTTP GET error on 'https://example.com/a.parquet' (HTTP 404)
  HTTP Error: HTTP GET error on 'https://example.com/b.parquet' (HTTP 404)
Error: <n> UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED <host> (<time>)
  14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:7233 (2024-05-01T10:00:00.000Z)
  14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED ::1:50051 (2024-05-02T11:22:33.444Z)
Error: <n> DEADLINE_EXCEEDED: Deadline exceeded after <n>,metadata filters: <n>
  4 DEADLINE_EXCEEDED: Deadline exceeded after 10.001s,metadata filters: 1
  4 DEADLINE_EXCEEDED: Deadline exceeded after 1m30s,metadata filters: 3
RpcError: failed to connect to all addresses; last error: UNKNOWN: <host>: Failed to connect to remote host: connect: Connection refused (<n>)
  failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:50051: Failed to connect to remote host: connect: Connection refused (111)
  failed to connect to all addresses; last error: UNKNOWN: ipv6:%5B::1%5D:50051: Failed to connect to remote host: connect: Connection refused (61)
Error: dial tcp <host>: i/o timeout after <n>
  dial tcp 10.1.2.3:443: i/o timeout after 30s
  dial tcp [2001:db8::1]:443: i/o timeout after 250ms
`;

// Two of a pair are different troubles.
const PAIRS = `
Error: connect ECONNREFUSED 127.0.0.1:5432
Error: connect ECONNREFUSED redis:6379

Error: getaddrinfo ENOTFOUND api.example.com
Error: getaddrinfo ENOTFOUND db-1.prod.internal

Error: getaddrinfo EAI_AGAIN redis
Error: getaddrinfo EAI_AGAIN registry.npmjs.org

Error: querySrv ENOTFOUND _mongodb._tcp.cluster0.ab12c.mongodb.net
Error: querySrv ENOTFOUND _mongodb._tcp.orders

Error: read ECONNRESET at db-1.prod.example.com:5432
Error: read ECONNRESET at kafka-2:9092

TypeError: Failed to parse URL from http://[::1]:port/
TypeError: Failed to parse URL from https://x.example.com/a?b=1

FetchError: request to http://localhost:3000/api/orders/17 failed, reason: connect ECONNREFUSED 127.0.0.1:3000
FetchError: request to https://shop.example.com/ failed, reason: connect ECONNREFUSED 10.9.8.7:443

HTTPError: Response code 404 (Not Found) for https://a.example.com/x
HTTPError: Response code 404 (Not Found) for https://b.example.com/y/17

Error: Hostname/IP does not match certificate's altnames: Host: a.example.com. is not in the cert's altnames: DNS:b.example.com
Error: Hostname/IP does not match certificate's altnames: Host: c.example.net. is not in the cert's altnames: DNS:*.d.com, DNS:d.com

Error: upstream localhost is down
Error: upstream api.example.com is down

Error: leader is kafka.prod:9092, was kafka-2:9092
Error: leader is 10.0.0.1:9092, was 10.0.0.2:9092

Error: no answer (host=db port=5432)
Error: no answer (host=replica port=6432)

error: duplicate key value violates unique constraint "orders_pkey"
error: duplicate key value violates unique constraint "customers_email_key"

NotNullViolation: null value in column "a" of relation "t" violates not-null constraint⏎DETAIL:  Failing row contains (1, null, x y).
NotNullViolation: null value in column "b" of relation "u" violates not-null constraint⏎DETAIL:  Failing row contains (Eve, 2024-01-01, null, null).

error: relation "orders" does not exist
error: relation "items" does not exist

UndefinedTable: relation "a" does not exist⏎LINE 1: SELECT * FROM a⏎                      ^⏎
UndefinedTable: relation "b" does not exist⏎LINE 3:   JOIN b ON b.id = 'x' AND b."n" > 5⏎               ^⏎

OperationalError: connection to server at "db-1.example.com" (10.0.0.4), port 5432 failed: FATAL:  sorry, too many clients already⏎
OperationalError: connection to server at "localhost" (::1), port 5433 failed: FATAL:  sorry, too many clients already⏎

OperationalError: connection to server at "db" (10.0.0.4), port 5432 failed: FATAL:  password authentication failed for user "bob"
OperationalError: connection to server at "db2" (10.0.0.5), port 5432 failed: FATAL:  password authentication failed for user "eve"

OperationalError: could not translate host name "db" to address: Name or service not known
OperationalError: could not translate host name "pg.prod" to address: Name or service not known

PDOException: SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.orders' doesn't exist
PDOException: SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.items' doesn't exist

KeyError: "None of [Index(['a', 'b'], dtype='object')] are in the [columns]"
KeyError: 'order_id'

ConnectionError: HTTPSConnectionPool(host='api.example.com', port=443): Max retries exceeded with url: /v1/orders?page=2 (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f3a2c1d9e50>: Failed to establish a new connection: [Errno 111] Connection refused'))
ConnectionError: HTTPSConnectionPool(host='10.0.0.1', port=8443): Max retries exceeded with url: /health (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x10e8b3f10>: Failed to establish a new connection: [Errno 111] Connection refused'))

ReadTimeout: HTTPSConnectionPool(host='api.example.com', port=443): Read timed out. (read timeout=10)
ReadTimeout: HTTPSConnectionPool(host='other.example.com', port=443): Read timed out. (read timeout=2.5)

HTTPError: 503 Server Error: Service Unavailable for url: https://api.example.com/v1/orders?id=17
HTTPError: 503 Server Error: Service Unavailable for url: http://localhost:8000/

KeyError: Missing columns: ['a']
KeyError: Missing columns: ['b', 'c']

OperationalError: (2003, "Can't connect to MySQL server on 'db-1' ([Errno 111] Connection refused)")
OperationalError: (2003, "Can't connect to MySQL server on '10.0.0.4' ([Errno 111] Connection refused)")

org.apache.http.conn.ConnectTimeoutException: Connect to api.example.com:443 [api.example.com/93.184.216.34] failed: connect timed out
org.apache.http.conn.ConnectTimeoutException: Connect to shop.example.org:8443 [shop.example.org/10.0.0.1, shop.example.org/10.0.0.2] failed: connect timed out

java.net.ConnectException: Connection refused: localhost/127.0.0.1:5432
java.net.ConnectException: Connection refused: db/10.0.0.1:5432

java.net.UnknownHostException: redis: Name or service not known
java.net.UnknownHostException: db.prod.internal: Name or service not known

java.io.IOException: Server returned HTTP response code: 503 for URL: https://a.example.com/x?y=1
java.io.IOException: Server returned HTTP response code: 503 for URL: http://b.example.com:8080/

org.apache.kafka.common.errors.TimeoutException: Topic orders-7 not present in metadata after 60000 ms, brokers [kafka-1:9092, kafka-2:9092].
org.apache.kafka.common.errors.TimeoutException: Topic orders-31 not present in metadata after 60000 ms, brokers [kafka-1.prod.svc.cluster.local:9092].

Error: The bucket s3://lake-17/raw/2024-05-01/ in lake.s3.eu-west-1.amazonaws.com is gone
Error: The bucket gs://x in storage.googleapis.com is gone

Error: Binder Error: Referenced column "a" not found in FROM clause!⏎Candidate bindings: "b", "c"⏎⏎LINE 1: SELECT a FROM t⏎               ^
Error: Binder Error: Referenced column "x" not found in FROM clause!⏎Candidate bindings: "y"⏎⏎LINE 1: SELECT x FROM u WHERE y = 17⏎               ^

Error: dial tcp: lookup temporal-frontend on 10.96.0.10:53: no such host
Error: dial tcp: lookup temporal.prod.svc.cluster.local on [fd00::a]:53: no such host

Error: dial tcp 10.1.2.3:443: i/o timeout after 30s
Error: dial tcp db:5432: i/o timeout after 1m0.5s

error: column "a" does not exist
error: column "b" does not exist

ModuleNotFoundError: No module named 'pandas'
ModuleNotFoundError: No module named 'pyarrow'

KeyError: 'DB_URL'
KeyError: 'API_TOKEN'

Error: Cannot find package 'lodash' imported from /app/a.js
Error: Cannot find package '@shop/orders' imported from /app/a.js

TypeError: Cannot read properties of undefined (reading 'map')
TypeError: Cannot read properties of undefined (reading 'id')

AttributeError: 'NoneType' object has no attribute 'group'
AttributeError: 'NoneType' object has no attribute 'rows'

NameError: name 'day' is not defined
NameError: name 'rows' is not defined

TypeError: load() missing 1 required positional argument: 'day'
TypeError: load() missing 1 required positional argument: 'rows'

KeyError: "None of [Index(['a', 'b'], dtype='object')] are in the [columns]"
KeyError: "None of [Index(['c'], dtype='object')] are in the [columns]"

error: getaddrinfo ENOTFOUND db
error: getaddrinfo ENOTFOUND db.prod

Error: connect ECONNREFUSED 127.0.0.1:5432
Error: connect ETIMEDOUT 127.0.0.1:5432

Error: connect ECONNREFUSED 127.0.0.1:5432
Error: connect EHOSTUNREACH 127.0.0.1:5432

Error: getaddrinfo ENOTFOUND db
Error: getaddrinfo EAI_AGAIN db

Error: read ECONNRESET
Error: write EPIPE

Error: ENOENT: no such file or directory, open '/a'
Error: ENOENT: no such file or directory, unlink '/a'

Error: ENOENT: no such file or directory, open '/a'
Error: EACCES: permission denied, open '/a'

TypeError: fetch failed
TypeError: terminated

HeadersTimeoutError: Headers Timeout Error
BodyTimeoutError: Body Timeout Error

AxiosError: Request failed with status code 503
AxiosError: Request failed with status code 404

AxiosError: Request failed with status code 503
AxiosError: Request failed with status code 500

Error: HTTP 401: https://a.example.com/x
Error: HTTP 403: https://a.example.com/x

Error: HTTP/1.1 502 from upstream
Error: HTTP/1.1 504 from upstream

Error: HTTP error! status: 429
Error: HTTP error! status: 500

Error: Unexpected server response: 502
Error: Unexpected server response: 401

Error: responded with status=500
Error: responded with status=400

Error: statusCode: 409
Error: statusCode: 410

Error: {"message":"x","status":404}
Error: {"message":"x","status":503}

Error: {"title":"x","statusCode":"404"}
Error: {"title":"x","statusCode":"503"}

Error: 500 status code (no body)
Error: 429 status code (no body)

Error: {"error":{"type":"rate_limit_error"}}
Error: {"error":{"type":"overloaded_error"}}

Error: {"__type":"com.amazon.coral.service#AccessDeniedException"}
Error: {"__type":"com.amazon.coral.service#ThrottlingException"}

Error: {"detail":"Method Not Allowed"}
Error: {"detail":"Not Found"}

OperationalError: (2003, "Can't connect to MySQL server on 'db'")
OperationalError: (1045, "Access denied for user 'db'")

Error: rpc error: code = Unavailable desc = "dial tcp: no such host"
Error: rpc error: code = Unavailable desc = "dial tcp: connection refused"

Error: {"error":"x"}
Error: {"warning":"x"}

IOException: Server returned HTTP response code: 503 for URL: http://x/
IOException: Server returned HTTP response code: 403 for URL: http://x/

Error: HTTP status server error (503 Service Unavailable) for url (https://x.dev/)
Error: HTTP status server error (500 Service Unavailable) for url (https://x.dev/)

HTTPError: 503 Server Error: Service Unavailable for url: https://x/
HTTPError: 404 Client Error: Not Found for url: https://x/

RateLimitError: Error code: 429 - {'error': 'x'}
RateLimitError: Error code: 529 - {'error': 'x'}

TypeError: x is not a function
ReferenceError: x is not a function

SyntaxError: Unexpected end of JSON input
SyntaxError: Unexpected token '<', "<html>" is not valid JSON

error: relation "a" does not exist
error: column "a" does not exist

error: relation "a" does not exist
error: relation "a" already exists

error: duplicate key value violates unique constraint "a"
error: insert on table "t" violates foreign key constraint "a"

error: deadlock detected
error: could not serialize access due to concurrent update

error: Key (id)=(17) already exists.
error: Key (email)=(17) already exists.

error: failed (SQLSTATE 40001)
error: failed (SQLSTATE 40P01)

error: SQLSTATE[42S02]: x
error: SQLSTATE[42S22]: x

SQLException: ORA-00942: x
SQLException: ORA-01017: x

OperationalError: FATAL: sorry, too many clients already
OperationalError: FATAL: the database system is starting up

KeyError: 'a'
ValueError: 'a'

OSError: [Errno 2] failed: 'x'
OSError: [Errno 13] failed: 'x'

OSError: [WinError 10060] failed
OSError: [WinError 10061] failed

ConnectionError: Pool(host='a', port=1): Max retries (Caused by NewConnectionError('<x.C object at 0x7f>: Failed: [Errno 111] Connection refused'))
ConnectionError: Pool(host='a', port=1): Max retries (Caused by NewConnectionError('<x.C object at 0x7f>: Failed: [Errno -2] Name or service not known'))

ConnectionError: ('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))
ConnectionError: ('Connection aborted.', TimeoutError(110, 'Connection timed out'))

TypeError: cannot safely cast int64 to int32
TypeError: cannot safely cast int64 to float32

Error: Conversion Error: Could not convert string 'a' to INT32
Error: Conversion Error: Could not convert string 'a' to INT64

Error: Catalog Error: Table with name a does not exist!
Error: Binder Error: Referenced column "a" not found in FROM clause!

Error: Catalog Error: Table with name a does not exist!
Error: Catalog Error: Table with name b does not exist!

OutOfMemoryError: Java heap space
OutOfMemoryError: GC overhead limit exceeded

SocketTimeoutException: Read timed out
SocketTimeoutException: connect timed out

Error: process exited with code 1
Error: process exited with code 137

Error: killed by signal 9
Error: killed by signal 15

Error: 14 UNAVAILABLE: x
Error: 4 DEADLINE_EXCEEDED: x

RpcError: status = StatusCode.UNAVAILABLE
RpcError: status = StatusCode.NOT_FOUND

Error: ERR_HTTP2_STREAM_CANCEL
Error: ERR_HTTP2_INVALID_SESSION

Error: AmazonS3Exception: gone
Error: AmazonEC2Exception: gone

Error: software.amazon.awssdk.services.s3.model.NoSuchBucketException
Error: software.amazon.awssdk.services.s3.model.NoSuchKeyException

AccessDenied: not authorized to perform: s3:GetObject
AccessDenied: not authorized to perform: s3:PutObject

Error: cannot read and/or write
Error: cannot read and/or delete
`;

// Names tell; what differs within them does not.
const NAMES = `
UndefinedColumn: column <name total> does not exist <sql>
  column "total" does not exist⏎LINE 1: SELECT total FROM a⏎               ^⏎
  column "total" does not exist⏎LINE 7:   WHERE total > 17⏎               ^⏎
UndefinedTable: relation <name orders_#> does not exist
  relation "orders_20241101" does not exist
  relation "orders_20241102" does not exist
UniqueViolation: duplicate key value violates unique constraint <name orders_pkey> DETAIL: Key (id)=<quoted> already exists.
  duplicate key value violates unique constraint "orders_pkey"⏎DETAIL:  Key (id)=(17) already exists.⏎
  duplicate key value violates unique constraint "orders_pkey"⏎DETAIL:  Key (id)=(4711) already exists.⏎
KeyError: <name #>
  'k8Hf2kLq0vXyZ12'
  'Zb91LmQr7TtYw03'
Error: getaddrinfo ENOTFOUND <host kafka-#.prod>
  getaddrinfo ENOTFOUND kafka-0.prod
  getaddrinfo ENOTFOUND kafka-12.prod
Error: connect ECONNREFUSED <host orders-worker-#>
  connect ECONNREFUSED orders-worker-7d9c6b5f4-x2x7k:8080
  connect ECONNREFUSED orders-worker-5f76b8c9d-kqzwl:8081
HTTPError: HTTP 503 for <url api.example.com>
  HTTP 503 for https://api.example.com/v1/orders/17
  HTTP 503 for https://api.example.com:8443/v2?page=3
Error: The bucket <url lake-#> is gone
  The bucket s3://lake-17/raw/2024-05-01/ is gone
  The bucket s3://lake-18/x is gone
Error: no answer from <host db>
  no answer from db:5432
  no answer from db:6432
Error: HTTP GET error on <url example.com> (HTTP 404)
  HTTP GET error on 'https://example.com/a.parquet' (HTTP 404)
  HTTP GET error on 'https://example.com/b.parquet' (HTTP 404)
Error: Missing columns: [<name a>, <name d_#>]
  Missing columns: ['a', 'd_17']
  Missing columns: ['a', 'd_18']
Error: Connect to <host api.example.com> [<host api.example.com>] failed
  Connect to api.example.com:443 [api.example.com/93.184.216.34] failed
  Connect to api.example.com:8443 [api.example.com/10.0.0.1, api.example.com/10.0.0.2] failed
Error: field <quoted> of attribute <name type> is bad
  field 'two words' of attribute 'type' is bad
  field 'three more words' of attribute 'type' is bad
`;

type Trouble = [type: string, message: string];

function trouble(line: string): Trouble {
  const [type = '', ...rest] = line.split(': ');
  return [type, rest.join(': ').replaceAll('⏎', '\n')];
}

const SAME = [NODE, DATABASES, PYTHON_AND_APIS, JAVA, CLOUD, DUCKDB_AND_GRPC, NAMES]
  .flatMap((table) => table.trim().split(/\n(?! )/))
  .map((row) => {
    const [head = '', ...messages] = row.split('\n');
    const [type, normalised] = trouble(head);
    return { type, normalised, messages: messages.map((line) => line.slice(2).replaceAll('⏎', '\n')) };
  });

const DIFFERENT = PAIRS.trim()
  .split('\n\n')
  .map((pair) => pair.split('\n').map(trouble) as [Trouble, Trouble]);

describe('normaliseMessage', () => {
  test('is tried on fifty troubles and more, in two variants and more of each', () => {
    expect(SAME.length).toBeGreaterThanOrEqual(50);
    expect(DIFFERENT.length).toBeGreaterThanOrEqual(50);
    expect(SAME.filter(({ messages }) => new Set(messages).size < 2)).toEqual([]);
    expect(DIFFERENT.filter((pair) => pair.length !== 2)).toEqual([]);
  });

  test.each(SAME.flatMap(({ messages, normalised }) => messages.map((message) => [message, normalised])))(
    'makes of %j the text %j',
    (message, normalised) => {
      expect(normaliseMessage(message as string)).toBe(normalised);
    },
  );

  test('keeps a number after "status" or "HTTP" only where it is a status code', () => {
    expect(normaliseMessage('HTTP request timed out after 300 ms')).toBe('HTTP request timed out after <n>');
    expect(normaliseMessage('HTTP server at 200 connections')).toBe('HTTP server at <n> connections');
    expect(normaliseMessage('status of order 404')).toBe('status of order <n>');
    expect(normaliseMessage('status 4040')).toBe('status <n>');
    expect(normaliseMessage('response 500 bytes')).toBe('response <n>');
    expect(normaliseMessage('the product 503 is gone')).toBe('the product <n> is gone');
  });

  test('leaves words with slashes, dots and apostrophes alone', () => {
    for (const text of [
      "it's and/or N/A: application/json isn't text/plain",
      'this.client.query is not a function',
      'java.io.IOException in java.net.http',
      'std::bad_alloc in Foo::Bar',
      'a < b > c',
    ]) {
      expect(normaliseMessage(text)).toBe(text);
    }
  });

  test('takes out what stands in quotes of any kind', () => {
    expect(normaliseMessage('no `order items` in “a”, «b», „c“ or ‘d’')).toBe(
      'no <quoted> in <quoted> or <quoted>',
    );
    expect(normaliseMessage(`b'\\x00', u"x", N'y' aren't`)).toBe("<quoted> aren't");
  });

  test('takes nothing out of its own marks', () => {
    const text = 'Unexpected token <n> is not valid JSON';
    expect(normaliseMessage(text)).toBe(text);
  });

  test('takes a quote that was cut short out to the end of the text', () => {
    expect(normaliseMessage("bad body: \"{ 'a': b… (5000 characters)")).toBe('bad body: <quoted>');
    expect(normaliseMessage(`bad body: "${'lorem ipsum '.repeat(1000)}`)).toBe('bad body: <quoted>');
    expect(normaliseMessage('15" is no quote')).toBe('<n>" is no quote');
  });

  test('cuts at 300 characters, but neither a mark nor a surrogate pair in two', () => {
    const words = 'word '.repeat(59);
    expect(normaliseMessage(`${words}abc 17 more`)).toBe(`${words}abc`);
    expect(normaliseMessage(`${words}ab😀😀😀`)).toBe(`${words}ab😀`);
    expect(normaliseMessage(`${words}abcde fg`)).toBe(`${words}abcde`);
  });

  test('makes one line of several, without control characters', () => {
    expect(normaliseMessage(' one\r\n\ttwo\u0000\u001b[1;31mthree\u001b[0m\u2028four ')).toBe(
      'one twothree four',
    );
    expect(normaliseMessage('')).toBe('');
    expect(normaliseMessage(' \n ')).toBe('');
  });
});

describe('fingerprint', () => {
  test('has sixteen hex digits', () => {
    expect(fingerprint('Error', 'fetch failed')).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprint('', '')).toMatch(/^[0-9a-f]{16}$/);
  });

  test('stays what it is from version to version, as it is stored with runs', () => {
    expect(fingerprint('Error', 'connect ECONNREFUSED 127.0.0.1:5432')).toBe('275ccd60d1a5b6f9');
    expect(fingerprint('TypeError', 'fetch failed')).toBe('6e9bdb74a2030d80');
  });

  test.each(SAME)('is shared by all that say $normalised', ({ type, messages }) => {
    expect(new Set(messages.map((message) => fingerprint(type, message))).size).toBe(1);
  });

  test.each(DIFFERENT)('differs between %j and %j', (one, other) => {
    expect(fingerprint(...one)).not.toBe(fingerprint(...other));
  });

  test('differs between all the rows of the tables', () => {
    const fingerprints = SAME.map(({ type, messages }) => fingerprint(type, messages[0] as string));
    expect(new Set(fingerprints).size).toBe(SAME.length);
  });

  test('does not take a part of the message for a part of the type', () => {
    expect(fingerprint('a', 'b c')).not.toBe(fingerprint('a b', 'c'));
    expect(fingerprint('a\nb', 'c')).not.toBe(fingerprint('a', 'b\nc'));
  });

  const hex = (min: number, max: number) =>
    fc
      .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: min, maxLength: max })
      .filter((id) => /\d/.test(id));
  const base62 = fc.string({
    unit: fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'),
    minLength: 20,
    maxLength: 40,
  });
  const date = fc
    .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
    .map((at) => at.toISOString());
  const segment = fc.stringMatching(/^[\w-]{1,12}$/);
  const port = fc.integer({ min: 1, max: 65535 });
  const address = fc.oneof(
    fc.tuple(fc.ipV4(), port).map(([ip, at]) => `${ip}:${at}`),
    fc.tuple(fc.ipV6(), port).map(([ip, at]) => `[${ip}]:${at}`),
  );
  const VARIABLE: readonly (readonly [string, fc.Arbitrary<string>])[] = [
    ['numbers', fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map(String)],
    ['UUIDs', fc.uuid()],
    ['hex IDs', hex(12, 40)],
    ['random IDs', base62.filter((id) => /\d/.test(id) && !/^0x|(error|exception)$/i.test(id))],
    ['addresses in memory', hex(1, 16).map((digits) => `0x${digits}`)],
    ['dates', date],
    ['dates in the manner of Postgres', date.map((text) => text.replace('T', ' ').replace('Z', '+00'))],
    ['addresses of hosts, with ports', address],
    ['ports of a host', port.map((at) => `db.example.net:${at}`)],
    ['paths', fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join('/')}`)],
    [
      'paths and queries of a URL',
      fc
        .webUrl({ withQueryParameters: true, authoritySettings: { size: '-4' } })
        .map(
          (url) => `${url.replace(/['(),;]/g, '_').replace(/^(https?:\/\/)[^/?#]*/, '$1api.example.com')}/x`,
        ),
    ],
    ['email addresses', fc.tuple(segment, fc.domain()).map(([name, domain]) => `${name}@${domain}`)],
    ['quoted values', fc.string({ unit: 'grapheme', maxLength: 50 }).map((value) => JSON.stringify(value))],
    [
      'durations',
      fc
        .tuple(fc.nat(999), fc.constantFrom('ms', 's', ' seconds', ' ms', 'h', ' min'))
        .map(([n, unit]) => n + unit),
    ],
    [
      'sizes',
      fc.tuple(fc.nat(9999), fc.constantFrom(' bytes', 'KB', ' MiB', ' GB')).map(([n, unit]) => n + unit),
    ],
  ];

  test.each(VARIABLE)('does not depend on %s', (_, value) => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        for (const say of [
          (x: string) => `${x} was refused`,
          (x: string) => `could not load ${x}`,
          (x: string) => `failed: (${x}) for item=${x}, giving up`,
        ]) {
          expect(normaliseMessage(say(one))).toBe(normaliseMessage(say(other)));
        }
      }),
      { numRuns: 500 },
    );
  });

  const name = fc.stringMatching(/^[a-z]{3,7}$/);
  const NAMED: readonly (readonly [string, (name: string) => string])[] = [
    ['columns', (x) => `column "${x}" does not exist`],
    ['tables', (x) => `relation "${x}" does not exist`],
    ['modules', (x) => `No module named '${x}'`],
    ['keys', (x) => `'${x}'`],
    ['attributes', (x) => `'Order' object has no attribute '${x}'`],
    ['properties', (x) => `Cannot read properties of undefined (reading '${x}')`],
    ['hosts', (x) => `getaddrinfo ENOTFOUND ${x}`],
    ['hosts with a port', (x) => `connect ECONNREFUSED ${x}:5432`],
    ['hosts with a domain', (x) => `cannot reach ${x}.example.com`],
    ['hosts of URLs', (x) => `request to https://${x}.example.com/a failed`],
  ];

  test.each(NAMED)('depends on the names of %s', (_, say) => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other && ![one, other].includes('localhost'));
        expect(normaliseMessage(say(one))).not.toBe(normaliseMessage(say(other)));
      }),
    );
  });

  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const base62Units = `${letters}${letters.toUpperCase()}0123456789`;
  const drawn = (units: string, length: number) =>
    fc.string({ unit: fc.constantFrom(...units), minLength: length, maxLength: length });
  const RANDOM: readonly (readonly [string, fc.Arbitrary<string>, (id: string) => string, seldom: number])[] =
    [
      ['pods of Kubernetes', drawn('bcdfghjklmnpqrstvwxz2456789', 5), (x) => `pod load-${x} evicted`, 2],
      ['short nanoids', drawn(`${base62Units}_-`, 10), (x) => `object ${x} could not be loaded`, 2],
      ['nanoids', drawn(`${base62Units}_-`, 21), (x) => `lost ${x} on the way`, 15],
      // One that begins with a slash is taken for a path.
      [
        'base64 without padding',
        fc.tuple(drawn(base62Units, 1), drawn(`${base62Units}+/`, 23)).map((parts) => parts.join('')),
        (x) => `lost ${x} on the way`,
        4,
      ],
      ['base64url', drawn(`${base62Units}_-`, 24), (x) => `lost ${x} on the way`, 15],
    ];

  test.each(RANDOM)('does not depend on %s: of a thousand nearly all share one', (_, id, say, seldom) => {
    const seen = fc.sample(id, 1000).map((one) => normaliseMessage(say(one)));
    const [usual] = seen.filter((text) => text.includes('<n>'));
    expect(seen.filter((text) => text !== usual).length).toBeLessThanOrEqual(seldom);
  });

  test('does not take words that people chose for random', () => {
    for (const text of [
      'object OrderItem could not be loaded',
      'job load-orders failed in getOrderById',
      'ERR_HTTP_INVALID_HEADER_VALUE of PostgreSQL',
      'aws-sdk-client-s3express is no TypeScriptModule',
      'authentication-service is read-only and event-driven',
      'the x-https and text-html5 of UnexpectedEndOfJsonInput',
      'SQLITE_CONSTRAINT_FOREIGNKEY in createConnectionPool',
      'CrashLoopBackOff of kube-scheduler: ImagePullBackOff',
    ]) {
      expect(normaliseMessage(text).replace(/<n>/g, '')).toBe(text.replace(/\d/g, ''));
    }
  });

  test('does not depend on numbers in text of any kind', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(),
        fc.constantFrom(...SAME.flatMap(({ messages }) => messages)),
        (one, other, message) => {
          expect(fingerprint('E', `${message} (try ${one})`)).toBe(
            fingerprint('E', `${message} (try ${other})`),
          );
        },
      ),
    );
  });
});

// Pieces on which a careless pattern goes back and forth, or finds in its own result something to take out.
const PIECES = [
  `a|A|f|1|.|,|-|_|+|=|@|/|\\|:|;|%|…|^| |\n|"|'|\`|“|”|«|‘|(|)|[|]|{|}|<|>|é|\ud83d|\ude00|\0|\u001b[|1a|a1|a.|.a@`,
  `\\'|\\"|"…|'…| 'a| a|::|:a|a:|:1|1.|1.1.|1.1.1.1|0x|1m|a/|<n>|<quoted>|<quo|</n>|<n>, |a://|C:\\|C:\\a |)=(|row contains (`,
  `ipv4:|localhost|.com|.csv|eyJaaaaaaaaaa.|eyJ-|arn:aws:|host=|id=|request id |getaddrinfo EAI |connect | on |: no such host`,
  `503|http|http |status code | status code|errno |sqlstate |Jan 1 |2024-01-01|10:00:00| ms|-bcdfghjk|-bcdfg|LINE 1: `,
  `Unexpected token | is not valid JSON|{"|a": |{'a': |"code":"a|"message":"a |"message":"a \\|desc="a | (5000 characters)`,
  `Error('|Error("a b|Timeout(1, 'a |(1, 'a `,
].flatMap((line) => line.split('|'));
const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom(...PIECES), maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 1000 }),
  fc.string({ unit: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 30 })), maxLength: 60 }),
);

describe('normaliseMessage, whatever it is given', () => {
  test('never throws, and gives one line of at most 300 characters', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const normalised = normaliseMessage(text);
        expect(normalised.length).toBeLessThanOrEqual(300);
        expect(normalised).toBe(normalised.trim());
        // biome-ignore lint/suspicious/noControlCharactersInRegex: looks for the ones that must be gone
        expect(normalised).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(fingerprint(text, text)).toMatch(/^[0-9a-f]{16}$/);
      }),
      { numRuns: 2000 },
    );
  });

  test('changes nothing in what it gave', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const normalised = normaliseMessage(text);
        expect(normaliseMessage(normalised)).toBe(normalised);
      }),
      { numRuns: 5000 },
    );
    for (const { normalised } of SAME) expect(normaliseMessage(normalised)).toBe(normalised);
  });

  test.each(PIECES)('does not hang on a megabyte of %j', (piece) => {
    const long = piece.repeat(Math.ceil(1_000_000 / piece.length));
    // Also as long as is read, with an end on which what was matched so far fails.
    const read = piece.repeat(Math.floor(3990 / piece.length));
    for (const text of [long, `x ${long}`, `${read}!`, `${read}"`, `x ${read} x`]) {
      const started = performance.now();
      normaliseMessage(text);
      expect(performance.now() - started).toBeLessThan(2000);
    }
  });
});
