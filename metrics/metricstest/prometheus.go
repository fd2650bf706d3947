package metricstest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Options are what [Start] needs.
type Options struct {
	// Target is the host and port whose /metrics is scraped, every second,
	// as the job "ringback". Required.
	Target string
	// Dir holds prometheus.yml and the rule files that it names. Its targets
	// are replaced by Target and its intervals by one second; all else counts
	// as it stands. Empty scrapes without rules.
	Dir string
	// Wait bounds how long the program may take to start and each wait for it;
	// zero is 30 s.
	Wait time.Duration
}

// Prometheus is a running one, of which the test has sole use.
type Prometheus struct {
	url    string
	wait   time.Duration
	client *http.Client
}

// Start runs Prometheus on a free loopback port until the test ends, and
// returns when it has scraped the target twice and evaluated every rule since,
// which is when rate() can have a value.
func Start(t testing.TB, o Options) *Prometheus {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		t.Fatal("no prometheus in PATH: install Debian's package prometheus, or run .ci/install test")
	}
	dir := t.TempDir()
	if err := writeConfig(dir, o); err != nil {
		t.Fatal(err)
	}
	wait := o.Wait
	if wait == 0 {
		wait = 30 * time.Second
	}
	p := &Prometheus{wait: wait, client: &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true},
	}}
	log := run(t, program, dir)
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	if p.url, err = log.address(ctx); err != nil {
		t.Fatalf("prometheus did not start: %v\n%s", err, log)
	}
	if err := p.WaitForScrapes(ctx, 2); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	return p
}

// run starts the program and ends it, and whatever reads its log, with the test.
func run(t testing.TB, program, dir string) *serverLog {
	t.Helper()
	// Not the test's context: its end would kill before the clean-up could ask.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program,
		"--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address=127.0.0.1:0",
		"--log.level=info")
	cmd.Dir = dir
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Start(); err != nil {
		t.Fatalf("start prometheus: %v", err)
	}
	log := &serverLog{listening: make(chan string, 1), ended: make(chan struct{})}
	go log.read(stderr)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		stop := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer stop.Stop()
		<-log.ended
		_ = cmd.Wait() // its status after a signal says nothing
	})
	return log
}

// serverLog keeps what the program says and finds its address in it.
type serverLog struct {
	listening chan string
	ended     chan struct{}

	mu   sync.Mutex
	text strings.Builder
}

func (l *serverLog) read(from io.Reader) {
	defer close(l.ended)
	listens := regexp.MustCompile(`Listening on"? address=(\S+)`)
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		l.mu.Lock()
		l.text.WriteString(lines.Text() + "\n")
		l.mu.Unlock()
		if m := listens.FindStringSubmatch(lines.Text()); m != nil {
			select {
			case l.listening <- "http://" + m[1]:
			default:
			}
		}
	}
}

func (l *serverLog) address(ctx context.Context) (string, error) {
	select {
	case url := <-l.listening:
		return url, nil
	case <-l.ended:
		return "", fmt.Errorf("it ended before it listened")
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// String is what the program has said so far.
func (l *serverLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// writeConfig puts the config and everything beside it into dir.
func writeConfig(dir string, o Options) error {
	config := []byte(bareConfig)
	if o.Dir != "" {
		entries, err := os.ReadDir(o.Dir)
		if err != nil {
			return fmt.Errorf("read the config's directory: %w", err)
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			text, err := os.ReadFile(filepath.Join(o.Dir, e.Name()))
			if err != nil {
				return fmt.Errorf("copy the config: %w", err)
			}
			if e.Name() == "prometheus.yml" {
				config = text
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, e.Name()), text, 0o600); err != nil {
				return fmt.Errorf("copy the config: %w", err)
			}
		}
	}
	config, err := retarget(config, o.Target)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), config, 0o600); err != nil {
		return fmt.Errorf("write the config: %w", err)
	}
	return nil
}
