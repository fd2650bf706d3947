package app_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"ringback/cmd/internal/app"
	"testing"
	"time"

	"ringback/sessions/sessionstest"
)

func TestLinksEndToEnd(t *testing.T) {
	o := openOutside(t, sessionstest.StartRedis(t).URL(), "sqlite:"+filepath.Join(t.TempDir(), "ledger.db"))
	o.serveBy(func(op *app.Options) {
		op.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	begun := time.Now()
	lap := func(s string) { t.Log(s, time.Since(begun)) }
	h := o.calls(1, samPhone)
	h.identify(samID, samPIN)
	lap("identified")
	h.must("six digit code", o.code(samPhone, 1)+"#", "Which phone", "1")
	h.hear("two texts")
	lap("linked")
	o.awaitText(nil, samPhone, "2 of 2", 1)
	lap("texted")
	o.awaitText(nil, samOther, "links", 1)
	lap("noticed")
	o.awaitMail(nil, samMail, "links", 1)
	lap("mailed")
	t.Log(o.activations())
}
