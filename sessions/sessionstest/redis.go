// Package sessionstest holds the conformance suite of package sessions and a
// real redis-server for tests.
//
// [Run] plays the suite against any store. [StartRedis] starts a server on a
// free loopback port, in a directory of its own, and stops it with the test;
// it can be paused, killed and restarted in between.
package sessionstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Redis is a redis-server process.
type Redis struct {
	t    testing.TB
	dir  string
	port int
	args []string
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended
}

// StartRedis starts a redis-server without persistence and waits until it
// answers. More arguments are given to the server, say "--appendonly", "yes".
// A missing program fails the test.
func StartRedis(t testing.TB, args ...string) *Redis {
	t.Helper()
	r := &Redis{t: t, dir: t.TempDir(), args: args}
	r.port = freePort(t)
	r.Restart()
	t.Cleanup(r.Kill)
	return r
}

// Addr is the server's address, "127.0.0.1:port", the same after a restart.
func (r *Redis) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(r.port)) }

// URL is the server as sessions.Options wants it.
func (r *Redis) URL() string { return "redis://" + r.Addr() }

// Pause stops the process without closing its connections: it answers nothing.
func (r *Redis) Pause() { r.signal(syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (r *Redis) Resume() { r.signal(syscall.SIGCONT) }

// Kill ends the process at once; one that has ended is no error.
func (r *Redis) Kill() {
	if r.cmd == nil {
		return
	}
	_ = r.cmd.Process.Kill() // ends a paused process too
	<-r.done
	r.cmd = nil
}

// Restart starts the server again on the same port, after a Kill.
func (r *Redis) Restart() {
	r.t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		r.t.Fatal("redis-server is not installed: it comes with the Debian package redis-server")
	}
	args := append([]string{
		"--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--dir", r.dir,
		"--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
	}, r.args...)
	if len(r.args) > 0 && r.args[0] == "--sentinel" {
		args = []string{r.dir + "/sentinel.conf", "--sentinel"}
		r.writeSentinel(r.args[1])
	}
	log := &strings.Builder{}
	// Not bound to the test's context: that ends before the clean-up does.
	r.cmd = exec.CommandContext(context.WithoutCancel(r.t.Context()), bin, args...)
	r.cmd.Stdout, r.cmd.Stderr = log, log
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := r.cmd.Start(); err != nil {
		r.t.Fatalf("start redis-server: %v", err)
	}
	r.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(r.cmd, r.done)
	if err := r.await(); err != nil {
		r.Kill()
		r.t.Fatalf("redis-server does not answer: %v\n%s", err, log)
	}
}

// StartSentinel starts a sentinel that watches one server under a name.
func StartSentinel(t testing.TB, name string, master *Redis) *Redis {
	t.Helper()
	_, port, _ := net.SplitHostPort(master.Addr())
	return StartRedis(t, "--sentinel", fmt.Sprintf("sentinel monitor %s 127.0.0.1 %s 1", name, port))
}

func (r *Redis) writeSentinel(line string) {
	r.t.Helper()
	conf := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\n%s\n", r.port, r.dir, line)
	if err := os.WriteFile(r.dir+"/sentinel.conf", []byte(conf), 0o600); err != nil {
		r.t.Fatalf("write sentinel.conf: %v", err)
	}
}

// StartCluster starts a cluster of one node that owns all slots. It refuses
// keys of different slots in one command, as larger ones do.
func StartCluster(t testing.TB) *Redis {
	t.Helper()
	r := StartRedis(t, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(freePort(t)))
	if got := r.Do("CLUSTER", "ADDSLOTSRANGE", "0", "16383"); got != "+OK" {
		t.Fatalf("take all slots: %s", got)
	}
	r.until(func() bool { return strings.Contains(r.Do("CLUSTER", "INFO"), "cluster_state:ok") })
	return r
}

// Do sends one command and returns the start of the raw reply.
func (r *Redis) Do(args ...string) string {
	r.t.Helper()
	got, err := r.ask(args...)
	if err != nil {
		r.t.Fatalf("ask redis-server: %v", err)
	}
	return got
}

func (r *Redis) ask(args ...string) (string, error) {
	var d net.Dialer
	conn, err := d.DialContext(context.WithoutCancel(r.t.Context()), "tcp", r.Addr())
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	if _, err := conn.Write([]byte(b.String())); err != nil {
		return "", err
	}
	buf := make([]byte, 64<<10)
	n, err := conn.Read(buf)
	return strings.TrimSuffix(string(buf[:n]), "\r\n"), err
}

// await asks until the server answers, a few seconds at most.
func (r *Redis) await() error {
	var err error
	ok := r.until(func() bool {
		var got string
		got, err = r.ask("PING")
		return err == nil && got == "+PONG"
	})
	if ok {
		return nil
	}
	return errors.Join(errors.New("gave up"), err)
}

func (r *Redis) until(ready func() bool) bool {
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if ready() {
			return true
		}
		select {
		case <-tick.C:
		case <-r.done:
			return false
		case <-deadline.C:
			return false
		}
	}
}

func (r *Redis) signal(s syscall.Signal) {
	r.t.Helper()
	if r.cmd == nil {
		r.t.Fatal("redis-server is not running")
	}
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatalf("signal redis-server: %v", err)
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	var c net.ListenConfig
	l, err := c.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}
