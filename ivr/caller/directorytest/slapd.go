package directorytest

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What every slapd of [StartSlapd] has.
const (
	BaseDN   = "ou=people,dc=example,dc=edu"
	BindDN   = "cn=ringback,ou=services,dc=example,dc=edu" // may read people, and nothing else
	Password = "reader-5ecre7"
)

//go:embed slapd.conf
var slapdConf string

//go:embed base.ldif
var baseLDIF string

// Slapd is a slapd process.
type Slapd struct {
	t          testing.TB
	dir        string
	plain, tls int
	cmd        *exec.Cmd
	done       chan struct{} // closed when cmd has ended
}

// StartSlapd starts a slapd whose directory holds the entries of ldif below
// [BaseDN], and waits until it answers. A missing program fails the test.
func StartSlapd(t testing.TB, c Certificate, ldif string) *Slapd {
	t.Helper()
	s := &Slapd{t: t, dir: t.TempDir(), plain: freePort(t), tls: freePort(t)}
	if err := os.Mkdir(s.path("db"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.write("slapd.conf", strings.NewReplacer("$DIR", s.dir, "$CERT", c.CertFile, "$KEY", c.KeyFile, "$CA", c.CAFile).Replace(slapdConf))
	s.write("people.ldif", strings.ReplaceAll(baseLDIF, "$PASSWORD", Password)+"\n"+ldif)
	add := exec.CommandContext(t.Context(), program(t), "-T", "add", "-q", "-f", s.path("slapd.conf"), "-l", s.path("people.ldif"))
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("slapadd: %v\n%s", err, out)
	}
	s.Restart()
	t.Cleanup(s.Kill)
	return s
}

// URL is the server without TLS, or for StartTLS: ldap://127.0.0.1:port.
func (s *Slapd) URL() string { return "ldap://127.0.0.1:" + strconv.Itoa(s.plain) }

// TLSURL is the server with TLS from the start: ldaps://127.0.0.1:port.
func (s *Slapd) TLSURL() string { return "ldaps://127.0.0.1:" + strconv.Itoa(s.tls) }

// Kill ends the process at once; one that has ended is no error.
func (s *Slapd) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.done
	s.cmd = nil
}

// Restart starts the server again on the same ports after a Kill; one that runs
// goes on.
func (s *Slapd) Restart() {
	s.t.Helper()
	if s.cmd != nil {
		return
	}
	log := &strings.Builder{}
	// Not bound to the test's context: that ends before the clean-up does.
	s.cmd = exec.CommandContext(context.WithoutCancel(s.t.Context()), program(s.t),
		"-d", "0", "-f", s.path("slapd.conf"), "-h", s.URL()+" "+s.TLSURL())
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("start slapd: %v", err)
	}
	s.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(s.cmd, s.done)
	if !s.until(s.listens) {
		s.Kill()
		s.t.Fatalf("slapd does not answer:\n%s", log)
	}
}

// listens reports whether both ports take connections; slapd opens them last.
func (s *Slapd) listens() bool {
	for _, port := range []int{s.plain, s.tls} {
		c, err := (&net.Dialer{}).DialContext(context.WithoutCancel(s.t.Context()), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return false
		}
		_ = c.Close()
	}
	return true
}

func (s *Slapd) until(ready func() bool) bool {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if ready() {
			return true
		}
		select {
		case <-tick.C:
		case <-s.done:
			return false
		case <-deadline.C:
			return false
		}
	}
}

func (s *Slapd) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Slapd) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// program is slapd, which Debian keeps out of an ordinary PATH.
func program(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"slapd", "/usr/sbin/slapd", "/usr/local/libexec/slapd"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("slapd is not installed: it comes with the Debian package slapd")
	return ""
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	defer func() { _ = l.Close() }()
	tcp, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatal(fmt.Errorf("find a free port: %s", l.Addr()))
	}
	return tcp.Port
}
