package duobox

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Fault is how the Admin API fails. Its zero value is health. Slow comes first,
// then whichever other applies, in the order of the fields.
type Fault struct {
	// Slow is waited before a request is looked at, on the clock. A client that
	// leaves meanwhile gets nothing done.
	Slow time.Duration
	// Down answers 503 without Duo's envelope; the pages and Open fail as well.
	Down bool
	// Throttle answers that many requests with 42901, and then no more.
	Throttle int
	// Status answers with a failure of this HTTP status, from 400 to 599.
	Status int
	// LoseResponse does what is asked and cuts the connection.
	LoseResponse bool
	// Count is how many requests the fault is for; 0: all, until it is set anew.
	Count int
	// Only names the operations that fail, see [Entry]; none: all.
	Only []string
}

// SetFault replaces the fault.
func (b *Box) SetFault(f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f.Only = slices.Clone(f.Only)
	b.fault = f
}

// takeFault returns the fault that a request meets, and counts it.
func (b *Box) takeFault(operation string) Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.fault
	if len(f.Only) > 0 && !slices.Contains(f.Only, operation) {
		return Fault{}
	}
	if f.Throttle > 0 {
		b.fault.Throttle--
	}
	if f.Count == 1 {
		b.fault = Fault{}
	} else if f.Count > 1 {
		b.fault.Count--
	}
	return f
}

// Entry is one request to the API, whatever became of it. It holds no query, no
// body and no credentials.
type Entry struct {
	At        time.Time
	Operation string // the API's own last word: users, phones, activation_url, ...; see routes
	Method    string
	Path      string
	Status    int // 0: no answer was given
}

// logKept is how many entries are kept at least: a demo may run for weeks.
const logKept = 10_000

// Log is a copy of what was asked lately, in the order of the answers.
func (b *Box) Log() []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.log)
}

// Counts are the requests since the start, by operation.
func (b *Box) Counts() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.counts)
}

func (b *Box) note(r *http.Request, operation string, status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[operation]++
	if len(b.log) >= 2*logKept {
		b.log = slices.Delete(b.log, 0, logKept)
	}
	b.log = append(b.log, Entry{At: b.clock.Now(), Operation: operation, Method: r.Method, Path: r.URL.Path, Status: status})
}
