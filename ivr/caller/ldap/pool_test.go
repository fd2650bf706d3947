package ldap_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"ringback/ivr/caller"
	"ringback/ivr/caller/directorytest"
	"ringback/ivr/caller/ldap"
	"ringback/metrics"
)

// server is a slapd with the sample people, and a proxy before it.
func server(t *testing.T) *directorytest.Proxy {
	t.Helper()
	s := directorytest.StartSlapd(t, directorytest.NewAuthority(t).Issue(time.Hour, "127.0.0.1"), directorytest.LDIF(directorytest.People(t)))
	return directorytest.StartProxy(t, strings.TrimPrefix(s.URL(), "ldap://"))
}

// recorder counts by "operation outcome".
type recorder struct {
	mu   sync.Mutex
	seen map[string]int
}

func (r *recorder) Observe(operation, outcome string, _ time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = map[string]int{}
	}
	r.seen[operation+" "+outcome]++
}

func (r *recorder) count(what string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[what]
}

var _ caller.Recorder = (*metrics.Recorder)(nil)

func TestPoolIsBounded(t *testing.T) {
	p := server(t)
	c := conf("ldap://" + p.Addr())
	c.Connections = 3
	d := open(t, c)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 10 {
				if got, found, err := d.ByID(t.Context(), "1000002"); err != nil || !found || got.Username != "sam" {
					t.Errorf("found %v, err %v", found, err)
				}
			}
		})
	}
	all.Wait()
	if most := p.Most(); most > 3 {
		t.Errorf("%d connections at once, want 3 at most", most)
	}
}

// Connections that broke while they lay in the pool cost no caller anything.
func TestReconnects(t *testing.T) {
	p := server(t)
	rec := &recorder{}
	c := conf("ldap://" + p.Addr())
	d, err := c.Open(t.Context(), caller.Tools{Recorder: rec})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	var all sync.WaitGroup
	for range 8 { // fill the pool
		all.Go(func() { _, _, _ = d.ByID(t.Context(), "1000001") })
	}
	all.Wait()
	p.Down()
	p.Up()
	for range 8 {
		if _, found, err := d.ByID(t.Context(), "1000001"); !found || err != nil {
			t.Errorf("found %v, err %v", found, err)
		}
	}
	if rec.count("ping ok") != 1 || rec.count("look_up ok") != 16 || rec.count("connect ok") < 2 {
		t.Errorf("counted: %v", rec.seen)
	}
}

// While the server is killed and started again, answers are right or errors.
func TestKilledInTheMiddle(t *testing.T) {
	p := server(t)
	d := open(t, conf("ldap://"+p.Addr()))
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for ctx.Err() == nil {
				if got, found, err := d.ByID(t.Context(), "1000001"); err == nil && (!found || got.Username != "dana") {
					t.Error("somebody who is on file was not found, without an error")
				}
			}
		})
	}
	for range 5 {
		p.Down()
		if _, _, err := d.ByID(t.Context(), "1000002"); err == nil {
			t.Error("a server that is down answered")
		}
		p.Up()
		if _, found, err := d.ByID(t.Context(), "1000002"); !found || err != nil {
			t.Errorf("after it came back: found %v, err %v", found, err)
		}
	}
	cancel()
	all.Wait()
}

// A server that holds still costs what the configuration allows and no more,
// even without a deadline of the caller's.
func TestSlowServer(t *testing.T) {
	p := server(t)
	rec := &recorder{}
	c := conf("ldap://" + p.Addr())
	c.ConnectTimeout, c.RequestTimeout, c.Connections = 200*time.Millisecond, 200*time.Millisecond, 2
	d, err := c.Open(t.Context(), caller.Tools{Recorder: rec})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	p.Stall()
	began := time.Now()
	if _, found, err := d.ByID(t.Context(), "1000001"); !errors.Is(err, context.DeadlineExceeded) || found {
		t.Errorf("found %v, err = %v, want a deadline", found, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var all sync.WaitGroup
	for range 50 { // most of them wait for a connection
		all.Go(func() {
			if _, found, err := d.ByID(ctx, "1000001"); !errors.Is(err, context.DeadlineExceeded) || found {
				t.Errorf("found %v, err = %v, want a deadline", found, err)
			}
		})
	}
	all.Wait()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if rec.count("look_up timeout") != 51 || rec.count("connect timeout") == 0 || rec.count("look_up ok") != 0 {
		t.Errorf("counted: %v", rec.seen)
	}
}

func TestServersInOrder(t *testing.T) {
	good, stalled := server(t), server(t)
	stalled.Stall()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close() // nobody listens there
	for name, first := range map[string]string{"one that refuses": l.Addr().String(), "one that holds still": stalled.Addr()} {
		t.Run(name, func(t *testing.T) {
			c := conf("ldap://"+first, "ldap://"+good.Addr())
			c.ConnectTimeout = time.Second
			d := open(t, c)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if _, found, err := d.ByID(ctx, "1000001"); !found || err != nil {
				t.Errorf("found %v, err %v", found, err)
			}
		})
	}
	t.Run("the time is shared", func(t *testing.T) {
		down := server(t)
		d := open(t, conf("ldap://"+down.Addr(), "ldap://"+good.Addr())) // 10 s to connect
		down.Stall()
		for range 2 { // the connection that lies in the pool, and then a new one
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			_, _, _ = d.ByID(ctx, "1000001")
			cancel()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		if _, found, err := d.ByID(ctx, "1000001"); !found || err != nil {
			t.Errorf("found %v, err %v", found, err)
		}
	})
}

// The phone line starts without its directory: callers get people until it is
// back.
func TestOpensWhileTheServerIsDown(t *testing.T) {
	p := server(t)
	p.Down()
	var log bytes.Buffer
	d, err := conf("ldap://"+p.Addr()).Open(t.Context(), caller.Tools{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if !strings.Contains(log.String(), "directory does not answer at the start") {
		t.Errorf("the log: %s", log.String())
	}
	if _, found, err := d.ByID(t.Context(), "1000001"); found || err == nil || ldap.Misconfigured(err) {
		t.Errorf("found %v, err %v", found, err)
	}
	p.Up()
	if _, found, err := d.ByID(t.Context(), "1000001"); !found || err != nil {
		t.Errorf("found %v, err %v", found, err)
	}
}

func TestClosed(t *testing.T) {
	d := open(t, conf("ldap://"+server(t).Addr()))
	for range 2 {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, found, err := d.ByID(t.Context(), "1000001"); !errors.Is(err, ldap.ErrClosed) || found {
		t.Errorf("found %v, err %v", found, err)
	}
	if err := d.Ping(t.Context()); !errors.Is(err, ldap.ErrClosed) {
		t.Errorf("ping: %v", err)
	}
}
