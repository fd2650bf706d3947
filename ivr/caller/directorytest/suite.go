// Package directorytest holds the conformance suite of caller directories and a
// real slapd for tests.
//
// [Run] plays the suite against any directory that can hold the sample people.
// [StartSlapd] starts a server on free loopback ports, in a folder of its own,
// and stops it with the test; it can be killed and restarted in between. A
// [Proxy] before a server lets it stall.
package directorytest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringback/ivr/caller"
)

// Backend is a directory with the server behind it.
type Backend struct {
	Directory caller.Directory
	Ages      bool // it knows since when a number is on file
	// Down takes the server away, Stall lets it hold still without a word, Up
	// undoes either. All nil: there is no server.
	Down, Stall, Up func()
}

// Factory opens a directory that holds the given people and nobody else, and
// closes it with the test.
type Factory func(t *testing.T, people []caller.Person) Backend

// People are the sample people, by ID.
func People(t testing.TB) []caller.Person {
	t.Helper()
	f, err := caller.NewFile("sample.yaml", caller.SamplePeople())
	if err != nil {
		t.Fatal(err)
	}
	people := f.People()
	slices.SortFunc(people, func(a, b caller.Person) int { return strings.Compare(a.ID, b.ID) })
	return people
}

// patience is how long anything may take that should be over at once.
const patience = 10 * time.Second

// Run plays the suite. Its parts share one backend and follow each other.
func Run(t *testing.T, open Factory) {
	people := People(t)
	b := open(t, people)
	s := suite{b, people}
	t.Run("everybody is who they are", s.everybody)
	t.Run("nobody is not found", s.nobody)
	t.Run("everybody at once", s.each)
	t.Run("strange IDs", s.strange)
	t.Run("many at once", s.many)
	t.Run("a context that is over", s.over)
	if b.Down != nil {
		t.Run("a server that stalls", s.stalls)
		t.Run("a server that goes and comes back", s.returns)
	}
}

type suite struct {
	Backend

	people []caller.Person
}

func (s suite) everybody(t *testing.T) {
	for _, want := range s.people {
		s.is(t, want)
	}
	if p, ok := s.Directory.(caller.Pinger); ok {
		if err := p.Ping(t.Context()); err != nil {
			t.Errorf("ping: %v", err)
		}
	}
}

// is holds that a person is found as they are on file.
func (s suite) is(t *testing.T, want caller.Person) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got, found, err := s.Directory.ByID(ctx, want.ID)
	if err != nil || !found {
		t.Errorf("%s: found %v, err %v", want.ID, found, err)
		return
	}
	options := cmp.Options{cmpopts.EquateEmpty()}
	if !s.Ages {
		options = append(options, cmpopts.IgnoreFields(caller.Phone{}, "Since"))
	}
	if diff := cmp.Diff(want, got, options); diff != "" {
		t.Errorf("%s (-sample +directory):\n%s", want.ID, diff)
	}
}

// each holds that whoever names everybody names each person as ByID does.
func (s suite) each(t *testing.T) {
	var got []caller.Person
	switch d := s.Directory.(type) {
	case caller.Walker:
		if err := d.Each(t.Context(), func(p caller.Person) error { got = append(got, p); return nil }); err != nil {
			t.Fatal(err)
		}
		enough := errors.New("enough")
		if err := d.Each(t.Context(), func(caller.Person) error { return enough }); !errors.Is(err, enough) {
			t.Errorf("err = %v, want the function's own", err)
		}
	case caller.Lister:
		got = d.People()
	default:
		return
	}
	slices.SortFunc(got, func(a, b caller.Person) int { return strings.Compare(a.ID, b.ID) })
	var want []caller.Person
	for _, p := range s.people {
		p, _, err := s.Directory.ByID(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, p)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-one by one +at once):\n%s", diff)
	}
}

func (s suite) nobody(t *testing.T) {
	for _, id := range []string{"1000004", "9999999", "0", "000000000000", "100000", "10000010"} {
		if _, found, err := s.Directory.ByID(t.Context(), id); found || err != nil {
			t.Errorf("%s: found %v, err %v", id, found, err)
		}
	}
}

// Strange are IDs that nobody has and that no server should be asked for.
func Strange() []string {
	return []string{
		"", " ", "1000001 ", " 1000001", "+1000001", "1000001.0", "1e6", strings.Repeat("1", 1<<16), "١٠٠٠٠٠١", "１０００００１",
		"*", "100000*", "1000001*", "(", ")", "1000001)(uid=*", "*)(|(uid=*", "1000001)(|(objectClass=*)", `\2a`, "1000001\x00", "\x00", `\00`, "&", "|(cn=*)",
		"'", "1000001'--", "' or '1'='1", "1000001; drop table people", "1000001 or true", "$1", "%", "_______", "1000001\n", "dana", "\xff\xfe", "null",
	}
}

func (s suite) strange(t *testing.T) {
	for _, id := range Strange() {
		if p, found, err := s.Directory.ByID(t.Context(), id); found || p.ID != "" {
			t.Errorf("%.30q: found %v, err %v", id, found, err)
		}
	}
	for _, want := range s.people {
		s.is(t, want)
	}
}

func (s suite) many(t *testing.T) {
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for _, want := range s.people {
				s.is(t, want)
			}
			if _, found, err := s.Directory.ByID(t.Context(), "9999999"); found || err != nil {
				t.Errorf("nobody: found %v, err %v", found, err)
			}
		})
	}
	all.Wait()
}

// never holds the rule that matters most: somebody who is there is never "not
// found".
func (s suite) never(ctx context.Context, t *testing.T) error {
	t.Helper()
	_, found, err := s.Directory.ByID(ctx, s.people[0].ID)
	if !found && err == nil {
		t.Error("somebody who is on file was not found, without an error")
	}
	return err
}

func (s suite) over(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the call has ended")
	cancel(why)
	if err := s.never(ctx, t); s.Down != nil && !errors.Is(err, why) {
		t.Errorf("err = %v, want the cause", err)
	}
	s.is(t, s.people[0])
}

func (s suite) stalls(t *testing.T) {
	s.Stall()
	for range 2 { // with a connection that was good, and with a new one
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		began := time.Now()
		if err := s.never(ctx, t); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want deadline exceeded", err)
		}
		if took := time.Since(began); took > patience/4 {
			t.Errorf("it took %v", took)
		}
		cancel()
	}
	s.Up()
	s.is(t, s.people[0])
}

func (s suite) returns(t *testing.T) {
	s.Down()
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if err := s.never(ctx, t); err == nil {
			t.Error("a server that is down answered")
		}
		cancel()
	}
	if p, ok := s.Directory.(caller.Pinger); ok {
		if err := p.Ping(t.Context()); err == nil {
			t.Error("ping: a server that is down answered")
		}
	}
	s.Up()
	for _, want := range s.people {
		s.is(t, want)
	}
}
