// Package postgrestest runs a real PostgreSQL for tests.
//
// [Start] gives each test a fresh database. The first call in a test binary
// starts the server, on a free loopback port, without Unix sockets and without
// fsync, in a directory of its own; the server and the directory go when the
// test binary ends, however it ends. PostgreSQL refuses to run as root: there
// it runs as the user postgres, or nobody.
package postgrestest

import (
	"bufio"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// owner is the server's superuser.
const owner = "ringback"

// server is the one of this test binary.
var server = sync.OnceValues(launch) //nolint:gochecknoglobals // one server per process is the point

// Start makes a database for the test on this process's server, and returns its
// URL with user and password. The database is dropped with the test, whoever is
// still connected. A missing PostgreSQL fails the test.
func Start(t testing.TB) (databaseURL string) {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	s.run(t, "CREATE DATABASE "+name)
	t.Cleanup(func() { s.run(t, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return s.url(name)
}

// running is a server that has started.
type running struct {
	port     int
	password string
	life     io.Closer // the server lives as long as this is open
}

func (s *running) url(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(owner, s.password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// run executes a statement that names a whole database.
func (s *running) run(t testing.TB, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		t.Errorf("open PostgreSQL: %v", err)
		return
	}
	defer func() { _ = db.Close() }()
	// Without the test's context, which ends before the clean-up does.
	if _, err := db.Exec(statement); err != nil { //nolint:noctx // as said
		t.Errorf("%s: %v", statement, err)
	}
}

func launch() (*running, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	cred, err := unprivileged()
	if err != nil {
		return nil, err
	}
	var errs []error
	for range 3 { // a free port may be taken by the time it is used
		s, err := launchOnce(bin, cred)
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// supervise makes the data and runs the server until its standard input ends,
// which it does when the test binary is gone. $1 is the programs' folder, $2
// our directory, $3 the port.
const supervise = `
bin=$1 dir=$2 port=$3
cd "$dir" || exit 1
"$bin/initdb" -D data -U ` + owner + ` -A scram-sha-256 --pwfile=password -E UTF8 --locale=C --no-sync >log 2>&1 &&
"$bin/pg_ctl" -D data -l log -w -t 60 -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
	-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=300 -c shared_buffers=32MB \
	-c autovacuum=off -c jit=off -c log_min_messages=fatal" start >/dev/null 2>&1 &&
echo ready || cat log
exec 1>&-
read -r _
"$bin/pg_ctl" -D data -m immediate -w stop >/dev/null 2>&1
cd / && rm -rf "$dir"
`

func launchOnce(bin string, cred *syscall.Credential) (*running, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &running{port: port, password: rand.Text()}
	dir, err := home(s.password, cred)
	if err != nil {
		return nil, err
	}
	// Its own session: an interrupt at the terminal must not end it before us.
	cmd := exec.Command("/bin/sh", "-c", supervise, "sh", bin, dir, strconv.Itoa(port)) //nolint:noctx // it outlives every test's context
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred, Setsid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.life = stdin
	said, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil && said == "ready\n" {
		return s, nil
	}
	rest, rerr := io.ReadAll(stdout)
	return nil, errors.Join(fmt.Errorf("start PostgreSQL: %s%s", said, rest), rerr, stdin.Close(), cmd.Wait())
}

// home is a directory that only the server's user can read.
func home(password string, cred *syscall.Credential) (string, error) {
	dir, err := os.MkdirTemp("", "ringback-postgres-")
	if err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	file := filepath.Join(dir, "password")
	if err := os.WriteFile(file, []byte(password), 0o600); err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	if cred == nil {
		return dir, nil
	}
	for _, path := range []string{file, dir} {
		if err := os.Chown(path, int(cred.Uid), int(cred.Gid)); err != nil {
			return "", fmt.Errorf("start PostgreSQL: %w", err)
		}
	}
	return dir, nil
}

// programs finds the folder of initdb and pg_ctl; Debian keeps it out of PATH.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed: it comes with the Debian package postgresql")
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// version is the number in "/usr/lib/postgresql/15/bin/initdb", or 0.
func version(path string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	if err != nil {
		return 0
	}
	return n
}

// unprivileged is who the server runs as: nil is who we are.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uerr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gerr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uerr, gerr); err != nil {
			return nil, fmt.Errorf("start PostgreSQL: user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("start PostgreSQL: it refuses to run as root, and there is no user postgres or nobody")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}
