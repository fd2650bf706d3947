package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"ringback/cmd/internal/app"
	"ringback/ivr/clock"
)

// crashEnv has the orders of a child.
const crashEnv = "RINGBACK_APP_CRASH"

// orders tell a child where everything is, and at which step to die.
type orders struct {
	Places places
	Die    string // "duo activation_url answered 1"; "" is never
	Steps  string // a file of the steps that were passed
}

func TestMain(m *testing.M) {
	if text := os.Getenv(crashEnv); text != "" {
		if err := serveAndDie(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// serveAndDie is the child: an instance as it is, with a seam at each place where
// it leaves the process.
func serveAndDie(text string) error {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	f, err := os.OpenFile(o.Steps, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	s := &steps{die: o.Die, file: f, counts: map[string]int{}}
	if o.Places.Redis, err = s.before(strings.TrimPrefix(o.Places.Redis, "redis://")); err != nil {
		return err
	}
	by := new(atomic.Int64)
	by.Store(int64(o.Places.Shift))
	opts, err := o.Places.options(shifted{clock.Real(), by})
	if err != nil {
		return err
	}
	opts.Gate, opts.Transport, opts.Dial, opts.Wrap = s.gate, s, s.dial, s.wrap
	a, err := app.New(context.Background(), opts)
	if err != nil {
		return err
	}
	if err := a.Start(context.Background()); err != nil {
		return err
	}
	fmt.Println(a.Addr())
	select {} // until somebody kills it
}

// steps are the numbered places to die, from the first webhook on. There is one
// before each use of the ledger, and one on either side of each message to Redis,
// Duo, the carrier and the mail server.
type steps struct {
	die  string
	file *os.File

	mu     sync.Mutex
	armed  bool
	counts map[string]int
}

// at is a step. To die is a pulled plug: nothing is flushed, nothing is closed, and
// nobody else goes any further.
func (s *steps) at(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.armed {
		return
	}
	s.counts[name]++
	step := fmt.Sprintf("%s %d", name, s.counts[name])
	_, _ = s.file.WriteString(step + "\n")
	if step == s.die {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

func (s *steps) wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.armed = true
		s.mu.Unlock()
		h.ServeHTTP(w, r)
	})
}

// gate is a step that is named after who uses the ledger.
func (s *steps) gate() error {
	pc := make([]uintptr, 8)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for {
		f, more := frames.Next()
		_, name, _ := strings.Cut(f.Function, "internal/app.")
		if name != "" && !strings.HasPrefix(name, "pass") {
			s.at("ledger " + strings.TrimSuffix(name, ".func1"))
			return nil
		}
		if !more {
			return errors.New("who asks the ledger?")
		}
	}
}

// RoundTrip is a step before the request, and one when Duo or the carrier has done
// what was asked, and nobody here knows.
func (s *steps) RoundTrip(r *http.Request) (*http.Response, error) {
	path := strings.Split(strings.TrimSuffix(r.URL.Path, ".json"), "/")
	name := path[len(path)-1]
	if len(name) == 20 { // an ID
		name = path[len(path)-2] + " id"
	}
	s.at(r.Method + " " + name + " next")
	resp, err := http.DefaultTransport.RoundTrip(r)
	s.at(r.Method + " " + name + " answered")
	return resp, err
}

// dial is a step before and after each message of the mail's.
func (s *steps) dial(ctx context.Context, network, address string) (net.Conn, error) {
	s.at("mail dial")
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &mailConn{conn, s}, err
}

type mailConn struct {
	net.Conn
	s *steps
}

func (c *mailConn) Write(b []byte) (int, error) {
	if !bytes.HasSuffix(b, []byte("\r\n.\r\n")) {
		return c.Conn.Write(b)
	}
	c.s.at("mail next")
	n, err := c.Conn.Write(b)
	c.s.at("mail sent")
	return n, err
}

// before puts a relay in front of Redis that is a step on either side of each
// message, and returns its URL.
func (s *steps) before(addr string) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", addr)
			if err != nil {
				return
			}
			go s.relay(up, conn, "redis next")
			go s.relay(conn, up, "redis answered")
		}
	}()
	return "redis://" + l.Addr().String(), nil
}

func (s *steps) relay(to, from net.Conn, name string) {
	defer func() { _ = to.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		s.at(name)
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
