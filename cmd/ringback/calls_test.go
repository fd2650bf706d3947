package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringback/cmd/internal/box"
)

// scripts are all call scripts.
func scripts(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/calls/*.call")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	return files
}

// personal is what must stand in no log and in no metric: the people's numbers,
// IDs and PINs, and the ends of their names.
func personal() []string {
	return []string{
		"9195550101", "9195550102", "9195550112", "9195550103", "9195550105", "9195550106", "91955502", "1000006", "1000001", "1000002", "1000003", "7654321", "24681357", "13572468", "11223344", "55667788",
		"Reyes", "Okafor", "Novak", "/activate/",
	}
}

// Every script holds; the carrier found nothing wrong with any document; and
// nothing personal has been logged or counted.
func TestCallScripts(t *testing.T) {
	for _, path := range scripts(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".call"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			script, err := box.Parse(filepath.Base(path), bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			ctx := context.Background()
			w, err := box.Open(ctx, box.Options{Virtual: true, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			if err != nil {
				t.Fatal(err)
			}
			result, err := w.Play(ctx, script)
			rec := httptest.NewRecorder()
			w.App.MetricsHandler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
			if cerr := w.Close(ctx); err != nil || cerr != nil {
				t.Fatalf("%v, %v", err, cerr)
			}
			if result.Failure != "" {
				t.Error(result.Failure)
			}
			for _, p := range w.Carrier.Errors() {
				// Without Redis a status callback cannot be kept: the carrier is told so.
				if !bytes.Contains(text, []byte("down redis")) {
					t.Errorf("the carrier found: %v", p)
				}
			}
			for _, secret := range personal() {
				if strings.Contains(log.String(), secret) {
					t.Errorf("%q is in the log", secret)
				}
				if strings.Contains(rec.Body.String(), secret) {
					t.Errorf("%q is in the metrics", secret)
				}
			}
			if !strings.Contains(rec.Body.String(), "ringback_unverified_actions_total 0") {
				t.Error("an action without a verdict, or no count of them")
			}
		})
	}
}

// An unknown ID and a known one with a wrong PIN: the same words, the same
// number of turns, to the end.
func TestUnknownAndKnownSoundTheSame(t *testing.T) {
	heard := func(name string) string {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"call", "--script", "testdata/calls/" + name + ".call"}, streams{strings.NewReader(""), &out, &errs}); code != 0 {
			t.Fatalf("exit %d: %s%s", code, out.String(), errs.String())
		}
		_, transcript, _ := strings.Cut(out.String(), "\n")
		return strings.NewReplacer("7 6 5 4 3 2 1", "ID", "1 0 0 0 0 0 1", "ID", "7654321", "ID", "1000001", "ID", "24681357", "PIN", "11112222", "PIN").Replace(transcript)
	}
	if unknown, known := heard("unknown-id"), heard("known-id-wrong-pin"); unknown != known {
		t.Errorf("they differ:\n%s\n%s", unknown, known)
	}
}

func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct {
		name string
		args []string
		in   string
		code int
		out  string // in standard output or standard error
	}{
		{"an expectation that does not hold", []string{"call", "--script", write("a.call", "call university from +19195550101\nhear /nonsense/\n")}, "", 1, "a.call:2"},
		{"a bad script", []string{"call", "--script", write("b.call", "sing\n")}, "", 2, "unknown instruction"},
		{"no script", []string{"call", "--script", filepath.Join(dir, "none.call")}, "", 2, "read script"},
		{"an unknown command", []string{"dance"}, "", 2, "hint:"},
		{"no command", nil, "", 0, "Serve the lines of a config"},
		{"no config", []string{"serve", "--config", filepath.Join(dir, "none.yaml")}, "", 1, "none.yaml"},
		{"an unknown key", []string{"serve", "--config", write("c.yaml", "publik_url: x\n")}, "", 1, "publik_url"},
		{"check reports", []string{"check", "--config", write("d.yaml", "publik_url: x\n")}, "", 1, "public_url"},
		{"check reports the directory's part", []string{"check", "--config", write("e.yaml", "directory:\n  type: ldap\n  config:\n    urls: [http://x]\n")}, "", 1, "e.yaml:4:12: directory.config.urls[0]: must begin with"},
		{"a PIN", []string{"pin"}, "24681357\n", 0, "$argon2id$"},
		{"a weak PIN", []string{"pin"}, "12345678\n", 1, "guessed first"},
		{"no PIN", []string{"pin"}, "", 1, "no PIN"},
		{"fallback", []string{"fallback", "--line", "health"}, "", 0, "+19195550291"},
		{"fallback of an unknown line", []string{"fallback", "--line", "nowhere"}, "", 1, "there is no line"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := run(t.Context(), tt.args, streams{strings.NewReader(tt.in), &out, &errs}); code != tt.code {
				t.Errorf("exit %d, want %d", code, tt.code)
			}
			if all := out.String() + errs.String(); !strings.Contains(all, tt.out) {
				t.Errorf("%q is not in:\n%s", tt.out, all)
			}
		})
	}
}
