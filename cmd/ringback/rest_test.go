package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"ringback/cmd/internal/box"
	"ringback/sessions/sessionstest"
)

// withoutRedis says why a script is not played on a real server: the box takes
// only its own Redis down. TestRedisKilledInMidCall kills a real one.
func withoutRedis(text []byte) bool { return bytes.Contains(text, []byte("down redis")) }

// Secrets at rest: every script is played with a real Redis and a ledger in a
// file. Then nothing that people know, own or were sent stands anywhere: in no
// key or value that Redis was ever told or holds, in no cell or page of the
// ledger, in no log at its most talkative, in no metric.
func TestSecretsAtRest(t *testing.T) {
	server := sessionstest.StartRedis(t)
	free := make(chan int, 8) // databases of the one server
	for db := range cap(free) {
		free <- db
	}
	for _, path := range scripts(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if withoutRedis(text) {
			continue
		}
		t.Run(nameOf(path), func(t *testing.T) {
			t.Parallel()
			db := <-free
			defer func() { free <- db }()
			client := database(t, server, db)
			if err := client.FlushDB(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			told := monitor(t, server, db)
			file := filepath.Join(t.TempDir(), "ledger.db")
			p := play(t, filepath.Base(path), string(text), box.Options{RedisURL: server.URL() + "/" + strconv.Itoa(db), LedgerURL: "sqlite:" + file})
			traces := map[string][]string{
				"what Redis was told": told(), "Redis": dump(t, client), "the ledger's tables": tables(t, file), "the ledger's files": pages(t, file),
				"the log": strings.Split(p.log.String(), "\n"), "the metrics": strings.Split(p.metrics(), "\n"),
			}
			s := secretsOf(t, p, string(text))
			for where, all := range traces {
				if len(all) < 2 {
					t.Errorf("nothing is in %s", where)
				}
				for _, v := range all {
					for _, found := range s.in(v) {
						t.Errorf("%q is in %s: %.300q", found, where, v)
					}
				}
			}
		})
	}
}

// database is one of the server's databases.
func database(t *testing.T, server *sessionstest.Redis, db int) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), DB: db})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// monitor notes every argument of every command on a database of Redis from now
// on. The function that is returned waits for the last one and stops.
func monitor(t *testing.T, server *sessionstest.Redis, db int) (told func() []string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	from := bufio.NewReader(conn)
	_, err = conn.Write([]byte("MONITOR\r\n"))
	if ok, rerr := from.ReadString('\n'); err != nil || rerr != nil || ok != "+OK\r\n" {
		t.Fatalf("monitor: %q, %v, %v", ok, err, rerr)
	}
	last, ours := fmt.Sprintf("monitor-of-%d-ends", db), fmt.Sprintf(" [%d ", db)
	done := make(chan []string, 1)
	go func() {
		defer close(done)
		var all []string
		for {
			line, err := from.ReadString('\n')
			if err != nil || strings.Contains(line, last) {
				done <- all
				return
			}
			if strings.Contains(line, ours) {
				all = append(all, arguments(strings.TrimSpace(line))...)
			}
		}
	}()
	return func() []string {
		t.Helper()
		server.Do("ECHO", last)
		return <-done
	}
}

// arguments are those of a command as a monitor shows it: 0.0 [0 addr] "get" "a\x00".
func arguments(line string) (all []string) {
	_, rest, _ := strings.Cut(line, "] ")
	for rest != "" {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return append(all, rest)
		}
		arg, _ := strconv.Unquote(quoted)
		all, rest = append(all, arg), strings.TrimPrefix(rest[len(quoted):], " ")
	}
	return all
}

// dump is every key of Redis and everything in it.
func dump(t *testing.T, client *redis.Client) (all []string) {
	t.Helper()
	ctx := t.Context()
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		kind, err := client.Type(ctx, key).Result()
		values := []string{}
		switch kind {
		case "string":
			var v string
			v, err = client.Get(ctx, key).Result()
			values = append(values, v)
		case "hash":
			var fields map[string]string
			fields, err = client.HGetAll(ctx, key).Result()
			for f, v := range fields {
				values = append(values, f, v)
			}
		case "zset":
			values, err = client.ZRange(ctx, key, 0, -1).Result()
		case "set":
			values, err = client.SMembers(ctx, key).Result()
		case "list":
			values, err = client.LRange(ctx, key, 0, -1).Result()
		case "none": // gone since
		default:
			t.Errorf("nobody reads a %s", kind)
		}
		if err != nil && !errors.Is(err, redis.Nil) {
			t.Fatal(err)
		}
		all = append(append(all, key), values...)
	}
	return all
}

// tables is every cell of the ledger.
func tables(t *testing.T, file string) (all []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, name := range column(t, db, `SELECT name FROM sqlite_master WHERE type = 'table'`) {
		all = append(all, name)
		for _, c := range column(t, db, `SELECT name FROM pragma_table_info('`+name+`')`) {
			all = append(all, column(t, db, `SELECT coalesce("`+c+`", '') FROM "`+name+`"`)...)
		}
	}
	return all
}

func column(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v []byte
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		all = append(all, string(v))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// pages are the ledger's files as they lie on the disk, with what has not been
// moved into the database and what was deleted from it.
func pages(t *testing.T, file string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(file + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(data))
	}
	return all
}

// Everything that the search looks into shows a secret that was put there.
func TestSecretsAtRestAreFound(t *testing.T) {
	server := sessionstest.StartRedis(t)
	client := database(t, server, 0)
	told := monitor(t, server, 0)
	file := filepath.Join(t.TempDir(), "ledger.db")
	text := lines("call university from +19195550199", "hear /press 1/")
	p := play(t, "x", text, box.Options{RedisURL: server.URL(), LedgerURL: "sqlite:" + file})
	ctx := t.Context()
	client.Set(ctx, "a", "\x00\x0824681357\xff", 0)
	client.HSet(ctx, "b", "dana", "1")
	client.ZAdd(ctx, "c", redis.Z{Member: "9195550101"})
	client.RPush(ctx, "d", "1618-0339-8874-9894-8482")
	client.SAdd(ctx, "e", "1000001")
	client.Set(ctx, "f", p.Config.Duo.SecretKey.Reveal(), 0)
	client.Del(ctx, "f")
	edit(t, file, `CREATE TABLE x (y TEXT); INSERT INTO x VALUES ('dana@example.edu')`)
	_, _ = p.log.Write([]byte("from=+19195550199"))
	s := secretsOf(t, p, text)
	for where, want := range map[string]struct {
		all  []string
		want []string
	}{
		"told": {told(), []string{"24681357", "dana", "9195550101", "1618-0339-8874-9894-8482", "1000001", p.Config.Duo.SecretKey.Reveal()}},
		"dump": {dump(t, client), []string{"24681357", "dana", "9195550101", "1618-0339-8874-9894-8482", "1000001"}},
		"rows": {tables(t, file), []string{"@example.edu"}},
		"disk": {pages(t, file), []string{"@example.edu"}},
		"log":  {[]string{p.log.String()}, []string{"9195550199"}},
	} {
		found := map[string]bool{}
		for _, v := range want.all {
			for _, f := range s.in(v) {
				found[f] = true
			}
		}
		for _, w := range want.want {
			if !found[w] {
				t.Errorf("%s: %q is not found", where, w)
			}
		}
	}
}
