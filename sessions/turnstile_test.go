package sessions_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"ringback/sessions"
)

func TestTurnstile(t *testing.T) {
	turnstile := sessions.NewTurnstile()
	if err := turnstile.Enter(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if err := turnstile.Enter(t.Context(), "other"); err != nil {
		t.Fatalf("another key waits: %v", err)
	}
	turnstile.Leave("other")
	ctx, cancel := context.WithCancel(t.Context())
	impatient := make(chan error)
	go func() { impatient <- turnstile.Enter(ctx, "k") }()
	const patient = 5
	passed := make(chan error)
	for range patient {
		go func() {
			err := turnstile.Enter(t.Context(), "k")
			turnstile.Leave("k")
			passed <- err
		}()
	}
	for turnstile.Waiting("k") < patient+1 {
		select {
		case err := <-passed:
			t.Fatalf("passed a closed turnstile: %v", err)
		default:
			runtime.Gosched()
		}
	}
	cancel()
	if err := <-impatient; !errors.Is(err, context.Canceled) {
		t.Errorf("impatient: %v", err)
	}
	turnstile.Leave("k")
	for range patient {
		if err := <-passed; err != nil {
			t.Error(err)
		}
	}
	if n := turnstile.Busy(); n != 0 {
		t.Errorf("%d keys are still busy", n)
	}
}

// TestTurnstileGivenUpWhenLetIn cancels a waiter while it is let in: whichever
// wins, the key must be free afterwards.
func TestTurnstileGivenUpWhenLetIn(t *testing.T) {
	turnstile := sessions.NewTurnstile()
	for range 2000 {
		if err := turnstile.Enter(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- turnstile.Enter(ctx, "k") }()
		for turnstile.Waiting("k") == 0 {
			runtime.Gosched()
		}
		// Both happen before the waiter runs, so its select has to choose.
		cancel()
		turnstile.Leave("k")
		if err := <-done; err == nil {
			turnstile.Leave("k")
		}
		if n := turnstile.Busy(); n != 0 {
			t.Fatalf("%d keys are busy and nobody holds them", n)
		}
	}
}
