package clock_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"ringback/ivr/clock"
)

// serveLines listens and answers each line after d, on the clock.
func serveLines(t *testing.T, v *clock.Virtual, d time.Duration) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-ended })
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			answerLines(v, c, d)
		}
	}()
	return l.Addr().String()
}

func answerLines(v *clock.Virtual, c net.Conn, d time.Duration) {
	ctx, done := v.Accepted(context.Background(), c)
	defer done()
	defer func() { _ = c.Close() }()
	for r := bufio.NewReader(c); ; {
		line, err := r.ReadString('\n')
		if err != nil || v.Sleep(ctx, d) != nil {
			return
		}
		if _, err := io.WriteString(c, line); err != nil {
			return
		}
	}
}

// talk sends n lines and waits for each answer.
func talk(ctx context.Context, dial clock.DialFunc, addr string, n int) error {
	c, err := dial(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	for r := bufio.NewReader(c); n > 0; n-- {
		if _, err := io.WriteString(c, "hello\n"); err != nil {
			return err
		}
		if _, err := r.ReadString('\n'); err != nil {
			return err
		}
	}
	return nil
}

// Time passes for a connection exactly when the side that serves it waits.
func TestVirtualConnection(t *testing.T) {
	v := clock.NewVirtual(start)
	quick, slow := serveLines(t, v, 0), serveLines(t, v, 3*time.Second)
	dial := v.Dial(nil)
	v.Do(t.Context(), func(ctx context.Context) {
		// A timer that must not fire while somebody talks.
		other, cancel := v.WithTimeout(ctx, time.Nanosecond)
		defer cancel()
		for range 50 {
			if err := talk(ctx, dial, quick, 5); err != nil {
				t.Fatal(err)
			}
		}
		if other.Err() != nil || !v.Now().Equal(start) {
			t.Errorf("moved by %v while somebody talked", v.Now().Sub(start))
		}
		for range 50 {
			before := v.Now()
			if err := talk(ctx, dial, slow, 2); err != nil {
				t.Fatal(err)
			}
			if d := v.Now().Sub(before); d != 6*time.Second {
				t.Fatalf("two slow answers took %v, want 6s", d)
			}
		}
	})
}

func TestVirtualConnectionGivenUp(t *testing.T) {
	v := clock.NewVirtual(start)
	slow := serveLines(t, v, time.Minute)
	dial := v.Dial(nil)
	v.Do(t.Context(), func(ctx context.Context) {
		for range 50 {
			before := v.Now()
			tctx, cancel := v.WithTimeout(ctx, 5*time.Second)
			err := talk(tctx, dial, slow, 1)
			cancel()
			if err == nil || !errors.Is(context.Cause(tctx), context.DeadlineExceeded) {
				t.Fatalf("err = %v, cause %v", err, context.Cause(tctx))
			}
			if d := v.Now().Sub(before); d != 5*time.Second {
				t.Fatalf("gave up after %v, want 5s", d)
			}
			_ = v.Sleep(ctx, 2*time.Minute) // the other side ends, too
		}
	})
}

func TestDialWithoutTaskOrServer(t *testing.T) {
	v := clock.NewVirtual(start)
	addr := serveLines(t, v, 0)
	if err := talk(t.Context(), v.Dial(nil), addr, 1); err != nil {
		t.Errorf("without a task: %v", err)
	}
	refused := errors.New("refused")
	dial := v.Dial(func(context.Context, string, string) (net.Conn, error) { return nil, refused })
	v.Do(t.Context(), func(ctx context.Context) {
		if err := talk(ctx, dial, addr, 1); !errors.Is(err, refused) {
			t.Errorf("err = %v", err)
		}
		_ = v.Sleep(ctx, time.Second) // nothing holds the time
	})
}
